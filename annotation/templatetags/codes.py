"""Words for codes in templates."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def word_of(code: str, words: Mapping[str, str]) -> str:
    """`{{ code|word_of:words }}`: the word for a code, or the code itself where there is none."""
    return words.get(code, code)

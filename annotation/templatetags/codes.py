"""Words for codes in templates."""

from collections.abc import Mapping
from typing import Any

from django import template

register = template.Library()


@register.filter
def word_of(code: str, words: Mapping[str, Any]) -> Any:
    """`{{ code|word_of:words }}`: the word for a code, or the code itself where there is none."""
    return words.get(code, code)

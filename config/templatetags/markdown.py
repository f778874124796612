"""`{{ text|markdown }}` in any template; `{{ text|markdown:1 }}` where the page has a heading above the text."""

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString

from config.markdown import markdown_html

register = template.Library()


@register.filter
def markdown(text: str, lowered: int = 0) -> SafeString:
    return _rendered(text, lowered)


# Documents that stand on many pages and change rarely, such as a guideline beside every task.
@lru_cache(maxsize=32)
def _rendered(text: str, lowered: int) -> SafeString:
    return markdown_html(text, lowered=lowered)

"""`{{ text|markdown }}` in any template; `{{ text|markdown:1 }}` where the page has a heading above the text."""

from django import template
from django.utils.safestring import SafeString

from config.markdown import markdown_html

register = template.Library()


@register.filter
def markdown(text: str, lowered: int = 0) -> SafeString:
    return markdown_html(text, lowered=lowered)

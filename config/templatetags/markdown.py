"""`{{ text|markdown }}` in any template."""

from django import template
from django.utils.safestring import SafeString

from config.markdown import markdown_html

register = template.Library()


@register.filter
def markdown(text: str) -> SafeString:
    return markdown_html(text)

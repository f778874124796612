"""Markdown as HTML that is safe to show, whoever wrote it."""

import re
from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

ALLOWED_TAGS = frozenset(
    {
        "a",
        "blockquote",
        "br",
        "code",
        "del",
        "em",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "li",
        "ol",
        "p",
        "pre",
        "strong",
        "table",
        "tbody",
        "td",
        "th",
        "thead",
        "tr",
        "ul",
    }
)
ALLOWED_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
ALLOWED_SCHEMES = frozenset({"http", "https", "mailto"})
HEADING = re.compile(r"<(/?)h([1-6])>")
LAST_RANK = 6


def markdown_html(text: str, *, lowered: int = 0) -> SafeString:
    """Return CommonMark with tables and strikethrough as HTML, its headings `lowered` by so many ranks.

    Raw HTML in the text is shown as it was typed, images become links, and what is left is cleaned
    again, so that a fault of the first cannot reach a page.
    """
    html = nh3.clean(
        _reader().render(text),
        tags=set(ALLOWED_TAGS),
        attributes={tag: set(names) for tag, names in ALLOWED_ATTRIBUTES.items()},
        url_schemes=set(ALLOWED_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )
    if lowered:
        html = HEADING.sub(lambda tag: f"<{tag[1]}h{min(LAST_RANK, int(tag[2]) + lowered)}>", html)
    return mark_safe(html)


@cache
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    return reader.disable("image")

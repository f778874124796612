"""A model's Markdown as HTML that is safe to show: its code in colour, its mathematics as MathML."""

from contextlib import suppress
from functools import cache

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from collection.services.mathematics import MATHML_ATTRIBUTES, MATHML_TAGS, mathematics
from config.markdown import ALLOWED_ATTRIBUTES, ALLOWED_SCHEMES, ALLOWED_TAGS

# Colouring takes time with the length; longer code is shown plain.
HIGHLIGHT_MAX_CHARACTERS = 20_000


def answer_html(text: str) -> SafeString:
    """CommonMark with tables and formulas as HTML.

    Raw HTML is shown as typed, images become links, and the whole is cleaned again by a list of what is allowed.
    """
    return mark_safe(_cleaner().clean(_reader().render(text)))


@cache
def _cleaner() -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=set(ALLOWED_TAGS | MATHML_TAGS) | {"span"},
        attributes={tag: set(names) for tag, names in (ALLOWED_ATTRIBUTES | MATHML_ATTRIBUTES).items()},
        allowed_classes={"span": _token_classes() | {"formula"}, "pre": {"highlight"}},
        url_schemes=set(ALLOWED_SCHEMES),
        link_rel="noopener noreferrer nofollow",
    )


@cache
def _reader() -> MarkdownIt:
    options = {"html": False, "breaks": True, "highlight": _code_html}
    reader = MarkdownIt("commonmark", options).enable(["table", "strikethrough"]).disable("image")
    return reader.use(mathematics)


def _code_html(code: str, language: str, _attributes: str) -> str:
    """Code as spans that the stylesheet colours; of an unknown language, as it is."""
    inner = escape(code)
    if language and len(code) <= HIGHLIGHT_MAX_CHARACTERS:
        with suppress(ClassNotFound):
            inner = highlight(code, get_lexer_by_name(language, stripnl=False), HtmlFormatter(nowrap=True))
    return f'<pre class="highlight"><code>{inner}</code></pre>'


@cache
def _token_classes() -> frozenset[str]:
    from pygments.token import STANDARD_TYPES

    return frozenset(name for name in STANDARD_TYPES.values() if name)

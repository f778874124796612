from html.parser import HTMLParser

import pytest

from collection.services.rendering import answer_html
from config.markdown import markdown_html

# What a model, or somebody who steers one, could write to reach the reader's browser.
ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//example.com/x.js></SCRIPT>",
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\nscript:alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](vbscript:msgbox(1))",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](<javascript:alert(1)>)",
    "[x]: javascript:alert(1)\n\n[x]",
    "<javascript:alert(1)>",
    "[x](https://example.com 'a\" onmouseover=\"alert(1)')",
    "<img src=x onerror=alert(1)>",
    "![x](https://example.com/pixel.png)",
    '![x](https://example.com/a"onerror="alert(1))',
    "<svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    '<math href="javascript:alert(1)">x</math>',
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<base href=https://example.com/>",
    "<meta http-equiv=refresh content='0;url=https://example.com'>",
    "<form action=https://example.com><button>x</button></form>",
    "<style>@import 'https://example.com/x.css'</style>",
    '<a href="https://example.com" style="position:fixed">x</a>',
    "<details open ontoggle=alert(1)>",
    "```html\n<script>alert(1)</script>\n```",
    '```"><script>alert(1)</script>\nx\n```',
    "```python onload=alert(1)\nx = 1\n```",
    "`<img src=x onerror=alert(1)>`",
    "| <script>alert(1)</script> | b |\n|---|---|\n| <img src=x onerror=alert(1)> | d |",
    "$<script>alert(1)</script>$",
    "$$<img src=x onerror=alert(1)>$$",
    '\\(\\text{"><script>alert(1)</script>}\\)',
    "\\(\\href{javascript:alert(1)}{x}\\)",
    "\\[\\style{position:fixed}{x}\\]",
    "\\(\\text{</mtext></math><img src=x onerror=alert(1)>}\\)",
    '\\(\\class{x" onclick="alert(1)}{y}\\)',
    '\\(x\\)" onload="alert(1)',
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "\x00<scr\x00ipt>alert(1)</script>",
]
ACTIVE_TAGS = {
    "animate", "annotation-xml", "audio", "base", "button", "embed", "form", "iframe", "img", "input", "link", "meta",
    "mglyph", "object", "script", "style", "svg", "template", "video",
}  # fmt: skip


class Reader(HTMLParser):
    """Notes every tag and attribute, as a browser would find them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize("render", [answer_html, markdown_html])
@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_a_model_writes_becomes_active(render: type, text: str) -> None:
    reader = Reader()
    reader.feed(render(f"前の段落\n\n{text}\n\n後の段落"))
    assert not reader.tags & ACTIVE_TAGS
    for name, value in reader.attributes:
        assert not name.startswith("on")
        assert name not in {"style", "src", "srcdoc", "action", "xlink:href"}
        if name == "href":
            assert value.split(":")[0] in {"http", "https", "mailto"}


def test_code_is_coloured_by_classes_alone() -> None:
    html = answer_html("```python\ndef f():\n    return 1\n```")
    assert '<pre class="highlight">' in html
    assert '<span class="k">def</span>' in html
    assert "style=" not in html


def test_code_of_an_unknown_language_is_shown_as_it_is() -> None:
    assert "x &lt; y" in answer_html("```klingon\nx < y\n```")


def test_lists_tables_and_line_breaks_are_kept() -> None:
    html = answer_html("- 一\n- 二\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n行\n次の行")
    assert "<li>一</li>" in html
    assert "<td>1</td>" in html
    assert "<br" in html


def test_a_link_tells_its_target_nothing_about_us() -> None:
    assert 'rel="noopener noreferrer nofollow"' in answer_html("[x](https://example.com)")

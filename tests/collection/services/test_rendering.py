import pytest

from collection.services.rendering import answer_html


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.com/pixel.png)",
        "```html\n<script>alert(1)</script>\n```",
        '```"><script>alert(1)</script>\nx\n```',
        "[x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="https://example.com" style="position:fixed">x</a>',
    ],
)
def test_nothing_a_model_writes_becomes_active(text: str) -> None:
    html = answer_html(text)
    for danger in (
        "<script",
        "<img",
        "<style",
        'href="javascript:',
        'href="data:',
        '<a href="https://example.com" style',
    ):
        assert danger not in html


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

import pytest

from collection.services.mathematics import MAX_CHARACTERS
from collection.services.rendering import answer_html


@pytest.mark.parametrize(
    "text",
    [
        "面積は $\\pi r^2$ です。",
        "面積は \\(\\pi r^2\\) です。",
        "面積は\n\\[\n\\pi r^2\n\\]\nです。",
        "面積は\n\n$$\n\\pi r^2\n$$\n",
        "面積は $$\\pi r^2$$ です。",
        "1. 面積は\n   \\[ \\pi r^2 \\]\n2. 次に",
    ],
)
def test_a_formula_becomes_mathml_however_it_is_written(text: str) -> None:
    html = answer_html(text)
    assert "<mi>π</mi><msup><mi>r</mi><mn>2</mn></msup>" in html
    assert 'alttext="\\pi r^2"' in html
    assert "$" not in html


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $10.",
        "料金は$5（約700円）、または$7です。",
        "料金は$aから始まり、$bまでです。",
        "from 5$ to 10$ each",
        "It is $5 for members, or 10$ otherwise$.",
        "cost $50 million in 2024 and $60 million in 2025",
        "US$5–US$10",
    ],
)
def test_a_price_stays_a_price(text: str) -> None:
    html = answer_html(text)
    assert "<math" not in html
    assert text in html


def test_a_formula_beside_a_price_is_still_a_formula() -> None:
    html = answer_html("It costs $50 if $x=2$.")
    assert "$50 if" in html
    assert html.count("<math") == 1


def test_code_is_never_a_formula() -> None:
    html = answer_html("`$x$` と\n\n```\n\\(x\\) $y$\n```")
    assert "<math" not in html
    assert "<code>$x$</code>" in html


def test_aligned_lines_and_cases_become_tables() -> None:
    html = answer_html("\\[\\begin{aligned} a &= b \\\\ c &= d \\end{aligned}\\]")
    assert html.count("<mtr>") == 2
    assert "&amp;</mi>" not in html


@pytest.mark.parametrize(
    "latex",
    ["\\unknowncommand{x}", "{" * 300 + "}" * 300, "x+" * MAX_CHARACTERS, "\\frac{1}", "\\left(", "\\begin{matrix}"],
)
def test_what_cannot_be_converted_is_shown_as_it_was_written_or_harmlessly(latex: str) -> None:
    html = answer_html(f"前\n\n$${latex}$$\n\n後")
    assert "<p>前</p>" in html
    assert "<p>後</p>" in html


@pytest.mark.parametrize(
    "text", ["\\(" * 5000, "$" * 9000, "$a" * 5000, "\\[\n" * 3000, "$$\n" * 3000, "\\(x" * 3000 + "\\)"]
)
@pytest.mark.timeout(20)
def test_signs_without_a_partner_do_not_keep_the_server_busy(text: str) -> None:
    assert answer_html(text)

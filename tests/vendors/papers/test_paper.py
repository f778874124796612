"""How words are set on paper."""

from reportlab.platypus import Paragraph

from vendors.papers.paper import BODY, OPENING, text

WORDS = "抜取検査による（JIS Z 9015-1）。手引き「Guideline 13」に従い、修補を求める（回数には上限がある）。<b>&amp;\n次の行（終わり）"


def lines_of(paragraph: Paragraph) -> list[str]:
    paragraph.wrap(300, 900)
    lines = paragraph.blPara.lines
    return [line[1][0] if isinstance(line, tuple) else "".join(part.text for part in line.words) for line in lines]


def test_no_line_ends_with_an_opening_bracket_and_no_word_is_lost() -> None:
    plain = 0
    for shift in range(30):
        words = "あ" * shift + WORDS
        set_by_us = lines_of(text(words))
        assert not [line for line in set_by_us if line[-1:] and line[-1] in OPENING]
        assert "".join(set_by_us).replace(" ", "") == words.replace("\n", "").replace(" ", "")
        library = lines_of(Paragraph(words.replace("<b>&amp;\n", ""), BODY))
        plain += sum(line[-1:] in OPENING for line in library if line)
    assert plain, "the library alone would have left some"

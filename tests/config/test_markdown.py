from config.markdown import markdown_html


def test_headings_go_down_by_the_ranks_the_page_has_above_them_and_never_below_the_last() -> None:
    assert markdown_html("# one\n\n###### six", lowered=2) == "<h3>one</h3>\n<h6>six</h6>\n"


def test_a_heading_that_was_typed_as_html_is_shown_as_typed() -> None:
    assert "&lt;h1&gt;" in markdown_html("<h1>one</h1>", lowered=1)

import re

from config.plots import bars_plot, columns_plot, course_plot, lines_plot

DAYS = [f"11/{day}" for day in range(1, 31)]


def test_a_plot_has_nothing_that_the_pages_policy_forbids() -> None:
    svg = lines_plot(title="T", label="Day", labels=DAYS, series={"A": range(30), "B": range(30, 60)}).svg
    assert not re.search(r"<(script|style|foreignObject|title|desc|defs)", svg)
    assert "style=" not in svg
    assert "http" not in svg
    assert "<!--" not in svg


def test_words_in_a_plot_are_escaped() -> None:
    plot = bars_plot(title='"><script>alert(1)</script>', label="L", values={"<script>": 3, "b&b": 1})
    assert "<script" not in plot.svg
    assert "b&amp;b" in plot.svg


def test_the_table_has_what_is_drawn() -> None:
    plot = columns_plot(title="T", label="Day", labels=["a", "b"], series={"A": [1, 2], "B": [3, None]})
    assert plot.columns == ["Day", "A", "B"]
    assert plot.rows == [["a", 1, 3], ["b", 2, ""]]
    assert plot.legend == ["A", "B"]


def test_one_series_needs_no_legend() -> None:
    assert lines_plot(title="T", label="Day", labels=["a"], series={"A": [1]}).legend == []


def test_the_first_bar_is_the_first_row() -> None:
    plot = bars_plot(title="T", label="L", values={"most": 9, "least": 1}, unit="Count")
    assert [row[0] for row in plot.rows] == ["most", "least"]
    assert plot.svg.index("least") < plot.svg.index("most")  # drawn from below


def test_a_label_stands_beside_the_middle_of_its_bar() -> None:
    svg = bars_plot(title="T", label="L", values={"阻止（参照出力との一致）": 9, "通過": 1}).svg
    labels = [float(at) for at in re.findall(r'<text x="-5" y="([\d.]+)"', svg)]
    bars = [
        (float(at), float(height))
        for at, height in re.findall(r'y="([\d.]+)" rx="0"[^>]*height="([\d.]+)" class="rect', svg)
    ]
    assert len(labels) == len(bars) == 2
    for label, (top, height) in zip(labels, bars, strict=True):
        assert abs(label - (top + height / 2)) < 1


def test_hours_of_two_days_are_told_apart_and_evenly() -> None:
    hours = [f"11/{26 + at // 24} {at % 24}:00" for at in range(48)]
    svg = lines_plot(title="T", label="Hour", labels=hours, series={"A": range(48)}).svg
    assert [hour for hour in hours if f">{hour}<" in svg] == hours[::16]


def test_labels_are_written_out_and_few_enough_to_read() -> None:
    svg = lines_plot(title="T", label="Day", labels=DAYS, series={"A": range(30)}).svg
    assert "…" not in svg
    shown = [label for label in DAYS if f">{label}<" in svg]
    assert "11/1" in shown
    assert 3 <= len(shown) <= 6


def test_nothing_at_all_can_be_drawn() -> None:
    assert "<svg" in lines_plot(title="T", label="Day", labels=DAYS, series={"A": [0] * 30}).svg
    assert "<svg" in bars_plot(title="T", label="L", values={"a": 0}).svg


def test_an_axis_of_few_things_counts_them_whole() -> None:
    svg = columns_plot(title="T", label="Day", labels=DAYS, series={"A": [0] * 29 + [1]}).svg
    assert ">1<" in svg
    assert ">0.5" not in svg


def test_lines_over_each_other_are_counted_apart_and_in_whole_steps() -> None:
    svg = lines_plot(title="T", label="Day", labels=DAYS, series={"A": [3] * 30, "B": [3] * 29 + [None]}).svg
    assert [mark for mark in (">0<", ">1<", ">2<", ">3<", ">4<") if mark not in svg] == []
    assert "2.40" not in svg
    assert ">12<" in lines_plot(title="T", label="Day", labels=DAYS, series={"A": [11] * 30}).svg


def test_a_course_is_drawn_with_what_happened_on_the_way() -> None:
    line = [(0, 0), (0.5, 40), (1.0, 90)]
    plot = course_plot(title="T", across="Min", upward="Length", line=line, marks={"A": [(0.5, 40)], "B": []})
    assert plot.svg.count("<circle") == 1
    assert 'class="line' in plot.svg
    assert plot.rows == [[0, 0, ""], [0.5, 40, "A"], [1.0, 90, ""]]
    assert (plot.legend, plot.kind) == (["Length", "A", "B"], "plot-course")

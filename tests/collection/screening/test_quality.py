import pytest

from collection.screening.quality import find


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("？！…", "quality.empty"),
        ("", "quality.empty"),
        ("はい", "quality.short"),
        ("https://example.jp/a/b?c=d", "quality.url_only"),
        ("あ" * 40, "quality.repeated"),
    ],
)
def test_what_nobody_could_answer_is_rejected(text: str, check: str) -> None:
    assert [(one.check_id, one.severity) for one in find(text)] == [(check, "reject")]


@pytest.mark.parametrize("text", ["要約して", "1+1は？なぜ", "https://example.jp/ を要約して", "Why?"])
def test_a_short_but_whole_request_passes(text: str) -> None:
    assert find(text) == []


def test_a_very_short_request_passes_when_there_is_a_text_to_work_on() -> None:
    assert find("英訳", has_input=True) == []

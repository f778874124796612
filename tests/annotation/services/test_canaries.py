"""Texts that came from a display: the gate knows them by their mark, and `trace_leak` says whose display it was."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from annotation.cleanroom.canary import mark_write, marks_find, without_marks
from annotation.errors import GateBlocked
from annotation.models import GateReport, Showing, Submission
from annotation.services.canaries import leak_trace
from annotation.services.showings import Shown, references_show
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_review_held, make_submission, make_task, make_text

REFERENCE = (
    "この町の歴史は、港から始まります。さまざまな船が集まり、取り引きを行うことができました。また、港の近くには市場があり、"
    "全国の品物が並びます。例えば、北の昆布や南の砂糖などの品です。大きな祭りのときには、子供たちも参加します。"
    "詳しくは資料館で確認してください。特に、二階の展示は重要です。最も古い地図がすべて公開されています。"
)


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def shown_to_three(people: Cast) -> tuple[Shown, Shown, Shown]:
    """The same answer as Ren, Rin and Aoi see it; Ren opens it twice."""
    instruction = make_instruction()
    make_reference(instruction, text=REFERENCE)
    task = make_review_held(make_submission(make_task(people, instruction=instruction), people.wataru), people.ren)
    references_show(reviewer=people.ren, task=task, place="desk")
    (rin,) = references_show(reviewer=people.rin, task=task, place="record", why="調べ物")
    (aoi,) = references_show(reviewer=people.aoi, task=task, place="record", why="調べ物")
    (ren,) = references_show(reviewer=people.ren, task=task, place="desk")
    return ren, rin, aoi


def traced(text: str, tmp_path: Path, *options: str) -> tuple[int, str]:
    file = tmp_path / "leak.txt"
    file.write_text(text, encoding="utf-8")
    out = StringIO()
    try:
        call_command("trace_leak", str(file), *options, stdout=out, no_color=True)
    except CommandError as error:
        return error.returncode, out.getvalue()
    return 0, out.getvalue()


# --- the gate --------------------------------------------------------------------------------------------------------


def test_a_text_with_the_mark_of_a_display_is_blocked_however_little_was_copied(people: Cast) -> None:
    ren, _rin, _aoi = shown_to_three(people)
    start, end, mark = marks_find(ren.text)[0]
    copied = ren.text[start - 5 : end]  # the end of one sentence
    text = make_text() + copied + "と聞きました。"
    with pytest.raises(GateBlocked) as refused:
        make_submission(make_task(people), people.wataru, text=text)
    (passage,) = refused.value.details["passages"]
    assert text[passage["start"] : passage["end"]].endswith(copied)
    report = GateReport.objects.get(decision="block")
    showing = Showing.objects.get(mark=mark)
    assert report.reasons == [
        {"code": "canary", "outcome": "block", "reference": showing.reference_id, "numbers": {"showing": showing.pk}}
    ]
    assert report.passages[0]["reference"] == showing.reference_id


def test_a_mark_that_was_never_given_out_accuses_nobody(people: Cast) -> None:
    text = make_text() + mark_write(12345) + "\u200b\u2060おわり。"
    assert isinstance(make_submission(make_task(people), people.wataru, text=text), Submission)


# --- tracing ---------------------------------------------------------------------------------------------------------


def test_a_copy_names_the_very_display_by_its_mark(people: Cast, tmp_path: Path) -> None:
    ren, _rin, _aoi = shown_to_three(people)
    start, end, _mark = marks_find(ren.text)[1]
    code, out = traced("掲示板で見つけた文です。" + ren.text[start - 12 : end] + "以上。", tmp_path, "--json")
    (leak,) = json.loads(out)
    newest = Showing.objects.filter(user=people.ren).latest("id")
    assert code == 0
    assert [(row["showing"], row["who"]) for row in leak["marked"]] == [(newest.pk, "Ren")]
    assert "by its mark: Ren" in traced(ren.text, tmp_path)[1]


def test_a_retyped_copy_names_the_person_by_the_wording(people: Cast, tmp_path: Path) -> None:
    for shown, who in zip(shown_to_three(people), ("Ren", "Rin", "Aoi"), strict=True):
        code, out = traced(without_marks(shown.text).replace("。", "。\n"), tmp_path, "--json")
        (leak,) = json.loads(out)
        assert (code, leak["marked"], leak["named"]) == (0, [], who)
        best = leak["suspects"][0]
        assert best["who"] == who and best["agreeing"] == best["seen"] >= 10
        assert len(best["showings"]) == (2 if who == "Ren" else 1)


@pytest.mark.parametrize(
    "text",
    [
        REFERENCE,  # as stored: from the one who asked, or from the database
        "港の話を書きました。船はもう来ませんが、市場には今も魚が並びます。",
        "",
        "\u200b" * 100,
    ],
)
def test_where_nothing_is_proved_nobody_is_named(people: Cast, tmp_path: Path, text: str) -> None:
    shown_to_three(people)
    code, _out = traced(text, tmp_path)
    assert code == 1
    assert all(leak.named is None and not leak.marked for leak in leak_trace(text))


def test_a_short_agreement_is_no_proof(people: Cast) -> None:
    ren, _rin, _aoi = shown_to_three(people)
    (leak, *_others) = leak_trace(without_marks(ren.text)[:40]) or [None]
    assert leak is None or leak.named is None


def test_a_file_that_cannot_be_read_is_an_exit_code_of_its_own(db: None, tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", "bytes"):
        with pytest.raises(CommandError) as refused:
            call_command("trace_leak", str(tmp_path / name))
        assert refused.value.returncode == 2

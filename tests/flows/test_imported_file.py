"""From a file of instructions with model answers to a released file in which no answer is: the real one, and an invented one."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from annotation.cleanroom.normalise import normalise
from annotation.models import GateReport, Task
from annotation.release.build import VERIFIER_FILE, verifier
from annotation.services.gate import gate_check
from annotation.services.queue import task_claim
from annotation.services.reference_index import index_verify
from annotation.services.reviews import review_accept, review_claim
from collection.models import Instruction, Reference
from collection.screening.duplicates import text_hash
from tests.cast import Cast, cast
from tests.factories.records import make_moderation, make_order, make_submission, make_text
from tests.provider import Provider
from tests.releases import records_of

pytestmark = pytest.mark.django_db(transaction=True)

REAL = Path(__file__).resolve().parents[3] / "shared" / "data" / "ja_mt_bench.jsonl"
SHARED = 24  # normalised characters: the run that blocks
LONG = 60  # characters: a shorter answer may be the right words of the question and nothing else

INVENTED = [
    {
        "instruction": "梅干しの漬け方を、初めての人に教えてください。",
        "language": "ja",
        "category": "writing",
        "reference": {
            "model": "gpt-4",
            "text": "梅干しを漬けるには、まず黄色く熟した梅を選び、ひと晩水に浸してあくを抜きます。へたを竹串で取り除いたら、"
            "梅の重さの十八パーセントの粗塩と交互に容器へ入れ、重石をのせて冷暗所に置いてください。",
        },
    },
    {
        "instruction": "次の文を英語にしてください。",
        "input": "窓辺の猫は、雨の音を聞きながら眠っている。",
        "language": "ja",
        "reference": {
            "model": "gpt-4",
            "text": "The cat by the window is sleeping while listening to the sound of the rain.",
        },
    },
    {
        "instruction": "Explain in two sentences why leaves change colour in autumn.",
        "language": "en",
        "reference": {
            "model": "gpt-4",
            "text": "As days shorten, trees stop producing chlorophyll, which lets the yellow and orange carotenoids show "
            "through. Some species also make red anthocyanins from sugars that are trapped in their leaves.",
        },
    },
]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def pieces(text: str) -> set[str]:
    """Every run of SHARED normalised characters."""
    plain = "".join(map(chr, normalise(text, lenient=True).codes))
    return {plain[at : at + SHARED] for at in range(len(plain) - SHARED + 1)}


def bring_in(file: Path) -> None:
    """Import a file through the command. Nothing is asked of the provider: every instruction goes to work as it is."""
    call_command("import_instructions", str(file), "--licence", "CC-BY-4.0", "--screen", "later", "--json")
    Instruction.objects.filter(status="received").update(status="screened")
    Instruction.objects.filter(status="screened").update(status="eligible")


def write_and_accept(people: Cast, language: str) -> int:
    """Order, write and accept an output for every instruction of a language."""
    quantity = Instruction.objects.filter(language=language).count()
    if not quantity:
        return 0
    make_order(people, quantity=quantity, language=language)
    people.wataru.writes_languages = language
    people.wataru.save()
    while (task := task_claim(writer=people.wataru)) is not None:
        submission = make_submission(task, people.wataru, text=make_text(), is_moderated=False)
        make_moderation(submission)
    while (held := review_claim(reviewer=people.ren)) is not None:
        review_accept(reviewer=people.ren, task=held)
    return quantity


def released(folder: Path) -> list[dict[str, Any]]:
    call_command("export_clean", "--out", str(folder), "--json")
    return records_of(folder)


def assert_only_what_people_wrote(records: list[dict[str, Any]], folder: Path, rows: list[dict[str, Any]]) -> None:
    outputs = set(Task.objects.values_list("current_submission__text", flat=True))
    assert {record["output"] for record in records} == outputs
    references = set().union(*(pieces(row["reference"]["text"]) for row in rows if row.get("reference")))
    asked = set().union(*(pieces(f"{row['instruction']}\n{row.get('input', '')}") for row in rows))
    program = folder / VERIFIER_FILE  # the same in every release
    assert program.read_text(encoding="utf-8") == verifier()
    for path in folder.rglob("*"):
        if path.is_file() and path != program and path.suffix != ".parquet":  # the same records as the lines
            found = pieces(path.read_text(encoding="utf-8")) & references
            assert not found - asked, path.name  # an answer may quote its question, which is released


@pytest.fixture
def people() -> Cast:
    return cast()


def test_an_invented_file_is_released_with_what_people_wrote_and_nothing_of_its_answers(
    people: Cast, tmp_path: Path
) -> None:
    bring_in(write_lines(tmp_path / "invented.jsonl", INVENTED))
    assert Reference.objects.exclude(text="").count() == len(INVENTED)
    assert index_verify().agrees
    assert write_and_accept(people, "ja") + write_and_accept(people, "en") == len(INVENTED)
    records = released(tmp_path / "release")
    assert {record["instruction"] for record in records} == {row["instruction"] for row in INVENTED}
    assert {record["licence"] for record in records} == {"CC-BY-4.0"}
    assert_only_what_people_wrote(records, tmp_path / "release", INVENTED)


@pytest.mark.skipif(not REAL.is_file(), reason=f"{REAL} is not here; the invented file above stands for it")
def test_the_real_file_is_released_with_what_people_wrote_and_nothing_of_its_answers(
    people: Cast, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in REAL.read_text(encoding="utf-8").splitlines()]
    answered = [row for row in rows if row["reference"]["text"]]
    assert (len(rows), len(answered)) == (80, 79)
    bring_in(REAL)
    assert Instruction.objects.count() == 80
    assert Reference.objects.exclude(text="").count() == len(answered)
    assert index_verify().agrees
    assert write_and_accept(people, "ja") + write_and_accept(people, "en") == 80
    records = released(tmp_path / "release")
    assert len(records) == 80
    asked = {text_hash(row["instruction"], row.get("input", "")) for row in rows}
    assert {text_hash(record["instruction"], record["input"]) for record in records} == asked
    assert_only_what_people_wrote(records, tmp_path / "release", rows)


@pytest.mark.skipif(not REAL.is_file(), reason=f"{REAL} is not here")
def test_no_longer_answer_of_the_real_file_passes_as_an_output(people: Cast) -> None:
    bring_in(REAL)
    order = make_order(people, quantity=Instruction.objects.filter(language="ja").count())
    passed = []
    for task in order.tasks.select_related("instruction").exclude(instruction__references=None):
        text = task.instruction.references.get().text
        if gate_check(task=task, text=text).outcome == GateReport.Decision.PASS:
            passed.append(text)
    assert [text for text in passed if len(text) >= LONG] == []


def test_the_import_screens_by_itself_where_a_provider_answers(
    people: Cast, tmp_path: Path, provider: Provider
) -> None:
    call_command(
        "import_instructions", str(write_lines(tmp_path / "in.jsonl", INVENTED)), "--licence", "CC0-1.0", "--json"
    )
    assert set(Instruction.objects.values_list("status", flat=True)) == {"eligible"}
    assert write_and_accept(people, "en") == 1

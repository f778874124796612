"""Every way of changing an output passes the gate: none brings reference text in, each refusal is on record, nothing is lost."""

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from annotation.errors import GateBlocked
from annotation.models import CleanRecord, CleanRule, Draft, GateReport, Task
from annotation.services.clearance import clearance_run
from annotation.services.editing import review_edit
from annotation.services.gate_settings import gate_settings_in_force, settings_write
from annotation.services.queue import task_claim
from annotation.services.reference_index import reference_index
from annotation.services.submissions import submission_recall, submission_send
from collection.models import Reference
from tests.cast import Cast, cast
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_acceptance, make_review_held, make_submission, make_task, make_text

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = (
    "秋の京都では、まず早朝の東福寺を訪れ、通天橋から谷を埋める紅葉を眺めるのがよいでしょう。"
    "昼は錦市場で旬の味覚を少しずつ試し、午後は哲学の道を南へ歩いて永観堂まで足を延ばします。"
)
# What writes a version of an output, and what has to be called beside it.
WRITERS = {
    "annotation/services/submissions.py": {"gate_check", "gate_report_store"},
    "annotation/services/editing.py": {"gate_check", "gate_report_store"},
    "annotation/services/output_imports.py": {"gate_check_all", "report_fields"},
}
MAKING = {
    made
    for model in ("Submission", "ImportedOutput")
    for made in (model, f"{model}.objects.create", f"{model}.objects.bulk_create", f"{model}.objects.get_or_create")
}


@pytest.fixture
def people(db: None) -> Cast:
    return cast()


def with_reference(people: Cast) -> Task:
    """A task in Wataru's hand, and the answer to another question."""
    make_task(people)
    make_reference(make_instruction(), text=REFERENCE)
    task = task_claim(writer=people.wataru)
    assert task is not None
    return task


def send(task: Task, people: Cast, text: str) -> None:
    draft = Draft.objects.filter(task=task, writer=people.wataru).first()
    revision = draft.revision if draft else 0
    submission_send(writer=people.wataru, task=task, text=text, base_revision=revision, is_attested=True)


def first_sending(task: Task, people: Cast, text: str) -> None:
    send(task, people, text)


def recall_and_resending(task: Task, people: Cast, text: str) -> None:
    send(task, people, make_text())
    task = submission_recall(writer=people.wataru, task=task)
    send(task, people, text)


def reviewers_edit(task: Task, people: Cast, text: str) -> None:
    send(task, people, make_text())
    held = make_review_held(Task.objects.get(pk=task.pk).current_submission, people.ren)  # type: ignore[arg-type]
    review_edit(reviewer=people.ren, task=held, text=text, is_attested=True)


@pytest.mark.parametrize("way", [first_sending, recall_and_resending, reviewers_edit])
@pytest.mark.parametrize("text", [REFERENCE, make_text() + REFERENCE[10:75]], ids=["whole", "a passage"])
def test_reference_text_is_refused_and_the_report_kept(
    people: Cast, way: Callable[[Task, Cast, str], None], text: str
) -> None:
    task = with_reference(people)
    with pytest.raises(GateBlocked) as refused:
        way(task, people, text)
    assert refused.value.details["passages"]
    report = GateReport.objects.get(decision="block")
    assert report.submission is None and report.task == task
    current = Task.objects.get(pk=task.pk).current_submission
    assert current is None or current.text != text
    if way is not reviewers_edit:
        assert Draft.objects.get().text == text  # nothing they wrote is lost


def test_clearance_refuses_what_an_earlier_gate_had_let_through(people: Cast) -> None:
    """As if the index had once lost a reference: it was there all the time, and says what the text says."""
    task = with_reference(people)
    submission = make_submission(task, people.wataru)
    make_acceptance(submission, people.ren)
    clearance_run()
    assert CleanRecord.objects.filter(pk=task.public_id).exists()
    lost = Reference.objects.get()
    lost.text = submission.text
    lost.save(update_fields=["text"])
    reference_index(reference=lost)
    before = gate_settings_in_force()
    settings_write(thresholds=before.thresholds, why="compare everything again", after=before.version)
    clearance_run()
    assert GateReport.objects.filter(submission=submission).latest("id").decision == "block"
    assert not CleanRule.objects.get(task=task).is_gated
    assert not CleanRecord.objects.filter(pk=task.public_id).exists()


def test_no_other_code_writes_a_version_of_an_output() -> None:
    """A way of tomorrow is seen here, and has to call the gate."""
    found: dict[str, set[str]] = {}
    statements = set()
    for path in (ROOT / "annotation").rglob("*.py"):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        name = str(path.relative_to(ROOT))
        if re.search(r"INSERT INTO annotation_(submission|importedoutput)\b", text):
            statements.add(name)
        calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)}
        if calls & MAKING or "import SUBMISSION_SEND" in text:
            found[name] = calls
    assert statements == {"annotation/services/submission_sql.py"}
    assert found.keys() == WRITERS.keys()
    for name, needed in WRITERS.items():
        assert needed <= found[name], name


def test_a_text_that_passes_is_not_held_up_by_any_way(people: Cast) -> None:
    task = with_reference(people)
    recall_and_resending(task, people, make_text())
    assert Task.objects.get(pk=task.pk).status == "submitted"
    assert [report.decision for report in GateReport.objects.order_by("id")] == ["pass", "pass"]

"""Accepted outputs that a text nearly repeats: the gate's comparison, with what people wrote in the references' place.

What was accepted is human text, so that a reviewer may read it. Nothing is decided here: the clean rules do not ask.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from django.db import connection
from django.db.models import Exists, F, OuterRef

from annotation.cleanroom.decide import Candidate
from annotation.cleanroom.engine import Engine, Report
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.models import OutputHash, Submission, Task
from annotation.services.gate_settings import engine_in_force
from annotation.states import TaskStatus

SHOWN = 5
INDEXED_AT_ONCE = 200
# What so many outputs share is a way of speaking: it says nothing of nearness, and its list grows with the dataset.
COMMON_FROM = 500

_INSERT = """
INSERT INTO annotation_outputhash (hash, submission_id)
SELECT hash, %(submission)s FROM unnest(%(hashes)s::bigint[]) AS hash
ON CONFLICT DO NOTHING
"""
_LOOK_UP = """
SELECT found.hash, found.submission_id
FROM unnest(%(hashes)s::bigint[]) AS wanted (hash)
CROSS JOIN LATERAL (
    SELECT hash, submission_id FROM annotation_outputhash
    WHERE hash = wanted.hash ORDER BY submission_id LIMIT %(most)s
) AS found
"""


@dataclass(frozen=True, slots=True)
class Likeness:
    """An accepted output, the share of the text that also stands in it, and where in each, in code points."""

    submission: Submission
    share: float
    here: tuple[tuple[int, int], ...]
    there: tuple[tuple[int, int], ...]


def likeness_index(*, submission: Submission) -> None:
    """Put an accepted output into the index. Safe to run twice."""
    hashes = Engine().fingerprint(submission.text).all().tolist()
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, {"submission": submission.pk, "hashes": hashes})


def likenesses_mend() -> int:
    """Index the accepted outputs that are not in the index, as those from before there was one; returns how many."""
    accepted = Task.objects.filter(status=TaskStatus.ACCEPTED, current_submission__isnull=False)
    indexed = OutputHash.objects.filter(submission=OuterRef("current_submission"))
    waiting = accepted.filter(~Exists(indexed)).order_by("pk").values_list("current_submission", flat=True)
    keys = list(waiting)
    for at in range(0, len(keys), INDEXED_AT_ONCE):
        for submission in Submission.objects.filter(pk__in=keys[at : at + INDEXED_AT_ONCE]).order_by("pk"):
            likeness_index(submission=submission)
    return len(keys)


def likenesses_find(*, task: Task, text: str) -> list[Likeness]:
    """Return the accepted outputs of other tasks that `text` nearly repeats, the nearest first; writes nothing.

    `task` comes with its instruction. What stands in a question may stand in each of its answers.
    """
    engine = engine_in_force()
    rows = _rows(engine.fingerprint(text).all().tolist())
    likely = rank_rows(rows[:, 0], rows[:, 1], limit=2 * engine.settings.candidates)
    related = "task__instruction", "task__work_order"
    accepted = Submission.objects.filter(
        pk__in=likely, task__status=TaskStatus.ACCEPTED, task__current_submission=F("pk")
    )
    found = {submission.pk: submission for submission in accepted.exclude(task=task).select_related(*related)}
    others = {pk: found[pk] for pk in sorted([pk for pk in likely if pk in found][: engine.settings.candidates])}
    asked = [task.instruction, *(other.task.instruction for other in others.values())]
    prompts = [prompt for instruction in asked for prompt in (instruction.instruction, instruction.input) if prompt]
    try:
        probe = engine.read(text, prompts)
    except UnreadableText:
        return []
    candidates = [Candidate(pk, other.text, instruction=other.task.instruction_id) for pk, other in others.items()]
    report = engine.judge(probe, candidates)
    told = {reason.candidate_id for reason in report.reasons}
    alike = [_likeness(other, report, len(text)) for pk, other in others.items() if pk in told]
    return sorted(alike, key=lambda likeness: (-likeness.share, likeness.submission.pk))[:SHOWN]


def _rows(hashes: list[int]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """The rows (hash, submission) of the hashes that are not common; where nothing else is there, the oldest of those."""
    with connection.cursor() as cursor:
        cursor.execute(_LOOK_UP, {"hashes": hashes, "most": COMMON_FROM})
        rows = np.array(cursor.fetchall(), dtype=np.int64).reshape(-1, 2)
    _, which, counts = np.unique(rows[:, 0], return_inverse=True, return_counts=True)
    is_rare = (counts < COMMON_FROM)[which]
    return rows[is_rare] if is_rare.any() else rows


def _likeness(other: Submission, report: Report, length: int) -> Likeness:
    passages = [passage for passage in report.passages if passage.candidate_id == other.pk]
    here = [(passage.start, passage.end) for passage in passages]
    there = sorted((passage.reference_start, passage.reference_end) for passage in passages)
    return Likeness(other, _covered(here) / max(1, length), tuple(here), tuple(there))


def _covered(spans: Sequence[tuple[int, int]]) -> int:
    """How many characters lie in spans that are sorted by their starts and may overlap."""
    covered = reached = 0
    for start, end in spans:
        covered += max(0, end - max(start, reached))
        reached = max(reached, end)
    return covered

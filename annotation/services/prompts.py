"""Whether what somebody asked holds what a model answered earlier: an answer pasted in, to be worked on further.

Instruction and input are exported too, so they are compared with the references as outputs are. What is found is held for
an operator, before anybody works on it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from annotation.cleanroom.decide import Candidate, Code
from annotation.cleanroom.engine import Engine
from annotation.cleanroom.fingerprints import Fingerprints
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.services.erased import erased_matches
from annotation.services.reference_index import Found, hashes_together, index_ask
from collection.models import Instruction, Reference
from collection.screening.findings import Finding

CLOSE = Finding("model_text.close", "hold")
UNREADABLE = Finding("model_text.unreadable", "hold")
# About the text alone, and none of these says that it came from a reference.
_ABOUT_THE_TEXT = {Code.OPENED_KANA, Code.NOTHING_TO_COMPARE}


class _Answer(NamedTuple):
    pk: int
    text: str
    instruction: int
    asked: str
    input: str


def model_text_find(*, instruction: Instruction, text: str) -> Finding | None:
    """Compare `text`, of the instruction or its input, with the answers to every other instruction that are stored now.

    What those were asked may stand in it: people quote the same page to two questions, and an answer repeats its question.
    Raises IndexUnavailable.
    """
    return model_texts_find([(instruction, text)])[0]


def model_texts_find(asked: Sequence[tuple[Instruction, str]]) -> list[Finding | None]:
    """As `model_text_find`, for some dozens of texts of one moment: the index is asked once for all of them."""
    if not asked:
        return []

    def fingerprint_all(engine: Engine) -> tuple[list[Fingerprints], NDArray[np.int64]]:
        fingerprints = [engine.fingerprint(text) for _instruction, text in asked]
        return fingerprints, hashes_together([one.all() for one in fingerprints])

    read, engine, found = index_ask(fingerprint_all)
    of_each = [found.of(fingerprints.all()) for fingerprints in read]
    likely = [rank_rows(own.hashes, own.references, limit=engine.settings.candidates) for own in of_each]
    answers = _answers({pk for chosen in likely for pk in chosen})
    return [
        _found(
            engine,
            text,
            fingerprints,
            own,
            [answers[pk] for pk in sorted(chosen) if _is_other(answers, pk, instruction)],
        )
        for (instruction, text), fingerprints, own, chosen in zip(asked, read, of_each, likely, strict=True)
    ]


def _answers(keys: set[int]) -> dict[int, _Answer]:
    rows = Reference.objects.filter(pk__in=keys).exclude(text="")
    columns = "pk", "text", "instruction", "instruction__instruction", "instruction__input"
    return {row[0]: _Answer(*row) for row in rows.values_list(*columns)}


def _is_other(answers: dict[int, _Answer], pk: int, instruction: Instruction) -> bool:
    return pk in answers and answers[pk].instruction != instruction.pk


def _found(
    engine: Engine, text: str, fingerprints: Fingerprints, found: Found, answers: Sequence[_Answer]
) -> Finding | None:
    prompts = [prompt for answer in answers for prompt in (answer.asked, answer.input) if prompt]
    try:
        probe = engine.read(text, prompts)
    except UnreadableText:
        return UNREADABLE
    report = engine.judge(probe, [Candidate(answer.pk, answer.text) for answer in answers])
    is_close = any(reason.code not in _ABOUT_THE_TEXT for reason in report.reasons)
    return CLOSE if is_close or erased_matches(fingerprints, found, prompts) else None

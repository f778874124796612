"""Whether what somebody asked holds what a model answered earlier: an answer pasted in, to be worked on further.

Instruction and input are exported too, so they are compared with the references as outputs are. What is found is held for
an operator, before anybody works on it.
"""

from annotation.cleanroom.decide import Candidate, Code
from annotation.cleanroom.index import rank_rows
from annotation.cleanroom.normalise import UnreadableText
from annotation.services.erased import erased_matches
from annotation.services.gate_settings import InForce, engine_for
from annotation.services.reference_index import index_look_up
from collection.models import Instruction, Reference
from collection.screening.findings import Finding

CLOSE = Finding("model_text.close", "hold")
UNREADABLE = Finding("model_text.unreadable", "hold")
# About the text alone, and none of these says that it came from a reference.
_ABOUT_THE_TEXT = {Code.OPENED_KANA, Code.NOTHING_TO_COMPARE}


def model_text_find(*, instruction: Instruction, text: str) -> Finding | None:
    """Compare `text`, of the instruction or its input, with the answers to every other instruction that are stored now.

    What those were asked may stand in it: people quote the same page to two questions, and an answer repeats its question.
    Raises IndexUnavailable.
    """
    fingerprints = engine_for(InForce()).fingerprint(text)
    found = index_look_up(fingerprints.all())
    engine = engine_for(found.in_force)
    likely = rank_rows(found.hashes, found.references, limit=engine.settings.candidates)
    others = Reference.objects.filter(pk__in=likely).exclude(instruction=instruction.pk).exclude(text="")
    rows = list(others.order_by("pk").values_list("pk", "text", "instruction__instruction", "instruction__input"))
    prompts = [prompt for _pk, _answer, *asked in rows for prompt in asked if prompt]
    try:
        probe = engine.read(text, prompts)
    except UnreadableText:
        return UNREADABLE
    report = engine.judge(probe, [Candidate(pk, answer) for pk, answer, *_asked in rows])
    is_close = any(reason.code not in _ABOUT_THE_TEXT for reason in report.reasons)
    return CLOSE if is_close or erased_matches(fingerprints, found, prompts) else None

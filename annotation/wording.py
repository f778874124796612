"""The words for codes that the clean room, the trace and releases use, and the marking of passages in a text."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

QUESTION_WORDS: dict[str, Promise] = {
    "gate:close": _("Parts of this text are close to a model's answer. Why is it still the writer's own?"),
    "gate:erased": _(
        "This text shares passages with a model's answer that has since been withdrawn and erased. "
        "Nobody can read that answer any more. Why is the text still the writer's own?"
    ),
    "check:personal_data": _("This may contain personal data. Why is it none?"),
    "check:moderation": _("Moderation did not pass this text, or did not answer. Why is it harmless?"),
    "trace:trace_missing": _("There is no record of how this text was written. Why do you trust it?"),
    "trace:chain_broken": _("The record of how this text was written has a gap. Why do you trust it?"),
    "trace:sums_do_not_fit": _("The record of writing does not add up to the text. Why do you trust it?"),
    "trace:autosaves_do_not_fit": _(
        "The record of writing does not fit the copies that the server saved meanwhile. Why do you trust it?"
    ),
    "trace:trace_off": _(
        "This writer writes without the record, as anybody may. Nothing speaks against the text; does anything in it?"
    ),
    "trace:looks_copied": _(
        "It was typed evenly and hardly corrected, as one copies from a sheet. Some people write so. "
        "Does the text read as the writer's own?"
    ),
    "trace:untrusted_events": _("A program, not a person, put text into the editor. Why is that all right?"),
    "trace:paste_share": _("Much of this text was pasted from elsewhere. Where does it come from?"),
    "trace:large_insertion": _("A long passage appeared at once. Where does it come from?"),
    "trace:edit_large": _("A reviewer's edit put much into this text. Why is it still the writer's own?"),
    "trace:too_fast": _("This was written far faster than the writer usually writes. Why do you trust it?"),
}
ANY_QUESTION = _("Something about this text needs your word. Why does it not speak against the text?")
# Why the gate refused a text or asks for a person's word. Never says whose answer, or what stands in it.
GATE_REASON_WORDS: dict[str, Promise] = {
    "run": _("a long passage stands word for word in a model's answer"),
    "coverage": _("much of the text stands in one model's answer"),
    "skeleton": _("much of the text has the kanji and katakana of a model's answer in the same order"),
    "union": _("the text has passages of several models' answers"),
    "subsequence": _("the text follows a model's answer from beginning to end, with words put in or changed"),
    "kana": _("the kana are those of the model's answer, in the same order, between other words"),
    "equal": _("the text is the same as a model's answer"),
    "opened_kana": _("nearly everything is in kana, so that it cannot be compared with answers in kanji"),
    "nothing_to_compare": _("there is no letter or digit in the text to compare"),
    "postdated": _("the model's answer arrived after the text was handed in"),
    "erased_reference": _("the text shares passages with a model's answer that has since been erased"),
    "canary": _("the text carries the hidden mark of a model's answer that somebody was shown"),
}
# Why something was taken back, as a release's tombstones name it.
WITHDRAWAL_WORDS: dict[str, Promise] = {
    "instruction_withdrawn": _("the participant took it back"),
    "consent_withdrawn": _("the participant took everything back"),
    "licence_revoked": _("its licence was revoked"),
}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text, and whether it is close to a reference."""

    text: str
    is_close: bool


def question_words(question: Any) -> dict[str, Any]:
    """Return an open question with the sentence that asks it."""
    words = QUESTION_WORDS.get(_wording_key(question), ANY_QUESTION)
    codes = [str(detail["code"]) for detail in question.details if question.kind == question.GATE]
    return {
        "key": question.key,
        "kind": question.kind,
        "words": words,
        "details": question.details,
        "reasons": reason_words(codes),
    }


def _wording_key(question: Any) -> str:
    """The gate's question is another one when nothing but erased references speaks against the text."""
    codes = {detail.get("code") for detail in question.details if isinstance(detail, Mapping)}
    return "gate:erased" if question.key == "gate:close" and codes == {"erased_reference"} else str(question.key)


def segments(text: str, passages: Iterable[Mapping[str, Any]]) -> list[Segment]:
    """Cut `text` at the passages ({"start", "end"} in characters) that are close to a reference; overlaps are joined."""
    spans = [(int(passage["start"]), int(passage["end"])) for passage in passages]
    return [Segment(text[start:end], is_close) for start, end, is_close in passage_cuts(len(text), spans)]


def passage_cuts(length: int, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int, bool]]:
    """Cut a text of so many characters at the spans: start, end, and whether a span holds it. They cover the text."""
    cuts: list[tuple[int, int, bool]] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(start, at), min(end, length)
        if end <= start:
            continue
        if start > at:
            cuts.append((at, start, False))
        cuts.append((start, end, True))
        at = end
    if at < length:
        cuts.append((at, length, False))
    return cuts


def reason_words(codes: Iterable[str]) -> list[Promise | str]:
    """Return the gate's reasons in words, each once, in the order they first come; a code of no engine in use as it is."""
    return [GATE_REASON_WORDS.get(code, code) for code in dict.fromkeys(codes)]

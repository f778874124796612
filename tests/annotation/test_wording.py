"""The words for the gate's codes: there are some for each, in both languages, and a reviewer is told them."""

from django.utils import translation

from annotation.cleanroom.decide import Code
from annotation.cleanroom.edits import EditFlag
from annotation.cleanroom.trace_score import Flag
from annotation.selectors.review import Question
from annotation.services.canaries import CANARY
from annotation.services.erased import ERASED_REFERENCE
from annotation.wording import ANY_QUESTION, GATE_REASON_WORDS, QUESTION_WORDS, question_words, reason_words


def test_every_reason_of_the_gate_has_words_of_its_own_in_both_languages() -> None:
    assert set(GATE_REASON_WORDS) == {*(code.value for code in Code), ERASED_REFERENCE, CANARY}
    told = {}
    for language in ("en", "ja"):
        with translation.override(language):
            told[language] = {str(words) for words in GATE_REASON_WORDS.values()}
        assert len(told[language]) == len(GATE_REASON_WORDS)
    assert not told["en"] & told["ja"]


def test_every_flag_of_a_trace_or_an_edit_asks_a_question_of_its_own() -> None:
    flags = [*Flag, *EditFlag]
    asked = {question_words(Question(Question.TRACE, flag.value, trace_id=1))["words"] for flag in flags}
    assert len(asked) == len(flags)
    assert ANY_QUESTION not in asked
    assert {f"trace:{flag.value}" for flag in flags} <= set(QUESTION_WORDS)


def test_a_reviewer_is_told_each_reason_once_and_a_reason_of_the_past_by_its_code() -> None:
    details = ({"code": "run"}, {"code": "coverage"}, {"code": "run"})
    with translation.override("en"):
        told = question_words(Question(Question.GATE, "close", 1, details=details))["reasons"]
        assert [str(words) for words in told] == [
            "a long passage stands word for word in a model's answer",
            "much of the text stands in one model's answer",
        ]
    assert question_words(Question(Question.CHECK, "moderation", details=({"kind": "insult"},)))["reasons"] == []
    assert reason_words(["of_an_older_engine"]) == ["of_an_older_engine"]

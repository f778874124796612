"""The twenty cases of the clean room, through the site as its people use it: what must not reach an export, and what must.

Each text is written, sent, read by a reviewer who answers no question, cleared and looked for in `clean_record`. A text that
waits for a reviewer's reason is not in an export; which cases may wait and which are refused outright is said by each.
"""

import hashlib
import json
from typing import Any

import pytest

from annotation.cleanroom.trace import utf16_length
from annotation.models import CleanRecord, GateReport, Submission, Task, WritingTrace
from annotation.selectors.review import open_questions
from annotation.services.clearance import clearance_run
from collection.models import Instruction
from collection.services.screening import instruction_screen
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_instruction, make_reference
from tests.factories.records import make_moderation, make_order
from tests.factories.traces import bucket
from tests.flows import disguises as by
from tests.flows.twenty_texts import (
    AROUND,
    ASKED,
    LONG_INSTRUCTION,
    LONG_QUOTE,
    MISO_IN_KANA,
    ON_BOOKSHOPS,
    OWN,
    PREFECTURES,
)
from tests.provider import Provider

pytestmark = pytest.mark.django_db

LAUNDRY = ASKED["laundry"][1]
KYOTO = ASKED["kyoto"][1]
MISO = ASKED["miso"][1]
REFUSED = 422
SENT = 200


def written(text: str, **counts: Any) -> list[dict[str, Any]]:
    """The trace of a text that somebody composed, with a few corrections; `counts` change it."""
    length = utf16_length(text)
    slow = max(1, length // 60)  # buckets: nobody writes a page in ten seconds, and the clock is the server's
    corrected = length // 20
    whole = {"composed": length + corrected, "deleted": corrected, "inserted_before_end": corrected, "length": length}
    return [bucket(1, **{**whole, "largest_insertion": 5, "pauses": [length, slow, slow, slow, 0, 0], **counts})]


class House:
    """A writer and a reviewer at their browsers, and the references that are there before anything is written."""

    def __init__(self) -> None:
        self.people: Cast = cast()
        self.writer, self.reviewer = client_for(self.people.wataru), client_for(self.people.ren)
        self.asked: dict[str, Instruction] = {}
        for topic, (asked, answer) in ASKED.items():
            self.asked[topic] = make_instruction(instruction=asked, status="screened")
            make_reference(self.asked[topic], text=answer)

    def claim(self, instruction: Instruction) -> Task:
        """Order one output for the instruction and claim it in the browser."""
        Instruction.objects.filter(pk=instruction.pk, status="screened").update(status="eligible")
        make_order(self.people, quantity=1)
        answer = self.writer.post("/work/claim/")
        task = Task.objects.select_related("instruction").get(status="claimed")
        assert answer["Location"] == f"/work/tasks/{task.public_id}/" and task.instruction == instruction
        return task

    def post(self, task: Task, what: str, **body: Any) -> Any:
        address = f"/work/tasks/{task.public_id}/{what}/"
        return self.writer.post(address, json.dumps(body), content_type="application/json")

    def link(self, task: Task) -> str:
        page = self.writer.get(f"/work/tasks/{task.public_id}/").context["state"]
        return str(page["trace"]["link"])

    def send(self, task: Task, text: str, buckets: list[dict[str, Any]] | None = None, link: str | None = None) -> Any:
        """Press "Send" in the editor, with the trace of a person unless another is given."""
        sent = {"text": text, "base_revision": 0, "is_attested": True, "claims_next": False}
        link = self.link(task) if link is None else link
        return self.post(task, "submit", **sent, buckets=written(text) if buckets is None else buckets, link=link)

    def judge(self, task: Task, **answers: str) -> int:
        """Take the text and accept it; returns the status that the reviewer is answered with."""
        submission = Submission.objects.filter(task=task).latest("version")
        make_moderation(submission)
        assert self.reviewer.post("/review/next/")["Location"] == f"/review/{task.public_id}/"
        return self.accept(task, **answers)

    def accept(self, task: Task, **answers: str) -> int:
        body = {"verdict": "accept", **{f"answer-{key}": why for key, why in answers.items()}}
        return int(self.reviewer.post(f"/review/{task.public_id}/verdict/", body).status_code)

    def answer_all(self, task: Task) -> int:
        """Accept with a reason for every question."""
        task.refresh_from_db()
        assert task.current_submission is not None
        return self.accept(
            task, **{question.key: "読んで確かめました。" for question in open_questions(task.current_submission)}
        )

    def exported(self) -> list[str]:
        """What an export would hold now."""
        clearance_run()
        return list(CleanRecord.objects.values_list("output", flat=True))


@pytest.fixture
def house() -> House:
    return House()


ONE_SENTENCE_EACH = "".join(by.sentences(answer)[1] for _asked, answer in ASKED.values())
WITHIN = AROUND[0] + LAUNDRY[60:120] + AROUND[1]
COPIES: dict[str, str] = {
    "1 the whole own reference": LAUNDRY,
    "2 sixty characters within three hundred own ones": WITHIN,
    "3 sixty characters of another instruction's reference": AROUND[0] + KYOTO[100:160] + AROUND[1],
    "4 widths, commas, line breaks, zero widths, Markdown": by.widths_and_marks(LAUNDRY),
    "5 thirty percent of the hiragana as katakana": by.partly_katakana(LAUNDRY),
    "6 another style of speech": by.plain_style(LAUNDRY),
    "7 the sentences reordered": by.reordered(LAUNDRY),
    "8 a fifth of the characters edited": by.edited(LAUNDRY, 0.20),
    "9 style and order with synonyms and a twentieth edited": by.edited(
        by.with_synonyms(by.reordered(by.plain_style(LAUNDRY))), 0.05
    ),
    "10 five references, one sentence each": ONE_SENTENCE_EACH,
}


@pytest.mark.parametrize("case", COPIES)
def test_a_copy_is_refused_with_the_writers_own_passages(house: House, case: str) -> None:
    task = house.claim(house.asked["laundry"])
    answer = house.send(task, COPIES[case])
    assert answer.status_code == REFUSED, GateReport.objects.latest("id").scores
    told = answer.json()
    assert told["code"] == "gate_blocked" and told["passages"]
    assert set(told) == {"status", "code", "title", "detail", "passages"}
    assert house.exported() == []


@pytest.mark.parametrize(
    ("topic", "text"),
    [("miso", MISO_IN_KANA), ("miso", by.with_fillers(MISO)), ("laundry", by.with_fillers(LAUNDRY))],
    ids=["11 all kanji opened", "11 fillers", "11 fillers in another"],
)
def test_a_copy_in_kana_or_with_fillers_does_not_pass_without_a_person(house: House, topic: str, text: str) -> None:
    task = house.claim(house.asked[topic])
    if house.send(task, text).status_code == SENT:
        assert house.judge(task) == 400
    assert house.exported() == []


def test_12_an_earlier_answer_inside_the_input_is_held_before_anybody_works_on_it(
    house: House, provider: Provider
) -> None:
    asked = make_instruction(instruction="次の文章を三行で要約してください。", input=KYOTO, status="received")
    innocent = make_instruction(instruction="次の文章を三行で要約してください。", input=OWN["kyoto"], status="received")
    for one in (asked, innocent):
        instruction_screen(instruction_id=one.pk)
        one.refresh_from_db()
    assert (asked.status, innocent.status) == ("held", "eligible")
    assert [finding.check_id for finding in asked.findings.filter(severity="hold")] == ["model_text.close"]


def test_13_a_reviewers_edit_with_a_reference_in_it_is_refused(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    assert house.send(task, OWN["laundry"]).status_code == SENT
    make_moderation(Submission.objects.get())
    house.reviewer.post("/review/next/")
    edit = {"text": OWN["laundry"] + LAUNDRY[60:160], "is_attested": "on", "note": ""}
    assert house.reviewer.post(f"/review/{task.public_id}/edit/", edit).status_code == REFUSED
    assert house.accept(task) == 302
    # Once it is accepted, nobody edits it any more.
    assert house.reviewer.post(f"/review/{task.public_id}/edit/", edit).status_code == 409
    assert house.exported() == [OWN["laundry"]]


def test_14_three_hundred_characters_from_elsewhere_wait_for_a_reason(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    text = OWN["laundry"]
    rest = utf16_length(text) - 240
    trace = written(text, pasted=250, composed=rest, deleted=10, inserted_before_end=0, largest_insertion=250)
    assert house.send(task, text, trace).status_code == SENT
    assert WritingTrace.objects.get().flags[:2] == ["paste_share", "large_insertion"]
    assert house.judge(task) == 400
    assert house.exported() == []


def test_15_without_a_script_the_text_waits_for_a_reason(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    form = {"text": OWN["laundry"], "base_revision": "0", "is_attested": "on"}
    assert house.writer.post(f"/work/tasks/{task.public_id}/submit/", form).status_code == 302
    assert WritingTrace.objects.get().flags == ["trace_missing"]
    assert house.judge(task) == 400
    assert house.exported() == []


def test_15_the_trace_of_another_text_does_not_fit(house: House) -> None:
    first = house.claim(house.asked["laundry"])
    link, recorded = house.link(first), written(OWN["laundry"])
    recorded[0]["draft_sha256"] = hashlib.sha256(OWN["laundry"].encode()).hexdigest()
    assert house.send(first, OWN["laundry"], recorded, link).status_code == SENT
    assert WritingTrace.objects.get().flags == []
    asked = make_instruction(instruction="秋の京都を一日で回るなら、どこへ行きますか。")
    task = house.claim(asked)
    assert house.send(task, OWN["kyoto"], recorded, link).status_code == SENT
    assert {"chain_broken", "sums_do_not_fit", "autosaves_do_not_fit"} == set(WritingTrace.objects.latest("id").flags)


@pytest.mark.parametrize(
    ("counts", "flag"),
    [
        ({"composed": 100}, "sums_do_not_fit"),
        ({"composed": 20, "undone": 400}, "sums_do_not_fit"),
        ({"started_ms": 900_000}, "autosaves_do_not_fit"),
        ({"untrusted": 1}, "untrusted_events"),
    ],
)
def test_15_totals_that_do_not_fit_wait_for_a_reason(house: House, counts: dict[str, int], flag: str) -> None:
    task = house.claim(house.asked["laundry"])
    assert house.send(task, OWN["laundry"], written(OWN["laundry"], **counts)).status_code == SENT
    assert flag in WritingTrace.objects.get().flags
    assert house.judge(task) == 400
    assert house.exported() == []


def test_16_steady_typing_without_a_deletion_waits_for_a_reason_and_costs_nothing(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    trace = written(OWN["laundry"], composed=utf16_length(OWN["laundry"]), deleted=0, inserted_before_end=0)
    assert house.send(task, OWN["laundry"], trace).status_code == SENT
    assert WritingTrace.objects.get().flags == ["looks_copied"]
    assert house.judge(task) == 400
    assert house.exported() == []
    assert house.answer_all(task) == 302  # a reason is enough
    assert house.exported() == [OWN["laundry"]]


def test_17_a_long_quotation_of_the_instruction_and_stock_phrases_pass(house: House) -> None:
    assert len(LONG_QUOTE) >= 80
    asked = make_instruction(instruction=LONG_INSTRUCTION)
    answer = (
        f"ご質問ありがとうございます。この文章の書き手は「{LONG_QUOTE}」と述べ、出会いの場が減ることを憂えています。"
    )
    make_reference(asked, text=answer + "いかがでしたでしょうか。参考になれば幸いです。")
    task = house.claim(asked)
    text = ON_BOOKSHOPS.format(quote=LONG_QUOTE)
    trace = written(text, pasted_quote=len(LONG_QUOTE), composed=len(text) - len(LONG_QUOTE) + 20, deleted=20)
    assert house.send(task, text, trace).status_code == SENT
    assert (GateReport.objects.get().decision, WritingTrace.objects.get().flags) == ("pass", [])
    assert house.judge(task) == 302
    assert house.exported() == [text]


def test_18_moving_within_ones_own_text_long_compositions_and_undo_pass(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    text = OWN["laundry"]
    half = utf16_length(text) // 2
    link = house.link(task)
    steps = [
        bucket(1, composed=half, length=half, largest_insertion=3),
        bucket(2, deleted=120, length=half - 120),
        bucket(3, pasted_own=120, inserted_before_end=120, length=half),
        bucket(4, deleted=60, length=half - 60),
        bucket(5, undone=60, length=half),
    ]
    saved = house.post(task, "draft", text=text[:half], base_revision=0, buckets=steps, link=link).json()
    rest = [bucket(6, composed=utf16_length(text) - half, length=utf16_length(text), largest_insertion=30)]
    sent = {"text": text, "base_revision": saved["revision"], "is_attested": True, "claims_next": False}
    assert house.post(task, "submit", **sent, buckets=rest, link=saved["trace"]["link"]).status_code == SENT
    assert WritingTrace.objects.get().flags == []
    assert house.judge(task) == 302
    assert house.exported() == [text]


def test_19_an_independent_answer_that_shares_a_phrase_passes(house: House) -> None:
    shared = LAUNDRY[LAUNDRY.index("洗濯槽の清掃") :][:17]
    text = OWN["laundry"] + f"ついでに言うと、{shared}と聞いて、うちでも始めました。"
    task = house.claim(house.asked["laundry"])
    assert house.send(task, text).status_code == SENT
    assert house.judge(task) in (302, 400)  # a question is allowed, a refusal is not
    if not CleanRecord.objects.exists() and Task.objects.get(pk=task.pk).status == "in_review":
        assert house.answer_all(task) == 302
    assert house.exported() == [text]


@pytest.mark.parametrize("answer", ["東京です。", "百二十六日です。"])
def test_19_a_forced_short_answer_is_not_refused(house: House, answer: str) -> None:
    asked = make_instruction(
        instruction="日本の首都はどこですか。または、今年はあと何日ありますか。一言で答えてください。"
    )
    make_reference(asked, text=answer)
    task = house.claim(asked)
    assert house.send(task, answer).status_code == SENT
    if house.judge(task) == 400:
        assert house.answer_all(task) == 302
    assert house.exported() == [answer]


def test_20_a_text_that_was_there_before_the_same_reference_is_asked_about_and_never_refused(house: House) -> None:
    task = house.claim(house.asked["laundry"])
    assert house.send(task, OWN["laundry"]).status_code == SENT
    assert house.judge(task) == 302
    make_reference(make_instruction(status="screened"), text=OWN["laundry"])
    assert house.exported() == []
    report = GateReport.objects.latest("id")
    assert report.decision == "review"
    assert "postdated" in {reason["code"] for reason in report.reasons}
    answer = {"key": "gate:close", "why": "この参照は提出のあとに届きました。"}
    assert house.reviewer.post(f"/ops/records/{task.public_id}/answer/", answer).status_code in (302, 403)
    manager = client_for(house.people.minato)
    manager.post(f"/ops/records/{task.public_id}/answer/", answer)
    assert house.exported() == [OWN["laundry"]]


def test_20_the_list_of_the_prefectures_is_not_refused(house: House) -> None:
    asked = make_instruction(instruction="日本の都道府県を北から順にすべて挙げてください。")
    make_reference(asked, text=f"日本の都道府県は次のとおりです。{PREFECTURES}。以上の47都道府県です。")
    task = house.claim(asked)
    assert house.send(task, PREFECTURES).status_code == SENT
    if house.judge(task) == 400:
        assert house.answer_all(task) == 302
    assert house.exported() == [PREFECTURES]

"""Plays the demonstration's month through the services: who asked, ordered, wrote, judged and was paid."""

import random
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from annotation.demonstration import PASSWORD
from annotation.demonstration.learning import learning_set
from annotation.demonstration.scene import Line, Scene
from annotation.demonstration.traces import Save, save_pasted, saves_of
from annotation.errors import GateBlocked
from annotation.models import Draft, PastedPassage, Task
from annotation.selectors.review import open_questions
from annotation.selectors.review_rules import readers_wanted
from annotation.services.blind_verdicts import verdict_enter
from annotation.services.drafts import draft_save
from annotation.services.outputs import output_moderate
from annotation.services.queue import task_claim
from annotation.services.remarks import pasted_keep, pasted_name
from annotation.services.reviews import VerdictForm, review_claim
from annotation.services.submissions import submission_send
from annotation.services.traces import trace_choose
from annotation.states import TaskStatus
from collection.gateway import Finished, Usage
from collection.models import Installation, Instruction, Participant
from collection.services.answers import Outcome, answer_end
from collection.services.consent import participant_consent
from collection.services.instructions import reference_begin
from collection.services.screening import Moderator, instruction_screen
from collection.services.terms import terms_ensure
from collection.services.withdrawal import instruction_withdraw
from collection.states import InstructionStatus
from config.moves import Actor
from vendors.models import GuidelineVersion, Organisation, User, WorkOrder
from vendors.services import (
    agreement_publish,
    agreement_sign,
    guideline_publish,
    invitation_send,
    membership_start,
    organisation_create,
    user_create,
    work_order_accept,
    work_order_create,
    work_order_issue,
)
from vendors.texts import agreement_template, guideline_template

PARTICIPANTS = 11
LEFT_QUEUED = {"general-ja": 5, "careful-ja": 6, "general-en": 3}
LEFT_WAITING = 9  # handed in, not judged when the writing ends
LEFT_RETURNED = ("structure", "incomplete")
DIFFERS = 0.15  # how often one of two reviewers would have a good text improved
STORY_SEED = 20261122
WRITING_TIME = timedelta(hours=2)


class Story:
    """One telling of the demonstration; the same each time. `progress` is called with a line for each chapter."""

    def __init__(self, scene: Scene, progress: Any) -> None:
        self.scene = scene
        self.progress = progress
        self.chance = random.Random(STORY_SEED)
        self.organisations: dict[str, Organisation] = {}
        self.people: dict[str, User] = {}
        self.orders: dict[str, WorkOrder] = {}

    def play(self) -> None:
        Installation.objects.create(is_demonstration=True)
        self.progress("people")
        self._people_arrive()
        self._documents_are_signed()
        self.progress("instructions")
        self._instructions_arrive()
        self.progress("orders")
        self._orders_are_given()
        self.progress("texts")
        self._texts_are_written()
        self._someone_withdraws()

    # --- people and documents ---

    def _people_arrive(self) -> None:
        for entry in self.scene.cast["organisations"]:
            self.organisations[entry["key"]] = organisation_create(
                kind=entry["kind"],
                name=entry["name"],
                name_latin=entry["name_latin"],
                address=entry["address"],
                registration_number=entry["registration_number"],
            )
        invited = []
        for entry in self.scene.cast["people"]:
            if entry["is_invited"]:
                invited.append(entry)
                continue
            person = user_create(
                email=entry["email"],
                name=entry["name"],
                password=PASSWORD,
                language=entry["language"],
                writes_languages=",".join(entry["writes"]) or entry["language"],
            )
            self.people[entry["key"]] = person
            for role in entry["roles"]:
                membership_start(
                    user=person, organisation=self.organisations[entry["organisation"]], role=role, by=None
                )
        for entry in invited:
            invitation_send(
                by=self.people["arima"],
                organisation=self.organisations[entry["organisation"]],
                role=entry["roles"][0],
                email=entry["email"],
            )

    def _documents_are_signed(self) -> None:
        operator = self.organisations["operator"].name
        terms_ensure()
        agreement_publish(
            body_ja=agreement_template("ja", operator=operator),
            body_en=agreement_template("en", operator=operator),
            by=None,
        )
        for entry in self.scene.cast["people"]:
            person = self.people.get(entry["key"])
            if person is not None and {"writer", "lead"} & set(entry["roles"]):
                agreement_sign(user=person, language=person.language, name_as_signed=person.name, address="192.0.2.1")
            if person is not None and "writer" in entry["roles"]:
                trace_choose(writer=person, is_recorded=True)

    # --- the public side ---

    def _instructions_arrive(self) -> None:
        terms = terms_ensure()
        participants = [
            participant_consent(participant=None, terms=terms, language=self.chance.choice(("ja", "ja", "en")))
            for _ in range(PARTICIPANTS)
        ]
        moderator = Moderator()
        for line in self.scene.lines:
            asked = self._ask(self.chance.choice(participants), line.instruction, line.input, line.language)
            Instruction.objects.filter(pk=asked.pk).update(category=line.category)
            self._answer(asked, line.reference)
            instruction_screen(instruction_id=asked.pk, moderator=moderator)
        for entry in self.scene.troublesome:
            asked = self._ask(self.chance.choice(participants), entry["instruction"], entry["input"], entry["language"])
            self._answer(asked, "練習用の返答です。" if entry["language"] == "ja" else "This is a practice answer.")
            instruction_screen(instruction_id=asked.pk, moderator=moderator)

    def _ask(self, participant: Participant, instruction: str, input: str, language: str) -> Instruction:
        reference = reference_begin(
            participant=participant, instruction=instruction, input=input, language=language, address_hash=""
        )
        self._pending = reference
        return reference.instruction

    def _answer(self, asked: Instruction, text: str) -> None:
        usage = Usage(prompt_tokens=len(asked.instruction + asked.input), completion_tokens=len(text))
        finished = Finished("stop", usage, self._pending.model, None)
        outcome = Outcome(text, finished, error=None, first_token_at=None)
        answer_end(reference=self._pending, outcome=outcome, by=Actor.system("demonstration"))

    def _someone_withdraws(self) -> None:
        """Take back one instruction before, one during and one after the work on it."""
        asked = Instruction.objects.filter(status=InstructionStatus.ELIGIBLE).select_related("participant")
        stages = (
            asked.filter(tasks__isnull=True),
            asked.filter(tasks__status=TaskStatus.QUEUED),
            asked.filter(tasks__status=TaskStatus.ACCEPTED),
        )
        for stage in stages:
            instruction = stage.order_by("-pk").first()
            if instruction is not None and instruction.participant is not None:
                instruction_withdraw(participant=instruction.participant, public_id=instruction.public_id)

    # --- orders ---

    def _orders_are_given(self) -> None:
        guideline = guideline_publish(
            name=self.scene.cast["guidelines"][0]["name"],
            body_ja=guideline_template("ja"),
            body_en=guideline_template("en"),
            by=self.people["makino"],
        )
        leads = {"yunagi": "mizushina", "kaede": "chitose"}
        for entry in self.scene.cast["work_orders"]:
            order = self._order(entry, guideline, entry["quantity"])
            work_order_issue(order=order, by=self.people["makino"])
            order.refresh_from_db()
            work_order_accept(order=order, by=self.people[leads[entry["vendor"]]])
            self.orders[entry["key"]] = order
        self._orders_in_preparation(guideline)

    def _orders_in_preparation(self, guideline: GuidelineVersion) -> None:
        """One order that its vendor has not answered, and one that is still a draft."""
        japanese, careful, _english = self.scene.cast["work_orders"]
        issued = self._order(japanese | {"title_ja": "一般の指示への回答（第2期）"}, guideline, 3)
        work_order_issue(order=issued, by=self.people["makino"])
        qualification = learning_set(
            manager=self.people["makino"],
            reviewer=self.people["kuze"],
            writers=[self.people["saso"], self.people["domae"]],
            guideline=guideline,
        )
        asked = {"qualification": qualification, "known_every": 10}
        self._order(careful | {"title_ja": "一般の指示への回答（校閲つき・追加）"}, guideline, 12, **asked)

    def _order(self, entry: dict[str, Any], guideline: GuidelineVersion, quantity: int, **terms: Any) -> WorkOrder:
        return work_order_create(
            by=self.people["makino"],
            vendor=self.organisations[entry["vendor"]],
            title=entry["title_ja"],
            quantity=quantity,
            unit_price=entry["unit_price"],
            currency=entry["currency"],
            guideline_version=guideline,
            language=entry["language"],
            min_characters=entry["min_characters"],
            max_characters=entry["max_characters"],
            lease_seconds=entry["lease_seconds"],
            inspection_days=entry["inspection_days"],
            reference_policy=entry["reference_policy"],
            **terms,
            due_on=timezone.localdate() + timedelta(days=entry["due_in_days"]),
            note=entry["note"],
            review_rule=entry["review_rule"],
            reviewers_each=entry["reviewers_each"],
        )

    # --- writing and judging ---

    def _texts_are_written(self) -> None:
        """Writers take turns until only what the demonstration wants queued is left; some work stays in hand."""
        writers = [self.people[key] for key in ("domae", "saso", "fushimi", "hibi", "penrose", "chitose")]
        order_keys = {order.pk: key for key, order in self.orders.items()}
        left = {key: Task.objects.filter(work_order=order).count() for key, order in self.orders.items()}
        active = list(writers)
        while active:
            for writer in list(active):
                task = task_claim(writer=writer)
                if task is None or left[order_keys[task.work_order_id]] <= LEFT_QUEUED[order_keys[task.work_order_id]]:
                    active.remove(writer)
                    if task is not None:
                        self._begin(writer, task)
                    continue
                left[order_keys[task.work_order_id]] -= 1
                self._write_first(writer, task)
                if sum(left.values()) > sum(LEFT_QUEUED.values()) + LEFT_WAITING:
                    self._judge()
        self._return_some()
        self._hold_one()

    def _line(self, task: Task) -> Line:
        return self.scene.line_of(task.instruction.instruction, task.instruction.input)

    def _write_first(self, writer: User, task: Task) -> None:
        """Hand in the first version: the final text, unless the scene has a weaker one for this instruction."""
        instruction = task.instruction.instruction
        attempt, refused = self.scene.first_attempt(instruction), self.scene.rejection(instruction)
        close, pasted = self.scene.close_call(instruction), self.scene.pasted(instruction)
        is_rework = task.rework_round > 0
        if self.scene.is_copied_first(instruction):
            self._copy(writer, task)
        if attempt and not is_rework:
            text = attempt["first_output"]
        elif refused:
            text = refused["output"]
        else:
            text = self._line(task).output + (f"\n\n{close['added']}" if close else "")
        if pasted and not is_rework:
            self._paste(writer, task, text, source=pasted["source"])
        else:
            self._write(writer, task, text)

    def _copy(self, writer: User, task: Task) -> None:
        """Try a model's answer: it stays a draft, and the gate's report of it is kept."""
        text = self._line(task).reference
        revision = self._save(writer, task, saves_of(text, self.chance))
        try:
            submission_send(writer=writer, task=task, text=text, base_revision=revision, is_attested=True)
        except GateBlocked:
            return
        raise AssertionError("the gate let a model's answer pass")

    def _write(self, writer: User, task: Task, text: str) -> None:
        draft = Draft.objects.filter(task=task, writer=writer).first()
        number, held = (draft.trace_number, draft.text) if draft else (0, "")
        revision = self._save(writer, task, saves_of(text, self.chance, number, held), draft)
        self._send(writer, task, text, revision)

    def _paste(self, writer: User, task: Task, text: str, *, source: str) -> None:
        """Hand in what was written somewhere else, and say where."""
        revision = self._save(writer, task, [save_pasted(text, self.chance)])
        pasted_keep(writer=writer, task=task, texts=[text])
        for passage in PastedPassage.objects.filter(draft__task=task):
            pasted_name(writer=writer, task=task, pasted=passage.pk, source=source)
        self._send(writer, task, text, revision)

    def _save(self, writer: User, task: Task, saves: Iterable[Save], draft: Draft | None = None) -> int:
        """Save a draft step by step; returns its revision."""
        if draft is None:
            task.claimed_at = timezone.now() - WRITING_TIME  # the traces tell of minutes, and the telling takes none
        revision = draft.revision if draft else 0
        for text, buckets in saves:
            saved = draft_save(writer=writer, task=task, text=text, base_revision=revision, buckets=buckets)
            revision = saved.revision
        return revision

    def _send(self, writer: User, task: Task, text: str, revision: int) -> None:
        submission = submission_send(writer=writer, task=task, text=text, base_revision=revision, is_attested=True)
        output_moderate(submission_id=submission.pk)

    def _begin(self, writer: User, task: Task) -> None:
        """Leave a text half written in its writer's hands."""
        self._save(writer, task, list(saves_of(self._line(task).output, self.chance))[:1])

    def _judge(self) -> None:
        """Let the next reviewer decide on the text that comes next, as the scene says; where two read it, let both."""
        for key in (self.chance.choice(("orihara", "kuze")), "orihara", "kuze", "makino"):
            task = review_claim(reviewer=self.people[key], with_skipped=False)
            if task is None or task.current_submission is None:
                continue
            verdict, form = self._verdict_on(task)
            verdict_enter(reviewer=self.people[key], task=task, verdict=verdict, form=form)
            task.refresh_from_db()
            if task.status != TaskStatus.SUBMITTED:
                return

    def _verdict_on(self, task: Task) -> tuple[str, VerdictForm]:
        assert task.current_submission is not None
        seconds = self.chance.randint(14, 75)
        instruction, text = task.instruction.instruction, task.current_submission.text
        attempt, refused = self.scene.first_attempt(instruction), self.scene.rejection(instruction)
        if attempt and text == attempt["first_output"]:
            return "return", VerdictForm(reasons=attempt["reasons"], comment=attempt["comment"], seconds=seconds * 2)
        if refused and text == refused["output"]:
            return "reject", VerdictForm(reasons=refused["reasons"], comment=refused["comment"], seconds=seconds * 2)
        is_one_of_two = readers_wanted(task) > task.current_submission.blind_verdicts.count()
        if readers_wanted(task) == 2 and is_one_of_two and self.chance.random() < DIFFERS:
            reason = LEFT_RETURNED[0]
            comment = self.chance.choice(self.scene.cast["return_comments"][reason])
            return "return", VerdictForm(reasons=[reason], comment=comment, seconds=seconds)
        close = self.scene.close_call(instruction)
        answer = close["answer"] if close else "読み比べて確かめました。"
        answers = {question.key: answer for question in open_questions(task.current_submission)}
        says = self.scene.cast["acceptance_comments"][:-1]
        comment = self.chance.choice(says) if task.rework_round or self.chance.random() < 0.2 else ""
        return "accept", VerdictForm(answers=answers, comment=comment, seconds=seconds)

    def _return_some(self) -> None:
        """Send a few texts back, so that their writers find them in the morning."""
        comments = self.scene.cast["return_comments"]
        for reason in LEFT_RETURNED:
            for key in ("orihara", "kuze", "makino"):
                task = review_claim(reviewer=self.people[key])
                if task is None:
                    continue
                comment = self.chance.choice(comments[reason])
                form = VerdictForm(reasons=[reason], comment=comment, seconds=64)
                verdict_enter(reviewer=self.people[key], task=task, verdict="return", form=form)
                task.refresh_from_db()
                if task.status == TaskStatus.RETURNED:
                    break

    def _hold_one(self) -> None:
        """Leave one text on a reviewer's desk."""
        review_claim(reviewer=self.people["kuze"])


@contextmanager
def practising() -> Iterator[None]:
    """Ask the practice provider for the length of a block, whatever provider is configured: no text leaves the machine."""
    from annotation.demonstration.practice import provider_running

    kept = {name: getattr(settings, name) for name in ("OPENAI_BASE_URL", "OPENAI_API_KEY", "IS_PRACTICE")}
    with provider_running() as base_url:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.IS_PRACTICE = base_url, "practice", True
        try:
            yield
        finally:
            for name, value in kept.items():
                setattr(settings, name, value)

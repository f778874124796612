"""Taking in what a participant asks: saved and paid for before the provider is called, so that nothing typed is lost."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError, InterfaceError, OperationalError, transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import Barred, BudgetSpent, ConsentNeeded, SiteClosed, TextRefused
from collection.gateway import is_practice, provider_name
from collection.models import Instruction, Participant, Reference
from collection.screening.duplicates import text_hash
from collection.screening.language import detect
from collection.services.budget import Reservation, cap_keys, reservation_run, worst_case_microusd
from collection.services.instruction_sql import QUESTIONS_TAKE
from collection.services.limits import barred_message
from collection.signals import instruction_received
from config.presence import presence_number
from config.statements import Row
from config.together import Together

# As many questions as are taken in together: more would hold the caps too long.
TOGETHER_AT_MOST = 16


def text_clean(text: str) -> str:
    """The text with plain line ends and no white space around it. Raises `TextRefused` for what cannot be stored."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if "\x00" in text:
        raise TextRefused(_("The text has a NUL character in it, which cannot be stored. Please take it out."))
    if any(unicodedata.category(character) == "Cs" for character in text if character > "\ud7ff"):
        raise TextRefused(_("The text has half of a character pair in it. Please type that character again."))
    return text


def texts_check(*, instruction: str, input: str) -> tuple[str, str]:
    """Both texts cleaned. Raises `TextRefused` naming the field that is empty, too long or cannot be stored."""
    instruction, input = text_clean(instruction), text_clean(input)
    if not instruction:
        raise TextRefused(_("Please write what you would like to ask."), field="instruction")
    limits = {
        "instruction": (instruction, settings.INSTRUCTION_MAX_CHARACTERS),
        "input": (input, settings.INPUT_MAX_CHARACTERS),
    }
    for field, (text, limit) in limits.items():
        if len(text) > limit:
            message = _("This is %(length)s characters long; at most %(limit)s are possible. Please shorten it.")
            raise TextRefused(message % {"length": f"{len(text):,}", "limit": f"{limit:,}"}, field=field)
    return instruction, input


def instruction_receive(
    *, participant: Participant | None, instruction: str, input: str = "", language: str, address_hash: str = ""
) -> Instruction:
    """Save a question, its pending answer and the reservation of its cost, or nothing of the three.

    Raises `TextRefused`, `ConsentNeeded`, `Barred`, `SiteClosed` and `BudgetSpent`.
    """
    return reference_begin(
        participant=participant, instruction=instruction, input=input, language=language, address_hash=address_hash
    ).instruction


def reference_begin(
    *, participant: Participant | None, instruction: str, input: str = "", language: str, address_hash: str = ""
) -> Reference:
    """As `instruction_receive`, for the caller who goes on to stream: returns the pending answer with its instruction.

    Of the participant, the public id is enough: one who is not there has given no consent.
    """
    instruction, input = texts_check(instruction=instruction, input=input)
    if participant is None:
        raise ConsentNeeded()
    texts = {
        "instruction": instruction,
        "input": input,
        "language": detect(instruction + "\n" + input) or language,
        "text_sha256": text_hash(instruction, input),
    }
    reservation = Reservation(
        cap_keys(participant, address_hash), worst_case_microusd(instruction=instruction, input=input)
    )
    row = _taken(_Question(str(participant.public_id), texts, reservation))
    is_closed, is_barred, participant.pk, consent = row[2:6]
    asked, asked_id, created_at, begun, begun_id = row[6:]
    if consent is None:
        raise ConsentNeeded()
    if is_barred:
        raise Barred(barred_message())
    if is_closed:
        raise SiteClosed()
    own = {"participant": participant, "consent_id": consent, "is_practice": is_practice()}
    saved = Instruction(pk=asked, public_id=asked_id, created_at=created_at, **own, **texts)
    reference = Reference(pk=begun, public_id=begun_id, instruction=saved, created_at=created_at, **_answer_begun())
    for row_of in (participant, saved, reference):
        row_of._state.adding, row_of._state.db = False, DEFAULT_DB_ALIAS
    transaction.on_commit(lambda: _announce(asked), robust=True)
    return reference


@dataclass(frozen=True, slots=True)
class _Question:
    """What is to be taken in: the participant's public id, the texts as their fields are called, and what is reserved."""

    participant: str
    texts: dict[str, str]
    reservation: Reservation


def _taken(question: _Question) -> Row:
    """What `QUESTIONS_TAKE` says of a question: taken in with those of other threads, unless a transaction is open here."""
    if not transaction.get_connection().in_atomic_block:
        return _together.do(question)
    (row,) = _questions_take([question])
    if isinstance(row, Exception):
        raise row
    return row


def _questions_take(questions: Sequence[_Question]) -> list[Row | Exception]:
    """Take questions in, all in one statement; if any is refused, each by itself, so that each has its own reason."""
    try:
        rows = reservation_run(
            QUESTIONS_TAKE,
            reservations=[question.reservation for question in questions],
            participants=[question.participant for question in questions],
            instructions=[question.texts["instruction"] for question in questions],
            inputs=[question.texts["input"] for question in questions],
            languages=[question.texts["language"] for question in questions],
            hashes=[question.texts["text_sha256"] for question in questions],
            is_practice=is_practice(),
            **_answer_begun(),
        )
    except (DatabaseError, InterfaceError, BudgetSpent) as error:
        if len(questions) == 1:
            return [error]
        if isinstance(error, (OperationalError, InterfaceError)):
            raise  # the database is away, and nobody knows what was taken in
    else:
        are_taken = rows[0][6] is not None
        if are_taken or len(questions) == 1:
            return list(rows)
    return [taken for question in questions for taken in _questions_take([question])]


_together = Together(_questions_take, at_most=TOGETHER_AT_MOST)


def _answer_begun() -> dict[str, Any]:
    """What is known of an answer before the provider is asked, as the fields are called."""
    return {"provider": provider_name(), "model": settings.OPENAI_MODEL, "process": presence_number()}


def _announce(instruction_id: int) -> None:
    instruction_received.send(sender=Instruction, instruction_id=instruction_id)

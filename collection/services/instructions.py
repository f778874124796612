"""Taking in what a participant asks: saved and paid for before the provider is called, so that nothing typed is lost."""

import unicodedata

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, transaction
from django.utils.translation import gettext_lazy as _

from collection.errors import Barred, ConsentNeeded, SiteClosed, TextRefused
from collection.gateway import is_practice, provider_name
from collection.models import Instruction, Participant, Reference
from collection.screening.duplicates import text_hash
from collection.screening.language import detect
from collection.services.budget import cap_keys, reservation_run, worst_case_microusd
from collection.services.instruction_sql import QUESTION_TAKE
from collection.services.limits import barred_message
from collection.signals import instruction_received
from config.presence import presence_number


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
        "is_practice": is_practice(),
    }
    answer = {"provider": provider_name(), "model": settings.OPENAI_MODEL, "process": presence_number()}
    row = reservation_run(
        QUESTION_TAKE,
        keys=cap_keys(participant, address_hash),
        amount_microusd=worst_case_microusd(instruction=instruction, input=input),
        participant=str(participant.public_id),
        **texts,
        **answer,
    )
    if row is None:
        raise ConsentNeeded()
    is_closed, is_barred, participant.pk, consent = row[2:6]
    asked, asked_id, created_at, begun, begun_id = row[6:]
    if consent is None:
        raise ConsentNeeded()
    if is_barred:
        raise Barred(barred_message())
    if is_closed:
        raise SiteClosed()
    saved = Instruction(
        pk=asked, public_id=asked_id, participant=participant, consent_id=consent, created_at=created_at, **texts
    )
    reference = Reference(pk=begun, public_id=begun_id, instruction=saved, created_at=created_at, **answer)
    for row_of in (participant, saved, reference):
        row_of._state.adding, row_of._state.db = False, DEFAULT_DB_ALIAS
    transaction.on_commit(lambda: _announce(asked), robust=True)
    return reference


def _announce(instruction_id: int) -> None:
    instruction_received.send(sender=Instruction, instruction_id=instruction_id)

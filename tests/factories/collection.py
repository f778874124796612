"""Rows of the public side for tests. What has rules goes through the services."""

from itertools import count
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request

from django.http import HttpResponse
from django.test import Client, override_settings

from collection.models import (
    Consent,
    ImportBatch,
    Instruction,
    Participant,
    Reference,
    ScreeningFinding,
    Terms,
)
from collection.screening.duplicates import text_hash
from collection.selectors import consent_in_force, terms_in_force
from collection.services.answers import reference_store
from collection.services.consent import participant_consent
from collection.services.instructions import reference_begin
from collection.services.terms import terms_publish
from collection.states import InstructionStatus, ReferenceStatus
from collection.views.visitor import participant_remember
from config.moves import Actor

_serial = count(1)


def make_terms(*, body_ja: str = "規約です。", body_en: str = "These are terms.", **fields: Any) -> Terms:
    return terms_publish(body_ja=body_ja, body_en=body_en, **fields)


def make_participant(*, language: str = "ja") -> Participant:
    """Somebody who consented to the terms in force, which are published if need be."""
    terms = terms_in_force() or make_terms()
    return participant_consent(participant=None, terms=terms, language=language)


def make_import_batch(*, licence: str = "CC-BY-4.0", **fields: Any) -> ImportBatch:
    return ImportBatch.objects.create(name=f"import {next(_serial)}", licence=licence, **fields)


def make_instruction(
    *,
    instruction: str = "",
    input: str = "",
    status: str = InstructionStatus.ELIGIBLE,
    participant: Participant | None = None,
    import_batch: ImportBatch | None = None,
    **fields: Any,
) -> Instruction:
    """An instruction in the status, as screening would have left it; a participant's unless an import is given."""
    instruction = instruction or f"京都の秋の過ごし方を、例をあげて紹介してください。その{next(_serial)}"
    if import_batch is None:
        participant = participant or make_participant()
    consent: Consent | None = consent_in_force(participant)
    made = Instruction.objects.create(
        instruction=instruction,
        input=input,
        text_sha256=text_hash(instruction, input),
        status=status,
        participant=participant,
        consent=consent,
        import_batch=import_batch,
        **fields,
    )
    if status == InstructionStatus.ELIGIBLE:
        make_finding(made, check_id="moderation.passed", severity="note")
    return made


def make_finding(instruction: Instruction, *, check_id: str, severity: str = "hold", **fields: Any) -> ScreeningFinding:
    return ScreeningFinding.objects.create(instruction=instruction, check_id=check_id, severity=severity, **fields)


def make_reference(
    instruction: Instruction,
    *,
    text: str = "これは模型の書いた答えです。",
    status: str = ReferenceStatus.COMPLETE,
    provider: str = Reference.Provider.OPENAI,
    **fields: Any,
) -> Reference:
    """A stored answer, positioned like any other; pending when the status says so."""
    reference = Reference.objects.create(instruction=instruction, provider=provider, model="gpt-4o", **fields)
    if status == ReferenceStatus.PENDING:
        return reference
    return reference_store(reference=reference, text=text, status=status, by=Actor.system("test"))


def make_question(*, costs: int) -> Reference:
    """The pending answer to a question as a visitor asks it, for which `costs` micro-dollars are reserved."""
    prices = {"PROMPT_PRICE_MICROUSD_PER_MILLION": 0, "COMPLETION_PRICE_MICROUSD_PER_MILLION": 1_000_000}
    with override_settings(**prices, MAX_COMPLETION_TOKENS=costs):
        return reference_begin(
            participant=make_participant(),
            instruction=f"空はなぜ青いのですか。その{next(_serial)}",
            language="ja",
            address_hash="a",
        )


def client_of(participant: Participant, client: Client | None = None) -> Client:
    """A browser that carries the participant's cookie."""
    response = HttpResponse()
    participant_remember(response, participant)
    client = client or Client()
    client.cookies.update(response.cookies)
    return client


def ask_of(url: str, participant: Participant, text: str, language: str = "ja") -> Request:
    """A question to the site at `url`, as the participant's browser asks it; its answer is a stream."""
    token = "a" * 32
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client_of(participant).cookies.items())
    return Request(
        f"{url}/ask/stream",
        data=urlencode({"instruction": text, "input": ""}).encode(),
        headers={
            "Cookie": f"csrftoken={token}; {cookies}",
            "X-CSRFToken": token,
            "Accept": "text/event-stream, application/json",
            "Accept-Language": language,
        },
    )

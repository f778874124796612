import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
from asgiref.sync import sync_to_async
from pytest_django.fixtures import Settings

from collection.gateway import clients_close
from collection.models import Cap, Participant, Reference
from collection.services.answering import AnswerEnd, AnswerText, answer_deliver
from collection.services.instructions import reference_begin
from collection.services.withdrawal import instruction_withdraw
from tests.factories.collection import make_participant
from tests.provider import Provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
async def connections_closed() -> AsyncIterator[None]:
    yield
    await clients_close()


@pytest.fixture(autouse=True)
def prices(settings: Settings) -> None:
    settings.PROMPT_PRICE_MICROUSD_PER_MILLION = 1_000_000
    settings.COMPLETION_PRICE_MICROUSD_PER_MILLION = 1_000_000


@sync_to_async
def ask(text: str, participant: Participant | None = None) -> Reference:
    participant = participant or make_participant()
    return reference_begin(participant=participant, instruction=text, language="ja", address_hash="a")


@sync_to_async
def stored(reference: Reference) -> Reference:
    return Reference.objects.select_related("instruction").get(pk=reference.pk)


@sync_to_async
def caps() -> set[tuple[int, int]]:
    """Reserved and spent under every cap that was used."""
    return set(Cap.objects.values_list("reserved_microusd", "spent_microusd"))


async def deliver(reference: Reference, identity: str) -> list[AnswerText | AnswerEnd]:
    return [part async for part in answer_deliver(reference, identity=identity)]


async def test_the_text_arrives_whole_and_is_stored_with_its_usage_and_cost(provider: Provider) -> None:
    reference = await ask("空はなぜ青いのですか。")
    parts = await deliver(reference, "whole")
    end = parts[-1]
    assert isinstance(end, AnswerEnd)
    text = "".join(part.text for part in parts[:-1])
    kept = await stored(reference)
    expected = await asyncio.to_thread(provider.answer, "空はなぜ青いのですか。")
    assert text == end.text == kept.text == expected
    assert (kept.status, kept.finish_reason, kept.is_usage_estimated) == ("complete", "stop", False)
    assert kept.position is not None and kept.first_token_at is not None
    assert kept.prompt_tokens and kept.completion_tokens
    assert kept.cost_microusd == kept.prompt_tokens + kept.completion_tokens
    assert await caps() == {(0, kept.cost_microusd)}


async def test_the_text_comes_in_batches_and_not_all_at_the_end(provider: Provider) -> None:
    parts = await deliver(await ask("長い答えをください。"), "batches")
    assert len(parts) > 2


async def test_stopping_in_the_middle_closes_the_providers_connection_and_keeps_what_came(provider: Provider) -> None:
    reference = await ask("practice: hang\n空はなぜ青いのですか。")
    async with aclosing(answer_deliver(reference, identity="stop-middle")) as parts:
        first = await anext(parts)
    assert isinstance(first, AnswerText)
    record = await asyncio.to_thread(provider.wait_for_end, "stop-middle")
    kept = await stored(reference)
    assert record["ended"] == "disconnected"
    assert kept.status == "interrupted"
    assert kept.text.startswith(first.text)
    assert kept.is_usage_estimated
    assert await caps() == {(0, kept.cost_microusd)}


async def test_stopping_before_the_first_word_closes_the_providers_connection_too(provider: Provider) -> None:
    reference = await ask("practice: slow\n空はなぜ青いのですか。")
    reading = asyncio.create_task(deliver(reference, "stop-early"))
    await asyncio.to_thread(provider.wait_for, "stop-early", lambda request: True)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    record = await asyncio.to_thread(provider.wait_for_end, "stop-early")
    kept = await stored(reference)
    assert record["ended"] == "disconnected"
    assert (kept.status, kept.text) == ("interrupted", "")
    assert {reserved for reserved, _ in await caps()} == {0}


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("429", "failed", "rate_limited"),
        ("500", "failed", "provider_unavailable"),
        ("401", "failed", "provider_refused"),
        ("cut", "interrupted", "cut"),
        ("malformed", "interrupted", "malformed"),
    ],
)
async def test_a_fault_is_stored_and_named_and_the_ledger_balances(
    provider: Provider, fault: str, status: str, code: str
) -> None:
    reference = await ask(f"practice: {fault}\n空はなぜ青いのですか。")
    *_, end = await deliver(reference, f"fault-{fault}")
    assert isinstance(end, AnswerEnd)
    kept = await stored(reference)
    assert end.error is not None
    assert (end.error.code, kept.error_code, kept.status, end.status) == (code, code, status, status)
    assert "canary" not in str(end.error).lower()
    assert await caps() == {(0, kept.cost_microusd)}
    assert bool(kept.text) == (status == "interrupted")


async def test_an_answer_without_usage_is_charged_by_an_estimate_that_says_so(provider: Provider) -> None:
    reference = await ask("practice: no-usage\n空はなぜ青いのですか。")
    await deliver(reference, "no-usage")
    kept = await stored(reference)
    assert (kept.status, kept.is_usage_estimated) == ("complete", True)
    assert kept.cost_microusd > 0


async def test_no_provider_at_all_fails_at_once_and_costs_nothing(settings: Settings) -> None:
    settings.IS_PRACTICE = True
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    reference = await ask("空はなぜ青いのですか。")
    started = time.monotonic()
    *_, end = await deliver(reference, "unreachable")
    assert isinstance(end, AnswerEnd)
    assert (end.status, end.error.code if end.error else "") == ("failed", "unreachable")
    assert time.monotonic() - started < 8
    assert await caps() == {(0, 0)}


async def test_an_instruction_withdrawn_while_it_is_answered_keeps_no_text(provider: Provider) -> None:
    participant = await sync_to_async(make_participant)()
    reference = await ask("practice: hang\n空はなぜ青いのですか。", participant)
    async with aclosing(answer_deliver(reference, identity="withdrawn")) as parts:
        await anext(parts)
        public_id = reference.instruction.public_id
        await sync_to_async(instruction_withdraw)(participant=participant, public_id=public_id)
    kept = await stored(reference)
    assert (kept.status, kept.text, kept.instruction.instruction) == ("interrupted", "", "")
    assert kept.text_sha256

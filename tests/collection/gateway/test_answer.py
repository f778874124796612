"""A streamed answer against the practice provider over real HTTP: whole, in order, bounded in time, and closed when left."""

import asyncio
import time
from asyncio import to_thread
from contextlib import aclosing

import pytest
from pytest_django.fixtures import Settings

from collection.gateway import Delta, Prompt, Usage, build_messages
from tests.collection.gateway.asking import Asking
from tests.provider import Provider

JAPANESE = "お茶はどのように育ちますか。"


async def test_the_text_comes_whole_and_in_order(provider: Provider) -> None:
    for prompt in ("How does tea grow?", JAPANESE):
        asking = await Asking(prompt).read()
        assert asking.error is None
        assert asking.text == await to_thread(provider.answer, prompt)
        assert len(asking.texts) > 1


async def test_the_end_tells_reason_usage_model_and_request(provider: Provider) -> None:
    asking = await Asking("How does tea grow?").read()
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert asking.finished is not None
    assert asking.finished.finish_reason == "stop"
    assert asking.finished.model == "practice"
    assert asking.finished.request_id == "req_" + record["id"]
    assert asking.finished.usage is not None
    assert asking.finished.usage.completion_tokens == record["chunks_sent"]
    assert asking.finished.usage.prompt_tokens > 0


async def test_what_is_sent_is_what_was_decided(provider: Provider, settings: Settings) -> None:
    settings.OPENAI_MODEL = "some-model"
    asking = await Asking("How does tea grow?", max_completion_tokens=4).read()
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert record["asked"] == {
        "model": "some-model",
        "max_completion_tokens": 4,
        "safety_identifier": asking.safety_identifier,
        "store": False,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert asking.finished is not None
    assert asking.finished.finish_reason == "length"


def test_the_message_is_what_the_participant_wrote_and_nothing_else() -> None:
    assert build_messages(Prompt("要約してください。")) == [{"role": "user", "content": "要約してください。"}]
    assert build_messages(Prompt("Translate.", "犬")) == [{"role": "user", "content": "Translate.\n\n犬"}]
    assert build_messages(Prompt("Translate.", " \n")) == [{"role": "user", "content": "Translate."}]


async def test_answers_share_a_connection(provider: Provider) -> None:
    ports = set()
    for _ in range(3):
        asking = await Asking("How does tea grow?").read()
        ports.add((await to_thread(provider.wait_for_end, asking.safety_identifier))["client_port"])
    assert len(ports) == 1


async def test_many_answers_at_once_stay_apart(provider: Provider) -> None:
    prompts = [f"Question {number} about tea" for number in range(10)] + [f"{JAPANESE}{n}" for n in range(10)]
    asked = await asyncio.gather(*(Asking(prompt).read() for prompt in prompts))
    whole = await asyncio.gather(*(to_thread(provider.answer, prompt) for prompt in prompts))
    assert [asking.text for asking in asked] == whole


@pytest.mark.parametrize(
    ("fault", "code", "is_retryable", "retry_after_seconds"),
    [
        ("429", "rate_limited", True, 1.0),
        ("500", "provider_unavailable", True, None),
        ("503", "provider_unavailable", True, 1.0),
        ("400", "provider_refused", False, None),
        ("401", "provider_refused", False, None),
        ("403", "provider_refused", False, None),
        ("404", "provider_refused", False, None),
        ("quota", "provider_refused", False, None),
    ],
)
async def test_a_refusal_says_whether_to_try_again(
    provider: Provider, fault: str, code: str, is_retryable: bool, retry_after_seconds: float | None
) -> None:
    asking = await Asking(f"Hello.\npractice: {fault}").read()
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert asking.error is not None
    assert asking.texts == []
    assert asking.error.code == code
    assert asking.error.is_retryable is is_retryable
    assert asking.error.retry_after_seconds == retry_after_seconds
    assert asking.error.request_id == "req_" + record["id"]


async def test_nothing_is_tried_again_unasked(provider: Provider) -> None:
    asking = Asking("Tell me.\npractice: 429x1")
    await asking.read()
    assert asking.error is not None
    assert asking.error.is_retryable
    assert len(await to_thread(provider.requests_by, asking.safety_identifier)) == 1
    again = await Asking(asking.prompt).read()
    assert again.error is None
    assert again.text


@pytest.mark.parametrize(
    ("fault", "code", "has_text", "is_retryable"),
    [
        ("slow", "timeout_first_token", False, True),
        ("silent", "timeout_first_token", False, True),
        ("hang", "timeout_idle", True, False),
        ("cut", "cut", True, False),
        ("malformed", "malformed", True, False),
        ("error", "provider_unavailable", True, False),
    ],
)
async def test_trouble_with_the_stream_is_told_apart_and_keeps_what_came(
    provider: Provider, settings: Settings, fault: str, code: str, has_text: bool, is_retryable: bool
) -> None:
    settings.PROVIDER_IDLE_SECONDS = 0.4
    asking = await Asking(f"{JAPANESE}\npractice: {fault}").read()
    assert asking.error is not None
    assert asking.finished is None
    assert (asking.error.code, bool(asking.text), asking.error.is_retryable) == (code, has_text, is_retryable)
    assert (await to_thread(provider.answer, JAPANESE)).startswith(asking.text)
    record = await to_thread(provider.wait_for_end, asking.safety_identifier, 1)
    assert record["ended"] in ("disconnected", "fault")


@pytest.mark.parametrize("fault", ["slow", "hang"])
async def test_the_deadline_ends_an_answer_whatever_it_does(provider: Provider, fault: str) -> None:
    started = time.monotonic()
    asking = await Asking(f"Hello.\npractice: {fault}", deadline_seconds=0.4).read()
    assert asking.error is not None
    assert (asking.error.code, asking.error.is_retryable) == ("deadline", False)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("fault", "finish_reason", "has_usage", "has_text"),
    [
        ("no-usage", "stop", False, True),
        ("no-done", "stop", True, True),
        ("empty", "stop", True, False),
        ("length", "length", True, True),
        ("filter", "content_filter", True, True),
    ],
)
async def test_an_unusual_answer_is_whole_all_the_same(
    provider: Provider, fault: str, finish_reason: str, has_usage: bool, has_text: bool
) -> None:
    asking = await Asking(f"Hello.\npractice: {fault}").read()
    assert asking.error is None
    assert asking.finished is not None
    assert asking.finished.finish_reason == finish_reason
    assert isinstance(asking.finished.usage, Usage) is has_usage
    assert bool(asking.text) is has_text


async def test_leaving_before_the_first_word_closes_the_connection_at_once(provider: Provider) -> None:
    asking = Asking("Hello.\npractice: slow")
    task = asyncio.create_task(asking.read())
    await to_thread(provider.wait_for, asking.safety_identifier, lambda request: request["ended"] is None)
    cancelled_at = time.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert (record["ended"], record["first_sent"]) == ("disconnected", None)
    assert record["ended_at"] - cancelled_at < 0.5


async def test_leaving_between_head_and_first_word_closes_the_connection_at_once(provider: Provider) -> None:
    asking = Asking("Hello.\npractice: silent")
    task = asyncio.create_task(asking.read())
    await asyncio.sleep(0.3)
    cancelled_at = time.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert (record["ended"], record["first_sent"]) == ("disconnected", None)
    assert record["ended_at"] - cancelled_at < 0.5


@pytest.mark.parametrize("fault", ["hang", "none"])
async def test_leaving_in_the_middle_closes_the_connection_at_once(provider: Provider, fault: str) -> None:
    asking = Asking(f"{JAPANESE}\npractice: {fault}")
    async with aclosing(asking.stream()) as stream:
        async for part in stream:
            assert isinstance(part, Delta)
            break
    left_at = time.time()
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert record["ended"] == "disconnected"
    assert record["ended_at"] - left_at < 0.5


async def test_cancelling_the_reader_in_the_middle_closes_the_connection_at_once(provider: Provider) -> None:
    asking = Asking("Hello.\npractice: hang")
    task = asyncio.create_task(asking.read())
    await to_thread(provider.wait_for, asking.safety_identifier, lambda request: request["chunks_sent"] == 5)
    cancelled_at = time.time()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    record = await to_thread(provider.wait_for_end, asking.safety_identifier)
    assert record["ended"] == "disconnected"
    assert record["ended_at"] - cancelled_at < 0.5


async def test_a_slow_reader_is_not_taken_for_a_slow_provider(provider: Provider, settings: Settings) -> None:
    settings.PROVIDER_IDLE_SECONDS = 0.3
    texts: list[str] = []
    async with aclosing(Asking(JAPANESE).stream()) as stream:
        async for part in stream:
            if isinstance(part, Delta):
                if len(texts) in (0, 2):
                    await asyncio.sleep(0.5)
                texts.append(part.text)
    assert "".join(texts) == await to_thread(provider.answer, JAPANESE)


async def test_a_limit_on_the_readers_side_stays_the_readers(provider: Provider) -> None:
    """Our own time limits must not swallow, or be swallowed by, one that the caller put around the reading."""
    asking = Asking("Hello.\npractice: hang")
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(2):
            await asking.read()
    assert asking.error is None
    assert asking.text
    assert (await to_thread(provider.wait_for_end, asking.safety_identifier))["ended"] == "disconnected"

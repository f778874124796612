"""Moderation against the practice provider: what could not be asked has not passed."""

import asyncio
from uuid import uuid4

import pytest
from pytest_django.fixtures import Settings

from collection.gateway import Moderation, ProviderError, text_moderate, texts_moderate
from collection.practice.faults import ACCOUNT_CANARY
from tests.provider import Provider, free_port, raw_server

JSON_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"


def test_a_harmless_text_passes(provider: Provider) -> None:
    assert text_moderate("A quiet afternoon.") == Moderation(flagged=False, categories=[])


def test_a_flagged_text_comes_with_its_categories(provider: Provider) -> None:
    moderation = text_moderate("moderation:violence and moderation:flag")
    assert moderation == Moderation(flagged=True, categories=["harassment", "violence"])


def test_many_texts_have_their_answers_in_their_order(provider: Provider) -> None:
    found = texts_moderate(["A quiet afternoon.", "moderation:violence", "A quiet evening."])
    assert [moderation.categories for moderation in found] == [[], ["violence"], []]


async def test_fewer_answers_than_texts_are_none(settings: Settings) -> None:
    async with raw_server(b'{"results": [{"flagged": false, "categories": {}}]}', head=JSON_HEAD) as server:
        settings.OPENAI_BASE_URL = server.base_url
        with pytest.raises(ProviderError) as raised:
            await asyncio.to_thread(texts_moderate, ["Hello.", "Good evening."])
    assert raised.value.code == "malformed"


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("moderation-401", "provider_refused"),
        ("moderation-429", "rate_limited"),
        ("moderation-500", "provider_unavailable"),
    ],
)
def test_a_refusal_is_an_error_and_never_names_the_account(provider: Provider, fault: str, code: str) -> None:
    with pytest.raises(ProviderError) as raised:
        text_moderate(f"Hello.\npractice: {fault}")
    assert raised.value.code == code
    assert raised.value.__context__ is None
    assert ACCOUNT_CANARY not in str(raised.value)


def test_a_job_that_tries_again_gets_its_answer(provider: Provider) -> None:
    text = f"{uuid4()}\npractice: moderation-429x1"
    with pytest.raises(ProviderError) as raised:
        text_moderate(text)
    assert (raised.value.is_retryable, raised.value.retry_after_seconds) == (True, 1.0)
    assert not text_moderate(text).flagged


def test_nobody_there_is_an_error(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    with pytest.raises(ProviderError) as raised:
        text_moderate("Hello.")
    assert raised.value.code == "unreachable"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b'{"results": []}',
        b'{"results": [{"categories": {}}]}',
        b'{"results": [{"flagged": "false", "categories": {}}]}',
        b'{"results": [{"flagged": false}]}',
        b'{"results": [{"flagged": false, "categories": []}]}',
    ],
)
async def test_an_answer_of_another_shape_is_an_error_and_not_a_pass(settings: Settings, body: bytes) -> None:
    async with raw_server(body, head=JSON_HEAD) as server:
        settings.OPENAI_BASE_URL = server.base_url
        with pytest.raises(ProviderError) as raised:
            await asyncio.to_thread(text_moderate, "Hello.")
    assert raised.value.code == "malformed"

"""The clients and what their errors become: addresses, keys, and the account that no visitor may hear of."""

import logging
import socket
import time
import traceback
from pathlib import Path

import pytest
from django.utils import translation
from pytest_django.fixtures import Settings

from collection import gateway
from collection.gateway.client import _retry_after, line_of_loop
from collection.practice.faults import ACCOUNT_CANARY
from tests.collection.gateway.asking import Asking
from tests.provider import Provider, free_port, raw_server


@pytest.mark.parametrize("fault", ["400", "401", "403", "404", "429", "quota", "500", "503", "error", "malformed"])
async def test_the_account_never_shows(provider: Provider, caplog: pytest.LogCaptureFixture, fault: str) -> None:
    caplog.set_level(logging.DEBUG)
    asking = await Asking(f"Hello.\npractice: {fault}").read()
    error = asking.error
    assert error is not None
    assert error.__cause__ is None
    assert error.__context__ is None
    shown = [str(error), repr(error), repr(vars(error)), *traceback.format_exception(error), caplog.text]
    assert all(ACCOUNT_CANARY not in text for text in shown)
    assert all("Hello." not in record.getMessage() for record in caplog.records if record.levelno > logging.DEBUG)
    assert f"{error.code} (request {error.request_id})" in caplog.text


async def test_every_error_has_a_code_of_its_own_and_words_that_say_what_to_do() -> None:
    kinds = [kind for kind in gateway.ProviderError.__subclasses__() if kind.code != gateway.ProviderError.code]
    assert len({kind.code for kind in kinds}) == len(kinds)
    with translation.override("en"):
        for kind in kinds:
            assert kind.status == 503
            assert "again" in str(kind())


async def test_a_closed_port_is_unreachable(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{free_port()}/v1"
    asking = await Asking("Hello.").read()
    assert asking.error is not None
    assert (asking.error.code, asking.error.is_retryable) == ("unreachable", True)


async def test_a_host_that_takes_no_connection_is_unreachable_soon(settings: Settings) -> None:
    settings.PROVIDER_CONNECT_SECONDS = 0.3
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        settings.OPENAI_BASE_URL = f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        waiting = []
        for _ in range(3):  # fill the queue of a host that accepts nobody
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
            waiting.append(one)
        started = time.monotonic()
        asking = await Asking("Hello.").read()
        for one in waiting:
            one.close()
    assert asking.error is not None
    assert asking.error.code == "unreachable"
    assert time.monotonic() - started < 3


async def test_a_real_key_never_goes_to_the_practice_provider(settings: Settings) -> None:
    settings.OPENAI_API_KEY = "sk-real"
    async with raw_server() as server:
        settings.OPENAI_BASE_URL = server.base_url
        for settings.IS_PRACTICE in (True, False):
            await Asking("Hello.").read()
    practice, real = (heard.lower() for heard in server.heard)
    assert b"sk-real" not in practice
    assert b"authorization: bearer sk-real" in real


async def test_the_environments_proxy_is_used_but_never_for_the_practice_provider(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with raw_server() as proxy, raw_server() as practice:
        monkeypatch.setenv("http_proxy", proxy.base_url.removesuffix("/v1"))
        monkeypatch.delenv("no_proxy", raising=False)
        settings.IS_PRACTICE, settings.OPENAI_BASE_URL = False, "http://provider.invalid/v1"
        await Asking("Hello.").read()
        settings.IS_PRACTICE, settings.OPENAI_BASE_URL = True, practice.base_url
        await Asking("Hello.").read()
    assert [heard.split()[1] for heard in proxy.heard] == [b"http://provider.invalid/v1/chat/completions"]
    assert [heard.split()[1] for heard in practice.heard] == [b"/v1/chat/completions"]


async def test_a_redirect_is_not_followed(settings: Settings) -> None:
    async with raw_server() as elsewhere:
        head = b"HTTP/1.1 307 Temporary Redirect\r\nLocation: %s/chat/completions\r\nContent-Length: 0\r\n\r\n"
        async with raw_server(head=head % elsewhere.base_url.encode()) as server:
            settings.OPENAI_BASE_URL = server.base_url
            asking = await Asking("Hello.").read()
    assert asking.error is not None
    assert asking.error.code == "provider_refused"
    assert elsewhere.heard == []


async def test_a_loop_has_one_client_until_the_settings_change(settings: Settings) -> None:
    settings.OPENAI_BASE_URL = "http://127.0.0.1:9/v1"
    first = line_of_loop()
    assert line_of_loop() is first
    settings.OPENAI_API_KEY = "another"
    assert line_of_loop() is not first


@pytest.mark.parametrize(
    ("is_practice", "base_url", "name"),
    [
        (True, "http://127.0.0.1:9/v1", "practice"),
        (False, "", "openai"),
        (False, "https://api.openai.com/v1", "openai"),
        (False, "https://eu.api.openai.com/v1", "openai"),
        (False, "https://api.openai.com.example.org/v1", "compatible"),
        (False, "http://localhost:9000/v1", "compatible"),
    ],
)
def test_the_provider_has_a_name(settings: Settings, is_practice: bool, base_url: str, name: str) -> None:
    settings.IS_PRACTICE = is_practice
    settings.OPENAI_BASE_URL = base_url
    assert gateway.provider_name() == name
    assert gateway.is_practice() is is_practice


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "Sun, 01 Jan 2012 00:00:00 GMT"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "inf"}, None),
    ],
)
def test_the_wait_is_read_from_seconds_milliseconds_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    assert _retry_after(headers) == seconds


def test_the_sdk_is_not_imported_before_it_is_used() -> None:
    """It costs a second, which every command would pay."""
    import subprocess
    import sys

    program = "import sys, collection.gateway; print([name for name in ('openai', 'aiohttp', 'httpx2') if name in sys.modules])"
    found = subprocess.run(
        [sys.executable, "-c", program], cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"

"""The browser as fixtures, for every test that drives one. Whatever a page does that it must not do fails its test."""

import os
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Playwright, Request, sync_playwright

from tests.browser.chromium import chromium_flags, ensure_chromium
from tests.live import Live

OUR_HOSTS = {"localhost", "127.0.0.1"}


class NewPage(Protocol):
    """Opens a page in a context, that is a visitor, of its own."""

    def __call__(self, *, locale: str = "en-GB", width: int = 1440, **options: Any) -> Page: ...


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    # Playwright's synchronous interface runs an event loop in this thread, which Django takes for an asynchronous caller.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=chromium_flags())
    yield browser
    browser.close()


def context_watch(context: BrowserContext, troubles: list[str]) -> None:
    """Note every request to another host, every script that fails and every breach of the content policy."""

    def note_request(request: Request) -> None:
        if request.url.startswith("http") and urlsplit(request.url).hostname not in OUR_HOSTS:
            troubles.append(f"asked another host: {request.url}")

    def note_message(message: ConsoleMessage) -> None:
        # What the network refused is reported as an error too, and is for the test to expect or not.
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            troubles.append(f"{message.page.url if message.page else ''}: {message.text}")

    context.on("request", note_request)
    context.on("weberror", lambda error: troubles.append(f"script failed: {error.error}"))
    context.on("console", note_message)


@pytest.fixture
def new_page(browser: Browser, live: Live) -> Iterator[NewPage]:
    """Makes pages on the live site; at the end none may have misbehaved."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def open_page(*, locale: str = "en-GB", width: int = 1440, **options: Any) -> Page:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(base_url=live.url, locale=locale, viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context_watch(context, troubles)
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """An English visitor on a desktop."""
    return new_page()

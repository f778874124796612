"""A real Chromium for the tests of this folder; every request it makes to another host fails the test."""

import os
from collections.abc import Iterator
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, Request, sync_playwright

from tests.browser.chromium import chromium_flags, ensure_chromium
from tests.live import Live


class NewPage(Protocol):
    """Opens a page in a context, that is a visitor, of its own."""

    def __call__(self, *, locale: str = "en-GB", width: int = 1440, **options: Any) -> Page: ...


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if "/tests/browser/" in str(item.path):
            item.add_marker(pytest.mark.browser)


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


@pytest.fixture
def new_page(browser: Browser, live: Live) -> Iterator[NewPage]:
    """Makes pages on the live site; at the end no script may have failed and no other host been asked."""
    contexts: list[BrowserContext] = []
    troubles: list[str] = []

    def note_request(request: Request) -> None:
        host = urlsplit(request.url).hostname
        if request.url.startswith("http") and host not in {"localhost", "127.0.0.1"}:
            troubles.append(f"asked another host: {request.url}")

    def open_page(*, locale: str = "en-GB", width: int = 1440, **options: Any) -> Page:
        viewport = {"width": width, "height": 900}
        context = browser.new_context(base_url=live.url, locale=locale, viewport=viewport, **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.on("request", note_request)
        context.on("weberror", lambda error: troubles.append(f"script failed: {error.error}"))
        context.on(
            "console",
            lambda message: troubles.append(message.text) if "Content Security Policy" in message.text else None,
        )
        return context.new_page()

    yield open_page
    for context in contexts:
        context.close()
    assert troubles == []


@pytest.fixture
def page(new_page: NewPage) -> Page:
    """An English visitor on a desktop."""
    return new_page()

"""What a person's hands do at a keyboard, for the tests that drive a browser."""

import re
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.factories.vendors import PASSWORD


def sign_in(page: Page, email: str, *, to: str = "/work/", password: str = PASSWORD) -> None:
    """Sign in through the form and arrive at `to`."""
    page.goto(f"/accounts/login/?next={to}")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: urlsplit(url).path == to)


def compose(page: Page, text: str) -> None:
    """Type as an input method does: what is tried out first is not what stays."""
    ime = page.context.new_cdp_session(page)
    for end in range(1, len(text) + 1):
        ime.send("Input.imeSetComposition", {"text": text[:end], "selectionStart": end, "selectionEnd": end})
    ime.send("Input.insertText", {"text": text})
    ime.detach()
    # No hand strikes the next key in the same moment.
    page.evaluate("() => new Promise(resolve => setTimeout(resolve))")


def consent(page: Page) -> None:
    """Go through both steps of the consent, back to the question."""
    page.wait_for_url("**/welcome/")
    page.check("[name=knows_what_is_collected]")
    page.click("main [type=submit]")
    page.check("[name=agrees]")
    page.check("[name=is_adult]")
    page.click("main [type=submit]")
    page.wait_for_url(re.compile(r"//[^/]+/$"))


def await_answer(page: Page) -> None:
    """Wait for the end of an answer that comes whole."""
    expect(page.locator("[data-new]")).to_be_visible(timeout=20_000)


def await_fact(page: Page, is_so: Callable[[], bool], what: str, seconds: float = 15) -> None:
    """Wait until something is so in the database; the browser goes on meanwhile."""
    until = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < until, f"it never came to be that {what}"
        page.wait_for_timeout(50)

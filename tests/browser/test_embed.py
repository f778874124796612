"""The small page in a frame on another site, where browsers keep our cookies from us."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.db import connection
from playwright.sync_api import Browser, FrameLocator, expect

from collection.models import Consent, Instruction, Participant
from collection.services.terms import terms_ensure
from tests.live import Live, await_quiet, live_stack
from tests.provider import free_port

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "空はなぜ青いのですか。"


@contextmanager
def another_site(port: int, framed_url: str) -> Iterator[str]:
    """A site of its own, as browsers count: 127.0.0.1, where ours is localhost. Its one page frames ours."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f'<iframe src="{framed_url}" width="340" height="800"></iframe>'.encode())

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def port() -> int:
    """Where the site that may frame ours listens."""
    return free_port()


@pytest.fixture(scope="module")
def _framed_site(port: int, django_db_setup: None) -> Iterator[Live]:
    database = str(connection.settings_dict["NAME"])
    allowed = f"http://127.0.0.1:{port}"
    with live_stack(
        database=database, name=f"{database}-framed", with_jobs=False, HITODE_EMBED_ORIGINS=allowed
    ) as site:
        yield site


@pytest.fixture
def framed(_framed_site: Live, transactional_db: None) -> Iterator[Live]:
    """The real site, which lets one other site frame its small page."""
    yield _framed_site
    await_quiet(with_jobs=False)


def test_a_visitor_asks_and_withdraws_in_a_frame_without_any_cookie(browser: Browser, framed: Live, port: int) -> None:
    terms_ensure()
    context = browser.new_context(viewport={"width": 360, "height": 900}, locale="ja-JP")
    page = context.new_page()
    with another_site(port, f"{framed.url}/embed/?language=ja") as url:
        page.goto(url)
        frame: FrameLocator = page.frame_locator("iframe")
        frame.locator("#id_instruction").fill(QUESTION)
        frame.locator("[data-primary]").click()
        frame.locator("[data-collected] [type=checkbox]").check()
        frame.locator("[data-collected] [type=submit]").click()
        assert not Participant.objects.exists()
        for box in frame.locator("[data-consent] [type=checkbox]").all():
            box.check()
        frame.locator("[data-consent] [type=submit]").click()
        expect(frame.locator("[data-new]")).to_be_visible(timeout=20_000)
        assert Consent.objects.get().language == "ja"
        assert Instruction.objects.get().instruction == QUESTION
        frame.locator("[data-new]").click()
        frame.locator("#id_instruction").fill(QUESTION)
        frame.locator("[data-primary]").click()
        expect(frame.locator("[data-new]")).to_be_visible(timeout=20_000)
        assert Participant.objects.count() == 1  # the browser forbids storage here; the visit itself remembers
        frame.locator("[data-withdraw]").click()
        expect(frame.locator("[data-embed-form]")).to_be_visible()
    assert Instruction.objects.filter(status="withdrawn", instruction="").count() == 1
    assert context.cookies() == []
    context.close()


def test_a_site_that_is_not_named_cannot_frame_the_page(browser: Browser, framed: Live) -> None:
    terms_ensure()
    context = browser.new_context()
    page = context.new_page()
    with (
        another_site(free_port(), f"{framed.url}/embed/") as url,
        page.expect_console_message(lambda message: "frame-ancestors" in message.text),
    ):
        page.goto(url)
    context.close()

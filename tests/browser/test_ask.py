"""The public site in a real browser: consent, the answer as it comes, stopping it, and the same without scripts."""

import json
import urllib.request

import pytest
from playwright.sync_api import Page, expect

from collection.models import Instruction, Reference
from collection.services.terms import terms_ensure
from tests.browser.hands import await_answer, await_fact, consent
from tests.browser.pages import NewPage
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "空はなぜ青いのですか。"


@pytest.fixture
def visitor(new_page: NewPage) -> Page:
    """A Japanese visitor on a narrow screen who has typed a question."""
    terms_ensure()
    page = new_page(locale="ja-JP", width=360)
    page.goto("/")
    page.fill("#id_instruction", QUESTION)
    return page


def test_a_visitor_consents_once_keeps_the_typed_text_and_reads_the_answer(visitor: Page) -> None:
    visitor.reload()
    expect(visitor.locator("#id_instruction")).to_have_value(QUESTION)
    visitor.press("#id_instruction", "Control+Enter")
    consent(visitor)
    expect(visitor.locator("#id_instruction")).to_have_value(QUESTION)
    visitor.click("[data-primary]")
    await_answer(visitor)
    reference = Reference.objects.get()
    assert reference.status == "complete"
    expect(visitor.locator("[data-answer-text]")).to_contain_text(reference.text[:6])
    visitor.reload()
    expect(visitor.locator("#id_instruction")).to_have_value("")


def test_enter_makes_a_line_and_a_composition_is_never_sent(visitor: Page) -> None:
    visitor.press("#id_instruction", "End")
    visitor.press("#id_instruction", "Enter")
    expect(visitor.locator("#id_instruction")).to_have_value(f"{QUESTION}\n")
    visitor.evaluate(
        """() => document.getElementById("id_instruction").dispatchEvent(
            new KeyboardEvent("keydown", {key: "Enter", ctrlKey: true, isComposing: true, bubbles: true}))"""
    )
    assert visitor.url.rstrip("/").count("/") == 2
    assert not Instruction.objects.exists()


@pytest.mark.parametrize("fault", ["slow", "hang"])
def test_stop_ends_the_answer_here_and_at_the_provider(live: Live, visitor: Page, fault: str) -> None:
    """Before the first word ("slow") and after it ("hang")."""
    visitor.click("[data-primary]")
    consent(visitor)
    visitor.fill("#id_instruction", f"practice: {fault}\n{QUESTION}")
    visitor.click("[data-primary]")
    expect(visitor.locator("[data-stop]")).to_be_visible()
    await_fact(visitor, lambda: newest_request(live).get("fault") == fault, "the provider was asked")
    if fault == "hang":
        expect(visitor.locator("[data-answer-text]")).not_to_be_empty()
    visitor.click("[data-stop]")
    expect(visitor.locator("[data-again]")).to_be_visible()
    await_fact(visitor, lambda: Reference.objects.get().finished_at is not None, "the answer ended")
    reference = Reference.objects.get()
    assert reference.status == "interrupted"
    assert bool(reference.text) == (fault == "hang")
    await_fact(visitor, lambda: newest_request(live)["ended"] == "disconnected", "the provider was let go", seconds=3)


def newest_request(live: Live) -> dict[str, object]:
    """What the provider says of the last answer it was asked for."""
    with urllib.request.urlopen(f"{live.practice_url}/practice/log", timeout=5) as response:
        asked = [one for one in json.load(response)["requests"] if one["asked"].get("stream")]
    return asked[0] if asked else {}


def test_without_scripts_the_form_carries_the_question_through_the_consent_to_its_answer(new_page: NewPage) -> None:
    terms_ensure()
    page = new_page(locale="ja-JP", java_script_enabled=False)
    page.goto("/")
    page.fill("#id_instruction", QUESTION)
    page.click("[data-primary]")
    for ticks in (["knows_what_is_collected"], ["agrees", "is_adult"]):
        for name in ticks:
            page.check(f"[name={name}]")
        page.click("main form [type=submit]")
    expect(page.locator("#id_instruction")).to_have_value(QUESTION)
    page.click("[data-primary]")
    page.wait_for_url("**/my-data/*/")
    reference = Reference.objects.get()
    assert reference.status == "complete"
    expect(page.locator(".answer-text")).to_contain_text(reference.text[:6])


def test_a_withdrawn_question_is_gone_from_ones_own_page(visitor: Page) -> None:
    visitor.click("[data-primary]")
    consent(visitor)
    visitor.click("[data-primary]")
    await_answer(visitor)
    visitor.goto("/my-data/")
    visitor.click(".own .confirm summary")
    visitor.click(".own [type=submit]")
    expect(visitor.locator("main")).not_to_contain_text(QUESTION)
    assert not Instruction.objects.exclude(instruction="").exists()
    assert not Reference.objects.exclude(text="").exists()

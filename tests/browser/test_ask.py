import re

import pytest
from playwright.sync_api import Page, expect

from collection.models import Instruction, Reference
from collection.services.terms import terms_ensure
from tests.browser.conftest import NewPage

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


def consent(page: Page) -> None:
    page.wait_for_url("**/welcome/")
    page.check("[name=knows_what_is_collected]")
    page.click("main [type=submit]")
    page.check("[name=agrees]")
    page.check("[name=is_adult]")
    page.click("main [type=submit]")
    page.wait_for_url(re.compile(r"//[^/]+/$"))


def test_a_visitor_consents_once_keeps_the_typed_text_and_reads_the_answer(visitor: Page) -> None:
    visitor.reload()
    expect(visitor.locator("#id_instruction")).to_have_value(QUESTION)
    visitor.press("#id_instruction", "Control+Enter")
    consent(visitor)
    expect(visitor.locator("#id_instruction")).to_have_value(QUESTION)
    visitor.click("[data-primary]")
    expect(visitor.locator("[data-new]")).to_be_visible(timeout=20_000)
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
def test_stop_ends_the_answer_before_the_first_word_and_after_it(visitor: Page, fault: str) -> None:
    visitor.click("[data-primary]")
    consent(visitor)
    visitor.fill("#id_instruction", f"practice: {fault}\n{QUESTION}")
    visitor.click("[data-primary]")
    expect(visitor.locator("[data-stop]")).to_be_visible()
    if fault == "hang":
        expect(visitor.locator("[data-answer-text]")).not_to_be_empty()
    visitor.wait_for_timeout(400)
    visitor.click("[data-stop]")
    expect(visitor.locator("[data-again]")).to_be_visible()
    for _ in range(50):
        reference = Reference.objects.get()
        if reference.finished_at:
            break
        visitor.wait_for_timeout(100)
    assert reference.status == "interrupted"
    assert bool(reference.text) == (fault == "hang")


def test_a_withdrawn_question_is_gone_from_ones_own_page(visitor: Page) -> None:
    visitor.click("[data-primary]")
    consent(visitor)
    visitor.click("[data-primary]")
    expect(visitor.locator("[data-new]")).to_be_visible(timeout=20_000)
    visitor.goto("/my-data/")
    visitor.click(".own .confirm summary")
    visitor.click(".own [type=submit]")
    expect(visitor.locator("main")).not_to_contain_text(QUESTION)
    assert not Instruction.objects.exclude(instruction="").exists()
    assert not Reference.objects.exclude(text="").exists()

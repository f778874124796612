"""Returned work in a real browser: what was said of the text before is gone with the text."""

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Task
from annotation.services.editing import review_edit
from annotation.services.reviews import review_claim, review_return
from tests.browser.hands import compose, sign_in
from tests.cast import cast
from tests.factories.annotation import TEXT, make_open_order, make_submission
from tests.factories.records import make_reason
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_reviewers_edit_leaves_the_page_with_the_text_it_was_of(live: Live, page: Page) -> None:
    people = cast()
    make_open_order(people, quantity=2)
    make_submission(people.wataru)
    held = review_claim(reviewer=people.ren)
    assert held is not None
    review_edit(reviewer=people.ren, task=held, text=f"{TEXT}もう一文。", is_attested=True, note="")
    held = review_claim(reviewer=people.rin)
    assert held is not None
    review_return(
        reviewer=people.rin, task=held, reasons=[make_reason("facts").code], comment="産地を確かめてください。"
    )
    sign_in(page, people.wataru.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    expect(page.locator("#edited")).to_be_visible()
    expect(page.locator("#said")).to_be_visible()
    compose(page, "産地は確かめました。")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-save-state]")).to_have_text("Sent. Here is the next one.")
    assert Task.objects.get(status="claimed").pk != held.pk
    expect(page.locator("#said")).to_have_count(0)
    expect(page.locator("#edited")).to_have_count(0)

"""Returned work in a real browser: what was said of the text before is gone with the text."""

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Draft, ReviewPlace, Submission, Task, WritingTrace
from annotation.services.editing import review_edit
from annotation.services.reviews import review_claim, review_return
from tests.browser.hands import await_fact, compose, sign_in
from tests.browser.pages import NewPage
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


def test_a_comment_is_put_at_the_selected_passage_and_leads_the_writer_to_it(live: Live, new_page: NewPage) -> None:
    people = cast()
    make_reason("facts")
    make_open_order(people, quantity=1)
    make_submission(people.wataru, text=TEXT)
    desk = new_page()
    sign_in(desk, people.ren.email, to="/review/")
    desk.keyboard.press("n")
    desk.wait_for_url("**/review/*-*/")
    desk.evaluate(
        """() => {
          const text = document.querySelector("[data-text]").firstChild;
          document.getSelection().setBaseAndExtent(text, 10, text, 17);
        }"""
    )
    desk.keyboard.press("p")
    desk.keyboard.type("Which one?")
    desk.keyboard.press("Escape")
    desk.check("input[name=reasons][value=facts]")
    desk.fill("#comment", "Please look again.")
    desk.keyboard.press("Escape")
    desk.keyboard.press("r")
    await_fact(desk, ReviewPlace.objects.exists, "the comment is kept")
    place = ReviewPlace.objects.get()
    assert (place.start, place.comment) == (10, "Which one?")
    page = new_page()
    sign_in(page, people.wataru.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    page.locator("[data-passage]").click()
    assert page.evaluate("document.getSelection().toString()") == TEXT[10:17]


def test_an_earlier_version_is_put_back_and_written_on(live: Live, page: Page) -> None:
    people = cast()
    make_open_order(people, quantity=1)
    sign_in(page, people.wataru.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    for text in ("朝は静かです。", "昼はにぎやかです。"):
        compose(page, text)
        page.keyboard.press("Control+s")
        await_fact(page, lambda said=text: said in "".join(Draft.objects.values_list("text", flat=True)), "it is saved")
    page.locator("text=Earlier versions").click()
    page.locator("text=Put this version back").click()
    expect(page.locator("#text")).to_have_value("朝は静かです。")
    page.locator("#text").press("Control+End")
    compose(page, "夜は早く閉まります。")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/work/")
    assert Submission.objects.get().text == "朝は静かです。夜は早く閉まります。"
    assert WritingTrace.objects.get().flags == []

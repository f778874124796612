"""The review desk by the keyboard alone, with verdicts that can be taken back."""

import re
from collections import Counter

import pytest
from playwright.sync_api import Page, expect

from annotation.models import PendingVerdict, Review, Task
from annotation.states import TaskStatus
from tests.browser.hands import await_fact, sign_in
from tests.cast import cast
from tests.factories.records import make_reason, make_slots, make_submission
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)

TEXTS = 20
DESK = re.compile(r"/review/[0-9a-f-]{36}/$")


def test_twenty_texts_are_judged_with_the_keyboard_alone(live: Live, page: Page) -> None:
    people = cast()
    make_reason("facts")
    for task in make_slots(people, TEXTS, rework_rounds=2):
        make_submission(task, people.wataru)
    sign_in(page, people.ren.email, to="/review/")
    page.keyboard.press("n")
    for number in range(TEXTS):
        page.wait_for_url(DESK)
        at = page.url
        if number % 5 == 3:  # return
            page.keyboard.press("1")
            page.keyboard.press("c")
            page.keyboard.type("Please name the source.")
            page.keyboard.press("Escape")
            page.keyboard.press("r")
        elif number % 5 == 4:  # reject
            page.keyboard.press("1")
            page.keyboard.press("c")
            page.keyboard.type("It is about something else.")
            page.keyboard.press("Escape")
            page.keyboard.press("x")
        else:
            page.keyboard.press("a")
        page.wait_for_url(lambda url, at=at: url != at)  # type: ignore[misc]
    assert page.url.endswith("/review/")
    await_fact(page, lambda: Review.objects.count() == TEXTS, "all are judged", seconds=30)
    assert Counter(Review.objects.values_list("verdict", flat=True)) == {"accept": 12, "return": 4, "reject": 4}


def test_an_acceptance_is_taken_back_by_one_key(live: Live, page: Page) -> None:
    people = cast()
    for task in make_slots(people, 2):
        make_submission(task, people.wataru)
    sign_in(page, people.ren.email, to="/review/")
    page.keyboard.press("n")
    page.wait_for_url(DESK)
    first = page.url
    page.keyboard.press("c")
    page.keyboard.type("Lovely.")
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.wait_for_url(lambda url: url != first and bool(DESK.search(url)))
    expect(page.locator("[data-undo]")).to_contain_text("Accepted.")
    page.keyboard.press("z")
    page.wait_for_url(first)
    expect(page.locator("#comment")).to_have_value("Lovely.")
    assert PendingVerdict.objects.get().state == PendingVerdict.State.UNDONE
    assert not Task.objects.filter(status=TaskStatus.ACCEPTED).exists()

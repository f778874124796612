"""The quiet check in a real browser: colours over the writer's own passages, and no sign of it where there is nothing to say."""

import pytest
from django.core.cache import cache
from playwright.sync_api import Page, Request, expect

from annotation.models import Submission
from tests.annotation.cleanroom.texts import OTHERS
from tests.browser.hands import compose
from tests.browser.test_editor import FOLLOWING, SENTENCE, begin, saved
from tests.factories.collection import make_instruction, make_reference
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)

COPIED = OTHERS[0][:48]
ALSO_COPIED = OTHERS[2][:45]


def begin_beside(page: Page, references: tuple[str, ...] = OTHERS) -> list[Request]:
    """A writer at an empty task, with references in the store; returns what the page will have asked."""
    cache.clear()
    for text in references:
        make_reference(make_instruction(), text=text)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url.endswith("/closeness/") else None)
    begin(page)
    return asked


def marks(page: Page) -> list[str]:
    return page.locator(".editor-glass mark").all_text_contents()


def test_own_passages_close_to_a_models_text_are_coloured_just_over_them(live: Live, page: Page) -> None:
    asked = begin_beside(page)
    page.keyboard.insert_text(f"{SENTENCE}\n{COPIED}{FOLLOWING}")
    expect(page.locator(".editor-glass mark")).to_have_count(1, timeout=8000)
    (mark,) = marks(page)
    assert mark in COPIED and len(mark) > 40
    expect(page.locator("#closeness [role=status]")).to_contain_text("close to a model’s text: 1")
    assert [request.post_data_json for request in asked] == [{"text": f"{SENTENCE}\n{COPIED}{FOLLOWING}"}]
    same = page.evaluate(
        """() => {
          const glass = document.querySelector(".editor-glass"), area = document.getElementById("text");
          const names = ["fontSize", "fontFamily", "lineHeight", "letterSpacing", "paddingLeft", "paddingTop", "wordBreak", "lineBreak", "overflowWrap", "whiteSpaceCollapse"];
          const of = (element) => names.map((name) => getComputedStyle(element)[name]);
          const [a, b] = [area.getBoundingClientRect(), glass.getBoundingClientRect()];
          return [[a.x, a.y, area.clientWidth, area.scrollHeight, ...of(area)], [b.x, b.y, glass.clientWidth, glass.scrollHeight, ...of(glass)]];
        }"""
    )
    assert same[0] == same[1]


def test_the_colours_go_along_with_what_is_typed_and_go_where_it_is_rewritten(live: Live, page: Page) -> None:
    begin_beside(page)
    page.keyboard.insert_text(f"{COPIED}\n{SENTENCE}\n{ALSO_COPIED}{FOLLOWING}")
    expect(page.locator(".editor-glass mark")).to_have_count(2, timeout=8000)
    before = marks(page)
    page.evaluate("document.getElementById('text').setSelectionRange(0, 0)")
    compose(page, SENTENCE)
    assert marks(page) == before
    assert page.locator("#text").input_value().startswith(SENTENCE)
    page.evaluate(f"document.getElementById('text').setSelectionRange({len(SENTENCE) + 10}, {len(SENTENCE) + 10})")
    page.keyboard.type("x")
    assert marks(page) == before[1:]


def test_m_goes_from_passage_to_passage_and_e_into_the_last_without_a_letter_in_the_text(
    live: Live, page: Page
) -> None:
    begin_beside(page)
    text = f"{COPIED}\n{SENTENCE}\n{ALSO_COPIED}{FOLLOWING}"
    page.keyboard.insert_text(text)
    expect(page.locator(".editor-glass mark")).to_have_count(2, timeout=8000)
    first, second = marks(page)
    page.keyboard.press("Escape")
    chosen = page.locator(".editor-glass mark.is-chosen")
    for passage in (first, second, first, second):
        page.keyboard.press("m")
        expect(chosen).to_have_text(passage)
    page.keyboard.press("e")
    expect(page.locator("#text")).to_be_focused()
    assert page.evaluate("window.getSelection().toString()") == second
    expect(page.locator("#text")).to_have_value(text)
    page.locator("#closeness button").click()
    assert page.evaluate("window.getSelection().toString()") == first


def test_it_asks_every_ten_seconds_at_most_and_not_again_about_the_same(live: Live, page: Page) -> None:
    page.clock.install()
    asked = begin_beside(page)
    page.keyboard.insert_text(SENTENCE)
    page.clock.run_for(2500)
    saved(page)
    page.wait_for_timeout(300)
    assert len(asked) == 1
    page.keyboard.insert_text(FOLLOWING)
    page.clock.run_for(2500)
    saved(page)
    page.clock.run_for(4000)
    assert len(asked) == 1
    cache.clear()  # the server's own clock did not run
    page.clock.run_for(4000)
    page.wait_for_timeout(300)
    assert len(asked) == 2
    page.clock.run_for(30_000)
    assert len(asked) == 2


def test_a_failure_says_nothing_and_the_next_save_asks_again(live: Live, page: Page) -> None:
    begin_beside(page)
    page.route("**/closeness/", lambda route: route.fulfill(status=500, body="no"))
    page.keyboard.insert_text(COPIED)
    with page.expect_response("**/closeness/"):
        pass
    saved(page)
    expect(page.locator("#toasts")).to_be_empty()
    assert not marks(page)
    page.unroute("**/closeness/")
    page.keyboard.insert_text(FOLLOWING)
    expect(page.locator(".editor-glass mark")).to_have_count(1, timeout=15_000)


def test_an_answer_that_comes_after_the_text_was_handed_in_is_not_shown(live: Live, page: Page) -> None:
    begin_beside(page, references=())
    held: list[object] = []
    page.route("**/closeness/", lambda route: held.append(route))
    page.keyboard.insert_text(SENTENCE + FOLLOWING)
    saved(page)
    page.wait_for_timeout(200)
    assert held
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-save-state]")).to_have_text("Sent. Here is the next one.")
    held[0].fulfill(json={"passages": [{"start": 0, "end": 9}], "is_close": True})  # type: ignore[attr-defined]
    page.wait_for_timeout(300)
    assert not marks(page) and page.locator("#closeness [role=status]").inner_text() == ""
    assert Submission.objects.get().text == SENTENCE + FOLLOWING


def test_a_refused_text_is_coloured_too(live: Live, page: Page) -> None:
    begin_beside(page)
    page.route("**/closeness/", lambda route: route.abort())
    page.keyboard.insert_text(SENTENCE + COPIED + FOLLOWING)
    saved(page)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#blocked")).to_be_visible()
    assert marks(page)

"""The editor in a real browser: nothing typed is lost, and sending is two presses of the same keys."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from annotation.models import Draft, PastedPassage, Submission, Task, TraceBucket, WritingTrace
from annotation.services.queue import leases_expire, task_claim, task_release
from tests.browser.hands import compose, sign_in
from tests.browser.test_pages import page_barriers
from tests.cast import Cast, cast
from tests.factories.annotation import lease_end, make_open_order
from tests.factories.collection import make_reference
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)

SENTENCE = "朝の市場では、まず魚の目を見ます。"
MY_WORK = re.compile(r"//[^/]+/work/$")
FOLLOWING = "澄んでいれば、その日の昼まで味が落ちません。"


def begin(page: Page, quantity: int = 2, **order: object) -> Cast:
    """A writer at an empty task."""
    people = cast()
    make_open_order(people, quantity=quantity, **order)
    sign_in(page, people.wataru.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    expect(page.locator("#text")).to_be_focused()
    return people


def saved(page: Page) -> None:
    expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"), timeout=8000)


def test_a_text_is_written_saved_checked_and_sent_with_the_keyboard_alone(live: Live, page: Page) -> None:
    people = begin(page)
    first = page.url
    compose(page, SENTENCE)
    page.keyboard.press("Enter")
    compose(page, FOLLOWING)
    saved(page)
    assert Draft.objects.get().text == f"{SENTENCE}\n{FOLLOWING}"
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-save-state]")).to_have_text("Sent. Here is the next one.")
    assert page.url != first
    expect(page.locator("#text")).to_have_value("")
    expect(page.locator("#text")).to_be_focused()
    sent = Submission.objects.get()
    assert sent.text == f"{SENTENCE}\n{FOLLOWING}"
    assert Task.objects.get(status="claimed").writer_id == people.wataru.pk
    trace = WritingTrace.objects.get(submission=sent)
    assert (trace.is_complete, trace.flags) == (True, [])
    counts = [bucket.counts for bucket in TraceBucket.objects.all()]
    assert sum(c.get("composed", 0) for c in counts) == len(SENTENCE + FOLLOWING)
    assert sum(c.get("typed", 0) for c in counts) == 1
    assert not [name for c in counts for name in c if name in ("pasted", "deleted", "untrusted")]


def test_the_second_task_in_the_same_page_is_traced_and_sent_too(live: Live, page: Page) -> None:
    begin(page, quantity=2)
    for text in (SENTENCE, FOLLOWING):
        compose(page, text)
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#text")).not_to_have_value(text) if text == SENTENCE else page.wait_for_url(MY_WORK)
    assert set(Submission.objects.values_list("text", flat=True)) == {SENTENCE, FOLLOWING}
    assert [trace.flags for trace in WritingTrace.objects.all()] == [[], []]


def test_no_shortcut_fires_while_a_word_is_composed_and_a_bare_enter_never_sends(live: Live, page: Page) -> None:
    begin(page)
    page.evaluate(
        """() => {
          const area = document.getElementById("text");
          for (const details of [{ isComposing: true }, { keyCode: 229 }])
            area.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", ctrlKey: true, bubbles: true, ...details }));
        }"""
    )
    page.keyboard.press("Enter")
    expect(page.locator("#check")).not_to_be_visible()
    assert not Submission.objects.exists()


def test_a_dead_network_keeps_the_text_here_and_saves_it_when_it_is_back(live: Live, page: Page) -> None:
    begin(page)
    context: BrowserContext = page.context
    compose(page, SENTENCE)
    saved(page)
    context.set_offline(True)
    compose(page, FOLLOWING)
    expect(page.locator("[data-save-state]")).to_have_text("Offline: kept on this device", timeout=8000)
    context.set_offline(False)
    saved(page)
    assert Draft.objects.get().text == SENTENCE + FOLLOWING


def test_what_was_typed_without_a_network_survives_a_reload(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    saved(page)
    page.route("**/draft/", lambda route: route.abort())
    compose(page, FOLLOWING)
    page.wait_for_timeout(600)
    page.reload()
    expect(page.locator("#text")).to_have_value(SENTENCE + FOLLOWING)
    page.unroute("**/draft/")
    page.keyboard.press("Control+s")
    saved(page)
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-save-state]")).to_have_text("Sent. Here is the next one.")
    assert WritingTrace.objects.get().flags == []


def test_two_windows_show_both_texts_and_the_one_not_chosen_is_put_aside(live: Live, page: Page) -> None:
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    compose(page, SENTENCE)
    saved(page)
    other.locator("#text").focus()
    compose(other, FOLLOWING)
    panel = other.locator("#conflict")
    expect(panel).to_be_visible(timeout=8000)
    expect(panel).to_contain_text(SENTENCE)
    expect(panel).to_contain_text(FOLLOWING)
    assert Draft.objects.get().text == SENTENCE
    panel.locator("[data-choose=theirs]").click()
    expect(other.locator("#text")).to_have_value(SENTENCE)
    other.locator("#aside summary").click()
    expect(other.locator("#aside")).to_contain_text(FOLLOWING)


def test_choosing_ones_own_text_saves_it_on_top(live: Live, page: Page) -> None:
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    compose(page, SENTENCE)
    saved(page)
    other.locator("#text").focus()
    compose(other, FOLLOWING)
    other.locator("[data-choose=mine]").click(timeout=8000)
    saved(other)
    draft = Draft.objects.get()
    assert (draft.text, draft.revision) == (FOLLOWING, 2)


def test_a_lost_lease_leaves_the_text_to_read_and_to_take_up_again(live: Live, page: Page) -> None:
    people = begin(page, quantity=1)
    compose(page, SENTENCE)
    saved(page)
    lease_end(Task.objects.get())
    assert leases_expire() == 1
    held = task_claim(writer=people.wakana)
    assert held is not None
    compose(page, FOLLOWING)
    expect(page.locator("#lost")).to_be_visible(timeout=8000)
    expect(page.locator("#text")).to_have_value(SENTENCE + FOLLOWING)
    task_release(writer=people.wakana, task=held)
    page.reload()
    page.keyboard.press("n")
    expect(page.locator("#text")).to_have_value(SENTENCE + FOLLOWING)
    saved(page)


def test_signing_in_again_in_another_window_lets_the_text_be_saved(live: Live, page: Page) -> None:
    people = begin(page)
    page.context.clear_cookies()
    compose(page, SENTENCE)
    expect(page.locator("#signed-out")).to_be_visible(timeout=8000)
    other = page.context.new_page()
    sign_in(other, people.wataru.email)
    page.locator("[data-retry]").dispatch_event("click")  # unless it has found out by itself meanwhile
    saved(page)
    assert Draft.objects.get().text == SENTENCE


def test_the_gate_marks_the_writers_own_passages(live: Live, page: Page) -> None:
    begin(page)
    task = Task.objects.get(status="claimed")
    make_reference(task.instruction, text=f"はい。{SENTENCE}{FOLLOWING}ほかに、えらの色も大切です。")
    compose(page, f"わたしの答え。{SENTENCE}{FOLLOWING}")
    page.keyboard.press("Control+Enter")
    page.keyboard.press("Control+Enter")
    panel = page.locator("#blocked")
    expect(panel).to_be_visible()
    expect(panel.locator("mark").first).to_contain_text("市場では")
    expect(panel).not_to_contain_text("えらの色")
    panel.locator("button").first.click()
    assert "市場では" in page.evaluate("document.getSelection().toString()")
    assert not Submission.objects.exists()
    saved(page)


def test_a_question_mark_outside_the_text_shows_the_keys(live: Live, page: Page) -> None:
    begin(page)
    page.keyboard.press("?")
    expect(page.locator("#text")).to_have_value("?")
    expect(page.locator("#keys")).not_to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("Save now")


def test_no_dialog_of_the_editor_keeps_anybody_out(live: Live, page: Page) -> None:
    begin(page)
    compose(page, f"{SENTENCE}サーバの話です。「閉じません。")
    saved(page)
    expect(page.locator("#remarks")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("c")
    assert page_barriers(page) == []
    for key, dialog in {"?": "#keys", "g": "#guideline", "s": "#pass"}.items():
        page.keyboard.press(key)
        expect(page.locator(dialog)).to_be_visible()
        assert page_barriers(page) == [], dialog
        page.keyboard.press("Escape")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_visible()
    assert page_barriers(page) == []


def test_what_is_pasted_from_elsewhere_is_marked_until_its_source_is_named(live: Live, page: Page) -> None:
    begin(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("text => navigator.clipboard.writeText(text)", "吾輩は猫である。名前はまだ無い。どこで生れたか。")
    compose(page, SENTENCE)
    page.keyboard.press("Control+v")
    mark = page.locator("#remarks li", has_text="Pasted from elsewhere")
    expect(page.locator("#remarks")).to_be_visible(timeout=10_000)
    page.locator("#remarks summary").click()
    expect(mark).to_be_visible(timeout=10_000)
    mark.locator("input").fill("夏目漱石『吾輩は猫である』")
    mark.locator("[data-names]").click()
    expect(mark).to_have_count(0)
    assert PastedPassage.objects.get().source == "夏目漱石『吾輩は猫である』"

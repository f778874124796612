"""The recorder in a real browser: what each way of putting text in counts as, and that no honest way is accused."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Draft, Submission, Task, TraceBucket, WritingTrace
from tests.browser.hands import compose, sign_in
from tests.browser.pages import NewPage
from tests.browser.test_editor import FOLLOWING, SENTENCE, begin, saved
from tests.cast import cast
from tests.factories.annotation import make_open_order
from tests.factories.vendors import make_signature, make_user
from tests.live import Live

pytestmark = pytest.mark.django_db(transaction=True)

ELSEWHERE = "よそで見つけて持ってきた一文です。"
THIRD = "店の人に聞けば、どう煮るかまで教えてくれます。"
CONTROL_UNITS = {
    "typed",
    "composed",
    "pasted",
    "pasted_own",
    "pasted_quote",
    "dropped",
    "replaced",
    "undone",
    "deleted",
}


def send(page: Page) -> WritingTrace:
    """Send the text and return its judgement."""
    saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-save-state]")).to_have_text("Sent. Here is the next one.")
    return WritingTrace.objects.get()


def total(name: str) -> int:
    return sum(bucket.counts.get(name, 0) for bucket in TraceBucket.objects.all())


def counted() -> dict[str, int]:
    """What was counted of units of text, by kind; zeros left out."""
    return {name: total(name) for name in sorted(CONTROL_UNITS) if total(name)}


def paste(page: Page, text: str) -> None:
    page.evaluate("text => navigator.clipboard.writeText(text)", text)
    page.keyboard.press("Control+v")


def select(page: Page, start: int, end: int) -> None:
    page.evaluate("([start, end]) => document.getElementById('text').setSelectionRange(start, end)", [start, end])


def test_typing_composing_correcting_and_undoing_are_writing(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    page.keyboard.type("abc")
    page.keyboard.press("Backspace")
    select(page, 0, 0)
    compose(page, "今日も")
    page.keyboard.press("Control+z")
    page.keyboard.press("Control+Shift+z")
    page.keyboard.press("Control+End")
    compose(page, FOLLOWING)
    trace = send(page)
    assert Submission.objects.get().text == f"今日も{SENTENCE}ab{FOLLOWING}"
    units = counted()
    assert (units["typed"], units["composed"]) == (3, len(SENTENCE + FOLLOWING) + 3)
    assert units["undone"] == 3
    assert total("inserted_before_end") == 6
    assert total("largest_insertion") == 0  # nothing but single letters
    assert sum(sum(bucket.counts.get("pauses", [])) for bucket in TraceBucket.objects.all()) > 40
    assert (trace.flags, trace.is_complete) == ([], True)


def test_own_text_cut_copied_and_dragged_stays_ones_own(live: Live, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    begin(page)
    compose(page, SENTENCE)
    page.keyboard.press("Enter")
    compose(page, FOLLOWING)
    select(page, 0, len(SENTENCE))
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+End")
    page.keyboard.press("Control+v")
    drag_first_words(page)
    trace = send(page)
    units = counted()
    assert units == {"composed": len(SENTENCE + FOLLOWING), "typed": 1, "pasted_own": len(SENTENCE) + 4,
                     "deleted": len(SENTENCE) + 4}  # fmt: skip
    text = Submission.objects.get().text
    assert sorted(text) == sorted(SENTENCE + FOLLOWING) and not text.startswith(FOLLOWING)
    assert trace.flags == []


def drag_first_words(page: Page) -> None:
    """Drag what is selected with the mouse: four characters at the start, to further down."""
    box = page.locator("#text").bounding_box()
    assert box is not None
    select(page, 1, 5)
    style = page.evaluate("""() => {
        const area = document.getElementById('text'), style = getComputedStyle(area);
        return { left: parseFloat(style.paddingLeft), top: parseFloat(style.paddingTop), row: parseFloat(style.lineHeight),
                 size: parseFloat(style.fontSize) };
    }""")
    y = box["y"] + style["top"] + 1.5 * style["row"]
    page.mouse.move(box["x"] + style["left"] + 2.5 * style["size"], y)
    page.mouse.down()
    page.mouse.move(box["x"] + style["left"] + 8 * style["size"], y + 2, steps=5)
    page.mouse.move(box["x"] + style["left"] + 12 * style["size"], y + 2, steps=5)
    page.mouse.up()


def test_what_is_brought_from_elsewhere_is_counted_and_asked_about(live: Live, new_page: NewPage) -> None:
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    begin(page)
    asked = page.locator("#instruction").inner_text()
    compose(page, SENTENCE)
    paste(page, asked[:8])
    paste(page, ELSEWHERE)
    drop(page, THIRD)
    trace = send(page)
    units = counted()
    assert (units["pasted"], units["pasted_quote"], units["dropped"]) == (len(ELSEWHERE), 8, len(THIRD))
    assert trace.flags == ["paste_share"]
    assert trace.totals["largest_insertion"] == len(THIRD)


def drop(page: Page, text: str) -> None:
    """Drag a piece of text from outside into the field, through the browser's own drag and drop."""
    session = page.context.new_cdp_session(page)
    box = page.locator("#text").bounding_box()
    assert box is not None
    data = {"items": [{"mimeType": "text/plain", "data": text}], "dragOperationsMask": 1}
    where = {"x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2}
    for kind in ("dragEnter", "dragOver", "drop"):
        session.send("Input.dispatchDragEvent", {"type": kind, **where, "data": data})
    session.detach()


def test_text_from_a_script_or_in_one_piece_is_not_taken_for_writing(live: Live, page: Page) -> None:
    begin(page)
    long = SENTENCE + FOLLOWING + THIRD
    session = page.context.new_cdp_session(page)
    session.send("Input.imeSetComposition", {"text": long, "selectionStart": 5, "selectionEnd": 5})
    session.send("Input.insertText", {"text": long})
    page.evaluate(
        """text => {
        const area = document.getElementById('text');
        area.value += text;
        area.dispatchEvent(new InputEvent('input', { inputType: 'insertText', data: text, bubbles: true }));
    }""",
        "スクリプトの一文です。",
    )
    trace = send(page)
    assert (trace.flags, trace.is_complete) == (["untrusted_events", "large_insertion"], True)
    assert trace.totals["largest_insertion"] == len(long)


def test_text_put_in_behind_the_recorders_back_does_not_add_up(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    page.evaluate("text => { document.getElementById('text').value += text; }", FOLLOWING)
    page.keyboard.press("Control+s")
    saved(page)
    trace = send(page)
    assert not trace.is_complete
    assert set(trace.flags) & {"sums_do_not_fit", "autosaves_do_not_fit"}


def test_two_windows_and_a_reload_leave_an_honest_record_whole(live: Live, page: Page) -> None:
    begin(page)
    other = page.context.new_page()
    other.goto(page.url)
    compose(page, SENTENCE)
    saved(page)
    other.locator("#text").focus()
    compose(other, FOLLOWING)
    other.locator("[data-choose=theirs]").click(timeout=8000)
    compose(other, FOLLOWING)
    saved(other)
    page.locator("#text").focus()
    compose(page, THIRD)  # stands on the older text
    page.locator("[data-choose=mine]").click(timeout=8000)
    saved(page)
    page.reload()
    expect(page.locator("#text")).to_have_value(SENTENCE + THIRD)
    page.keyboard.press("Control+End")
    compose(page, FOLLOWING)
    trace = send(page)
    assert Submission.objects.get().text == SENTENCE + THIRD + FOLLOWING
    assert (trace.flags, trace.is_complete) == ([], True)


def test_a_newcomer_is_asked_before_anything_is_recorded(live: Live, page: Page) -> None:
    people = cast()
    make_open_order(people, quantity=2)
    nagi = make_user(organisation=people.kaede, email="nagi@example.jp", writes_languages="ja")
    make_signature(nagi)
    sign_in(page, nagi.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    expect(page.locator("#instruction")).to_be_visible()
    expect(page.locator("#text")).to_have_count(0)
    page.get_by_role("button", name="Write without the record").click()
    expect(page.locator("#text")).to_be_focused()
    compose(page, SENTENCE)
    saved(page)
    page.goto("/work/recording/")
    page.get_by_role("button", name="Record my writing").click()
    expect(page.locator(".messages")).to_contain_text("on record")
    page.goto(f"/work/tasks/{Task.objects.get(status='claimed').public_id}/")
    compose(page, FOLLOWING)
    trace = send(page)
    assert (trace.flags, TraceBucket.objects.count()) == (["trace_off"], 0)
    compose(page, THIRD)  # the next text is recorded
    saved(page)
    assert counted() == {"composed": len(THIRD)}
    assert Draft.objects.order_by("-id")[0].is_recorded


def test_the_record_is_shown_to_its_writer(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    task: Any = Task.objects.get(status="claimed")
    send(page)
    page.goto(f"/work/tasks/{task.public_id}/")
    page.get_by_role("link", name="How this text was written").click()
    expect(page.locator("main svg")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"{len(SENTENCE)} characters typed, 0 deleted.")
    expect(page.locator("main")).to_contain_text("Nothing was pasted from elsewhere.")

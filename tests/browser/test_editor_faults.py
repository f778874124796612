"""Bad input and faults in a real browser: nothing that a person typed is lost, and each case says what happened."""

import json
import re

import pytest
from playwright.sync_api import Page, Route, expect

from annotation.models import Draft, Submission, Task, TraceBucket, WritingTrace
from config import supervisor
from tests.browser.hands import await_fact, compose, sign_in
from tests.browser.test_editor import FOLLOWING, SENTENCE, begin, saved
from tests.cast import cast
from tests.factories.annotation import make_open_order
from tests.live import Live
from vendors.models import WorkOrder
from vendors.services import work_order_close

pytestmark = pytest.mark.django_db(transaction=True)

STATE = "[data-save-state]"
INSERT = """text => { document.getElementById("text").focus(); document.execCommand("insertText", false, text); }"""


def send(page: Page) -> None:
    page.keyboard.press("Control+Enter")
    expect(page.locator("#check")).to_be_visible()
    page.keyboard.press("Control+Enter")


def test_the_server_restarts_in_mid_sentence(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    saved(page)
    web = live.processes["web"]
    web.terminate()
    web.wait(20)
    try:
        compose(page, FOLLOWING)
        expect(page.locator(STATE)).to_have_text(re.compile("kept on this device$"), timeout=10_000)
        assert Draft.objects.get().text == SENTENCE
    finally:
        port, static = int(live.environment["HITODE_PORT"]), live.environment["HITODE_LIVE_STATIC"]
        live.start(supervisor.web_program(port, workers=1, static_root=static))
        live.await_answer(f"{live.url}/healthz", "web")
    expect(page.locator(STATE)).to_have_text(re.compile("^Saved"), timeout=20_000)
    assert Draft.objects.get().text == SENTENCE + FOLLOWING


def test_the_order_is_closed_while_somebody_types(live: Live, page: Page) -> None:
    people = begin(page)
    task = Task.objects.get(status="claimed")
    compose(page, SENTENCE)
    saved(page)
    work_order_close(order=WorkOrder.objects.get(), by=people.minato, why="計画が変わりました。")
    compose(page, FOLLOWING)
    task.refresh_from_db()
    if task.status == "claimed":  # what is in hand may be finished
        saved(page)
        send(page)
        await_fact(page, Submission.objects.exists, "it was sent")
        assert Submission.objects.get().text == SENTENCE + FOLLOWING
    else:
        expect(page.locator("#lost")).to_be_visible(timeout=8000)
        expect(page.locator("#text")).to_have_value(SENTENCE + FOLLOWING)
        page.reload()
        expect(page.locator("main")).to_contain_text("The order of this task is closed")


@pytest.mark.parametrize("years", [-20, 20])
def test_a_clock_that_is_years_off_changes_nothing(live: Live, page: Page, years: int) -> None:
    page.add_init_script(
        f"""{{
          const Real = Date, off = {years} * 365 * 86_400_000;
          globalThis.Date = class extends Real {{
            constructor(...given) {{ if (given.length) super(...given); else super(Real.now() + off); }}
            static now() {{ return Real.now() + off; }}
          }};
        }}"""
    )
    begin(page)
    compose(page, SENTENCE)
    saved(page)
    page.reload()
    expect(page.locator("#text")).to_have_value(SENTENCE)
    compose_at_end(page, FOLLOWING)
    send(page)
    expect(page.locator(STATE)).to_have_text("Sent. Here is the next one.")
    assert Submission.objects.get().text == SENTENCE + FOLLOWING


def compose_at_end(page: Page, text: str) -> None:
    page.locator("#text").press("Control+End")
    compose(page, text)


def test_200_000_pasted_characters_are_saved_and_more_stay_on_the_device(live: Live, page: Page) -> None:
    begin(page)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    whole = "魚" * 200_000
    page.evaluate("text => navigator.clipboard.writeText(text)", whole)
    page.keyboard.press("Control+v")
    expect(page.locator("[data-count]")).to_have_text("200,000")
    expect(page.locator(STATE)).to_have_text(re.compile("^Saved"), timeout=20_000)
    assert Draft.objects.get().text == whole
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-check-range]")).to_contain_text("characters too many")
    expect(page.locator("[data-send]").first).to_be_disabled()
    page.keyboard.press("Escape")
    compose_at_end(page, SENTENCE)
    expect(page.locator(STATE)).to_have_text("Not saved: kept on this device", timeout=20_000)
    expect(page.locator("#toasts")).to_contain_text("too long to be saved here")
    page.reload()
    expect(page.locator("#text")).to_have_value(whole + SENTENCE)
    assert Draft.objects.get().text == whole


ODD = {
    "emoji": "👩‍👩‍👧‍👦と🐙の話を、🇯🇵で聞きました。とても長い話でした。",
    "combining": "か\u3099き\u3099は分けて書いた濁音で、e\u0301も同じ仕組みです。",
    "right to left": "السلام عليكم は挨拶で、右から左へ \u202bשלום\u202c と書きます。",
    "markup": "<script>document.title = 'lost'</script>と書いても、<b>ただの文字</b>です。",
    "half a pair": "前\ud83dと後ろのあいだに、半分の文字があります。",
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_text_is_kept_shown_and_sent_as_it_is(live: Live, page: Page, kind: str) -> None:
    begin(page)
    page.evaluate(INSERT.replace("text =>", "() =>").replace(", text)", f", {as_script(ODD[kind])})"))
    saved(page)
    kept = Draft.objects.get().text
    assert kept == ODD[kind].encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    title = page.title()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    expect(page.locator("[data-preview-pane]")).not_to_be_empty()
    assert page.title() == title
    page.keyboard.press("e")
    page.reload()
    expect(page.locator("#text")).to_have_value(kept)
    send(page)
    expect(page.locator(STATE)).to_have_text("Sent. Here is the next one.")
    assert Submission.objects.get().text == kept


def as_script(text: str) -> str:
    """A literal of JavaScript, whose strings may hold half a pair."""
    units = text.encode("utf-16-be", "surrogatepass")
    return '"' + "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2)) + '"'


def test_control_characters_are_kept_but_for_the_one_no_database_holds(live: Live, page: Page) -> None:
    begin(page)
    page.evaluate(
        """() => { const area = document.getElementById("text"); area.focus(); area.setRangeText("鐘\\u0000の音\\u0007は遠く\\u001bまで\\u0009届き、川を渡ります。"); area.dispatchEvent(new Event("input", { bubbles: true })); }"""
    )
    saved(page)
    assert Draft.objects.get().text == "鐘の音\x07は遠く\x1bまで\t届き、川を渡ります。"
    page.reload()
    expect(page.locator("#text")).to_have_value("鐘の音\x07は遠く\x1bまで\t届き、川を渡ります。")


def test_blanks_alone_are_kept_and_not_sent(live: Live, page: Page) -> None:
    begin(page)
    page.evaluate(INSERT, " \u3000\t\n \u00a0")
    saved(page)
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-check-range]")).to_have_text("There is no text yet.")
    expect(page.locator("[data-send]").first).to_be_disabled()
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#text")).to_have_value(" \u3000\t\n \u00a0")
    assert not Submission.objects.exists()


def script_hold(page: Page) -> list[Route]:
    """From now on the editor's script is held back; what asks for it is in the list."""
    held: list[Route] = []
    page.route(re.compile(r"/js/editor\b[^/]*\.js"), lambda route: held.append(route))  # Playwright marks the function
    return held


def test_what_is_typed_before_the_script_is_there_is_saved_and_counted(live: Live, page: Page) -> None:
    """The field has the cursor as soon as it is there; the script may take its time."""
    people = cast()
    make_open_order(people)
    sign_in(page, people.wataru.email)
    held = script_hold(page)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**", wait_until="commit")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("mise")
    held[0].continue_()
    saved(page)
    assert Draft.objects.get().text == "mise"
    assert [bucket.counts.get("typed") for bucket in TraceBucket.objects.all()] == [4]
    compose(page, f"{SENTENCE}{FOLLOWING}")
    send(page)
    expect(page.locator(STATE)).to_have_text("Sent. Here is the next one.")
    assert Submission.objects.get().text == f"mise{SENTENCE}{FOLLOWING}"
    assert WritingTrace.objects.get().flags == []


def test_what_is_typed_before_the_script_is_there_follows_what_this_device_kept(live: Live, page: Page) -> None:
    begin(page)
    compose(page, SENTENCE)
    saved(page)
    key = page.eval_on_selector("#text", "({form}) => `hitode:draft:${form.dataset.writer}:${form.dataset.id}`")
    copy = json.dumps({"text": SENTENCE + FOLLOWING, "revision": Draft.objects.get().revision, "buckets": []})
    page.add_init_script(f"localStorage.setItem({json.dumps(key)}, {json.dumps(copy)})")
    held = script_hold(page)
    page.reload(wait_until="commit")
    expect(page.locator("#text")).to_be_focused()
    page.keyboard.type("mise")
    held[0].continue_()
    expect(page.locator("#text")).to_have_value(f"{SENTENCE}{FOLLOWING}mise")
    saved(page)
    assert Draft.objects.get().text == f"{SENTENCE}{FOLLOWING}mise"
    assert sum(bucket.counts.get("typed", 0) for bucket in TraceBucket.objects.all()) == 4

"""A day of writing with the keyboard alone: ten outputs in Japanese, one return and one lost network, each found saved."""

import re

import pytest
from playwright.sync_api import Page, expect

from annotation.models import Draft, Submission, Task, WritingTrace
from annotation.services.reviews import review_claim, review_return
from tests.browser.hands import compose, sign_in
from tests.cast import cast
from tests.factories.annotation import make_open_order
from tests.factories.records import make_reason
from tests.live import Live

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(240)]

OPENINGS = [
    "朝の市場では、まず魚の目を見ます。",
    "傘は骨の数より、開いたときの音で選びます。",
    "古い時計は、週に一度だけねじを巻きます。",
    "味噌汁の具は、冷蔵庫の奥から決めます。",
    "坂の多い町では、荷物を先に送ります。",
    "手紙の返事は、読んだその日に書き出します。",
    "植木の水やりは、土の色を見てからにします。",
    "古本屋では、背表紙の日焼けを確かめます。",
    "駅の待ち合わせは、時計の下と決めています。",
    "夜道では、音楽を止めて足音を聞きます。",
]
ENDING = "理由は、長く続けた人に聞けば分かります。"
CORRECTION = "ご指摘の点を書き足しました。"
NO_MOUSE = """for (const kind of ["pointerdown", "mousedown", "touchstart"])
  addEventListener(kind, () => { throw new Error("a hand left the keyboard"); }, true);"""


def test_ten_outputs_by_keyboard_through_a_return_and_a_lost_network(live: Live, page: Page) -> None:
    people = cast()
    reason = make_reason("facts").code
    make_open_order(people, quantity=10)
    page.add_init_script(NO_MOUSE)
    sign_in(page, people.wataru.email)
    page.keyboard.press("n")
    page.wait_for_url("**/work/tasks/**")
    written: list[str] = []
    returned = ""
    while "/work/tasks/" in page.url:
        here = page.url
        area = page.locator("#text")
        expect(area).to_be_focused()
        begun = area.input_value()
        if begun:
            assert begun == returned
            page.keyboard.press("Control+End")
            compose(page, CORRECTION)
            text = begun + CORRECTION
        else:
            text = f"{OPENINGS[len(written)]}\n{ENDING}"
            written.append(text)
            if len(written) == 6:
                page.context.set_offline(True)
            compose(page, OPENINGS[len(written) - 1])
            page.keyboard.press("Enter")
            compose(page, ENDING)
            if len(written) == 6:
                expect(page.locator("[data-save-state]")).to_have_text("Offline: kept on this device", timeout=8000)
                page.context.set_offline(False)
        expect(page.locator("[data-save-state]")).to_have_text(re.compile("^Saved"), timeout=10_000)
        assert Draft.objects.filter(text=text, writer=people.wataru).exists()
        page.keyboard.press("Control+Enter")
        expect(page.locator("#check")).to_be_visible()
        page.keyboard.press("Control+Enter")
        page.wait_for_url(lambda url, before=here: url != before)
        if len(written) == 3 and not returned:
            held = review_claim(reviewer=people.ren)
            assert held is not None and held.current_submission is not None
            returned = held.current_submission.text
            review_return(reviewer=people.ren, task=held, reasons=[reason], comment="もう一文、補ってください。")
    sent = {task.current_submission.text for task in Task.objects.select_related("current_submission")}
    assert sent == {text + CORRECTION if text == returned else text for text in written}
    assert len(sent) == 10
    assert Submission.objects.count() == 11
    # Texts that come in a few seconds are faster than people write: that may be asked about, and nothing else.
    flags = {flag for trace in WritingTrace.objects.all() for flag in trace.flags}
    assert flags <= {"too_fast"}, flags

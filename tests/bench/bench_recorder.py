"""What the writing trace costs whoever writes: processor time a keystroke in Chromium, and bytes a minute on the network.

    make bench ONLY=recorder

The editor's own recorder watches a text area on a page of nothing else, with a text of two thousand characters in it; the same
keys are pressed without it. Keys are typed and composed. A minute has bursts of typing and pauses after which the editor saves.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import CDPSession, Page, Route, sync_playwright

from tests.bench.place import ROOT
from tests.bench.report import Figure
from tests.browser.chromium import chromium_flags, ensure_chromium
from tests.browser.hands import compose

ORIGIN = "http://localhost:9"  # nothing listens there: every request is answered here
SCRIPT = "annotation/static/annotation/js/trace.js"
PAGE = "<!doctype html><meta charset=utf-8><title>recorder</title><textarea id=text rows=40 cols=80></textarea>"
BEGINNING = "朝の市場では、まず魚の目を見ます。" * 120
KEYS = 400
COMPOSED = "澄んでいれば、その日の昼まで味が落ちません。"
COMPOSITIONS = 10
MINUTES = 3
KEY_MS = 200  # three hundred a minute
PAUSE_MS = 2500  # after which the editor has saved
BURSTS = {"six pauses": 40, "ten pauses": 18}  # keys between two pauses

RECORD = """async (script) => {
  const { Trace } = await import(script);
  const trace = { is_recorded: true, elapsed_ms: 0, next_bucket: 1, link: "0".repeat(64), length: 0 };
  const area = document.getElementById("text");
  window.trace = new Trace(area, { trace, quotable: [], text: area.value });
}"""

# What the editor sends of the trace with a save, and the server's answer to it. The hash is the server's own.
SAVE = """() => { window.saved = (async () => {
  await new Promise((resolve) => requestAnimationFrame(resolve));
  const sealed = window.trace.seal();
  const last = sealed.buckets.at(-1);
  const place = { is_recorded: true, elapsed_ms: 0, next_bucket: (last?.number ?? 0) + 1, link: "f".repeat(64), length: 0 };
  window.trace.accept(sealed.buckets.length, place);
  return [JSON.stringify(sealed), JSON.stringify(place)];
})(); }"""


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the time that the recorder adds to a keystroke, and what it sends in a minute of writing."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=ensure_chromium(), args=chromium_flags())
        added = []
        for _ in range(rounds):
            bare, recorded = (_keystroke_ms(browser.new_page(), is_recorded=on) for on in (False, True))
            added.append(max(0.0, recorded - bare))
        yield Figure("recorder, processor time added to a keystroke", added, "ms", at_most=1.0)
        for name, keys in BURSTS.items():
            up, down = _bytes_a_minute(browser.new_page(), keys)
            yield Figure(f"recorder, sent in a minute with {name}", [up], "bytes", at_most=2048.0)
            yield Figure(f"recorder, received in a minute with {name}", [down], "bytes")
        browser.close()


def _keystroke_ms(page: Page, *, is_recorded: bool) -> float:
    """The time that scripts take for one keystroke, typed or composed."""
    with _open(page) as chromium:
        if is_recorded:
            page.evaluate(RECORD, f"/{SCRIPT}")
        chromium.send("Performance.enable")
        page.keyboard.type("ウォームアップ")
        before = _script_seconds(chromium)
        for _ in range(KEYS // 10):
            page.keyboard.type("abcdefghi ")
        for _ in range(COMPOSITIONS):
            compose(page, COMPOSED)
        page.wait_for_timeout(100)
        return 1000 * (_script_seconds(chromium) - before) / (KEYS + COMPOSITIONS * len(COMPOSED))


def _script_seconds(chromium: CDPSession) -> float:
    metrics = chromium.send("Performance.getMetrics")["metrics"]
    return float(next(metric["value"] for metric in metrics if metric["name"] == "ScriptDuration"))


def _bytes_a_minute(page: Page, burst: int) -> tuple[float, float]:
    """What saves carry of the trace, up and down: the median of some minutes."""
    page.clock.install()
    with _open(page):
        page.evaluate(RECORD, f"/{SCRIPT}")
        minutes = []
        for _ in range(MINUTES):
            up = down = elapsed = 0
            while elapsed < 60_000:
                for key in range(burst):
                    page.keyboard.press("Backspace" if key % 12 == 11 else "a")
                    page.clock.run_for(KEY_MS)
                page.clock.run_for(PAUSE_MS)
                elapsed += burst * KEY_MS + PAUSE_MS
                sent, answered = _save(page)
                up, down = up + sent, down + answered
            minutes.append((up * 60_000 / elapsed, down * 60_000 / elapsed))
    return median(up for up, _ in minutes), median(down for _, down in minutes)


def _save(page: Page) -> tuple[int, int]:
    page.evaluate(SAVE)
    page.clock.run_for(50)
    sent, answered = page.evaluate("() => window.saved")
    assert json.loads(sent)["buckets"], "a minute of typing leaves buckets"
    return len(sent.encode()), len(answered.encode())


@contextmanager
def _open(page: Page) -> Iterator[CDPSession]:
    page.route("**/*", _answer)
    page.goto(f"{ORIGIN}/")
    page.evaluate(
        "text => { const area = document.getElementById('text'); area.value = text; area.focus(); }", BEGINNING
    )
    yield page.context.new_cdp_session(page)
    page.close()


def _answer(route: Route) -> Any:
    path = urlsplit(route.request.url).path
    if path == f"/{SCRIPT}":
        return route.fulfill(body=(ROOT / SCRIPT).read_text(encoding="utf-8"), content_type="text/javascript")
    return route.fulfill(body=PAGE, content_type="text/html; charset=utf-8")

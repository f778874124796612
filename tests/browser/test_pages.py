"""Every page a person can reach by links, for every role and in both languages, on the demonstration.

Each answers 200, says its language, has one heading of the first rank, and fits a narrow screen; axe finds nothing serious
on it; none runs a failing script, asks another host or breaks the content policy.
"""

import fcntl
import os
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django import DjangoDbBlocker

from annotation.models import GateReport, Task
from collection.models import Participant
from tests.browser.pages import context_watch
from tests.database import database_restore
from tests.demonstration import Told
from tests.factories.collection import client_of
from tests.live import Live, await_quiet
from vendors.models import User
from vendors.services import invitation_send

# Not transactional: the demonstration outlives the single test, and what a test itself writes does not.
# The first one has to wait for the telling, which takes minutes on a machine that is busy.
pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]

RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID", f"process {os.getpid()}")
NARROW = {"width": 360, "height": 800}
NOT_PAGES = re.compile(r"^/(admin|static|language|my-data/download|accounts/logout)/|/(download|pdf|csv|file)/(\?|$)")
NUMBERS = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|\d+")

ROLES = {
    "owner": "arima@hitode.example",
    "reviewer": "kuze@hitode.example",
    "finance": "tobari@hitode.example",
    "lead": "mizushina@yunagi.example",
    "writer": "saso@yunagi.example",
}
OUTSIDERS = ["newcomer", "participant"]


@dataclass(frozen=True)
class Demonstration:
    """The live site on the demonstration, and the link by which somebody new may come."""

    url: str
    invitation: str


@pytest.fixture(scope="module")
def demonstration(_live_site: Live, django_db_blocker: DjangoDbBlocker) -> Iterator[Demonstration]:
    with django_db_blocker.unblock():
        cache.clear()
        Told(of_this_run=False).put()
        lead = User.objects.get(email=ROLES["lead"])
        yunagi = lead.memberships.get(role="lead").organisation
        invitation_send(by=lead, organisation=yunagi, role="writer", email="shinjin@yunagi.example")
        link = re.search(r"/invitations/[^\s/]+/", str(mail.outbox[-1].body))
        assert link is not None
        yield Demonstration(_live_site.url, link[0])
        await_quiet()
        database_restore()


@pytest.mark.parametrize("language", ["en", "ja"])
@pytest.mark.parametrize("role", [*ROLES, *OUTSIDERS])  # the longest first
def test_every_page_one_can_reach_is_sound(
    demonstration: Demonstration, browser: Browser, role: str, language: str
) -> None:
    troubles: list[str] = []
    context = browser.new_context(base_url=demonstration.url, locale=language, viewport=NARROW)
    context_watch(context, troubles)
    person_enter(context, role, demonstration.url, language)
    pages = crawl(context.new_page(), starts_of(role, demonstration), language, troubles)
    context.close()
    assert not troubles, "\n".join(troubles)
    assert len(pages) >= 5, pages


def person_enter(context: BrowserContext, role: str, url: str, language: str) -> None:
    """Give the browser the cookies that signing in, or consenting, would have given it."""
    client = Client()
    if role in ROLES:
        client.force_login(User.objects.get(email=ROLES[role]))
    elif role == "participant":
        client = client_of(Participant.objects.filter(instructions__isnull=False).order_by("pk")[0])
    cookies = {name: morsel.value for name, morsel in client.cookies.items()} | {"django_language": language}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in cookies.items()])


def starts_of(role: str, demonstration: Demonstration) -> list[str]:
    """The front page leads nearly everywhere; what only a letter or a button leads to is named here."""
    starts = ["/"]
    if role == "newcomer":
        starts += ["/welcome/", "/accounts/login/", "/design/", demonstration.invitation]
    if role in ROLES:
        starts += ["/accounts/2fa/", "/accounts/email/", "/accounts/password/change/"]
    if role == "owner":  # of all records the one with the most to tell
        blocked = Task.objects.filter(gate_reports__decision=GateReport.Decision.BLOCK).order_by("pk")[0]
        starts += [f"/ops/records/{blocked.public_id}/"]
    if role == "reviewer":
        starts += [f"/review/{task.public_id}/" for task in Task.objects.filter(status="in_review")]
    return starts


def crawl(page: Page, starts: list[str], language: str, troubles: list[str]) -> list[str]:
    """Follow every link on this site, breadth first; returns the addresses that were opened."""
    waiting, seen, opened = deque(starts), set[tuple[str, ...]](), []
    while waiting:
        address = waiting.popleft()
        if (new := facets(address)) <= seen:
            continue
        seen |= new
        response = page.goto(address)
        opened.append(address)
        if response is None or response.status != 200:
            troubles.append(f"{address}: {response.status if response else 'no answer'}")
            continue
        look = page.evaluate(LOOK)
        troubles += [f"{address}: {trouble}" for trouble in page_troubles(look, language)]
        if language == "en" and (new_elements := elements_unseen(look["elements"])):  # they are the same in both
            troubles += [f"{address}: {barrier}" for barrier in page_barriers(page, new_elements)]
        for link in look["links"]:
            parts = urlsplit(link)
            where = parts.path + (f"?{parts.query}" if parts.query else "")
            if parts.hostname == "localhost" and not NOT_PAGES.search(where):
                waiting.append(where)
    return opened


def facets(address: str) -> set[tuple[str, ...]]:
    """The page that an address leads to, and each thing that is asked of it: filters are visited one by one, and not in
    every combination. Addresses that differ in numbers alone show the same page.
    """
    parts = urlsplit(NUMBERS.sub("*", address))
    return {(parts.path,), *((parts.path, *asked) for asked in parse_qsl(parts.query, keep_blank_values=True))}


def page_troubles(look: dict[str, Any], language: str) -> list[str]:
    """What is wrong with a page as it stands."""
    troubles = []
    if look["language"] != language:
        troubles.append(f"it is in {look['language']}")
    if look["headings"] != 1:
        troubles.append(f"it has {look['headings']} headings of the first rank")
    if look["wide"]:
        troubles.append(f"it scrolls sideways: {look['wide']}")
    return troubles


def elements_unseen(elements: list[str]) -> list[str]:
    """Those of a page's elements of which nothing like it stood on the pages that this run has looked at with axe.

    The workers of a run share what they have looked at: each begins a walk of its own.
    """
    with (Path(os.environ["HITODE_VAR"]) / "looked-at.txt").open("a+", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        run, *seen = file.read().splitlines() or [""]
        if run != RUN:
            file.truncate(0)
            print(RUN, file=file)
            seen = []
        new = sorted({*elements}.difference(seen))
        file.writelines(f"{element}\n" for element in new)
    return new


def page_barriers(page: Page, new_elements: list[str] | None = None) -> list[str]:
    """What keeps people from using the page as it stands, once nothing moves: what axe finds serious or critical.

    Where some elements are named that are new, only they are asked about their contrast, which takes axe longest.
    """
    page.evaluate(REST)
    page.evaluate(Axe().axe_script)
    found = page.evaluate(BARRIERS, [new_elements, AXE_OPTIONS])
    return [
        f"{rule['id']} ({rule['impact']}): {', '.join(str(node['target'][0]) for node in rule['nodes'][:3])}"
        for rule in found
        if rule["impact"] in {"serious", "critical"}
    ]


AXE_OPTIONS = {
    "resultTypes": ["violations"],
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"],
    # Of these rules none reads the style sheets, which axe would fetch and parse for every page.
    "preload": {"assets": ["media"]},
}

# What goes round for ever, such as the sign of waiting, is not waited for.
REST = """() => Promise.allSettled(document.getAnimations().filter(
  (one) => one.effect.getComputedTiming().endTime < Infinity).map((one) => one.finished)).then(() => null)"""

# In one go, because every question to the browser takes its time. An element is known by a hash of itself and all that it stands
# in; of what differs from row to row, that it is there. What is hidden in a form, and which of its options is chosen, changes
# nothing for anybody who looks.
LOOK = """() => {
  const OPEN = new Set(["href", "src", "value", "title", "alt", "aria-label", "datetime", "action", "formaction", "max", "low", "high"]);
  const hashed = (text) => {
    let [low, high] = [0xdeadbeef, 0x41c6ce57];
    for (let at = 0; at < text.length; at++) {
      low = Math.imul(low ^ text.charCodeAt(at), 2654435761);
      high = Math.imul(high ^ text.charCodeAt(at), 1597334677);
    }
    return (high >>> 0).toString(16) + "." + (low >>> 0).toString(16);
  };
  const elements = new Map();
  const walk = (one, above) => {
    const told = [...one.attributes].filter(({name}) => name !== "selected").map(({name, value}) =>
      OPEN.has(name) || name.startsWith("data-") || value.length > 60 ? `${name}:${value.trim() !== ""}` : `${name}=${value.replace(/[0-9a-f]{8}-[0-9a-f-]{27}|\\d+/g, "*")}`);
    const hasWords = [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== "");
    const here = hashed(`${above}>${one.tagName}[${told.sort()}]${hasWords}`);
    elements.set(here, [...elements.get(here) ?? [], one]);
    for (const child of one.children) if (child.type !== "hidden") walk(child, here);
  };
  walk(document.body, `title:${document.title !== ""}`);
  window.looked = elements;
  const room = document.documentElement.clientWidth;
  const isWide = document.documentElement.scrollWidth > room;
  const wide = isWide ? [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > room + 1) : [];
  return {
    language: document.documentElement.lang,
    headings: document.querySelectorAll("h1").length,
    wide: isWide ? wide.slice(-3).map((one) => `${one.tagName}.${one.className}`).join(", ") || "something" : "",
    links: [...document.querySelectorAll("a[href]:not([download])")].map((link) => link.href),
    elements: [...elements.keys()],
  };
}"""

BARRIERS = """([unseen, options]) => {
  if (unseen) {
    for (const element of unseen) for (const one of looked.get(element)) one.setAttribute("data-unseen", "");
    axe.configure({rules: [{id: "color-contrast", selector: "[data-unseen]"}]});
  }
  return axe.run(options).then(({violations}) => violations);
}"""


def test_on_a_narrow_screen_the_current_door_is_in_sight_and_a_writing_surface_breaks_lines_anywhere(
    demonstration: Demonstration, browser: Browser
) -> None:
    context = browser.new_context(base_url=demonstration.url, viewport=NARROW)
    person_enter(context, "owner", demonstration.url, "ja")
    page = context.new_page()
    page.goto("/agreements/publish/")
    expect(page.locator(".door[aria-current]")).to_be_in_viewport(ratio=1)
    expect(page.locator("textarea[lang=ja]")).to_have_css("word-break", "normal")
    context.close()

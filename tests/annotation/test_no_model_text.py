"""A sentence that a model wrote is nowhere: not on any page, not in an error, a header, an export; unless it was shown to
somebody on purpose, who is then on record.

The addresses come from the URL configuration, so that a page of tomorrow is walked too. The person who asked may read
the answer among their own data without a row.
"""

import json
import re
from collections import Counter
from html import unescape
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from pytest_django.fixtures import Settings

from annotation.cleanroom.canary import without_marks
from annotation.models import Draft, GateReport, Showing
from collection.services.partners import partner_key_create
from tests.annotation.access import Outcomes, outcome_of
from tests.annotation.world import ANSWER, CANARY, HARM, HOSTILE, OURS, World, is_ours, paths, routes, world_made
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import client_of, make_instruction, make_participant, make_reference
from tests.factories.records import (
    make_order,
    make_record,
)
from vendors.models import User

pytestmark = pytest.mark.timeout(300)  # the walks ask for thousands of pages

PIECE = 8  # characters: a page that cuts the sentence short, or starts in its middle, is found as well
PIECES = [CANARY[at : at + PIECE] for at in range(len(CANARY) - PIECE + 1)]
# Every piece has one of these halves in it whole, so that a page without them, as nearly all are, is soon read.
HALVES = [CANARY[at : at + PIECE // 2] for at in range(0, len(CANARY) - PIECE // 2 + 1, PIECE // 2 + 1)]


def as_written(pieces: list[str]) -> list[str]:
    """As they stand, and as JSON may write them."""
    return [*pieces, *(json.dumps(piece)[1:-1] for piece in pieces)]


SOUGHT, SIGNS = as_written(PIECES), as_written(HALVES)

# What nobody here reaches: it is the asker's own, or asks for something that is not there.
UNREACHED = {
    "annotation:release",  # of a release that is not published; what a published one holds is tested with it
    "annotation:release_archive",
    "annotation:release_file",
    "annotation:release_latest",
    "annotation:release_latest_json",
    "annotation:release_taken_back",
    "collection:my_instruction",
    "collection:api_question",
    "vendors:transfer_file",
    "vendors:invitation",
    "vendors:invitation_revoke",
}
# Who is shown it on request, each time by a row that says so.
ON_RECORD = {
    "annotation:reference": {"Aoi", "Minato", "Ren"},
    "annotation:record_reference": {"Aoi", "Minato", "Ren"},
    "annotation:task_reference": {"Wakana"},
}
# These ask the provider anew; what it answers is the asker's own.
ASKING = {"collection:ask", "collection:ask_stream", "collection:api_ask"}


def holds_canary(text: str) -> bool:
    told = without_marks(unescape(text))
    return any(sign in told for sign in SIGNS) and any(piece in told for piece in SOUGHT)


def assert_silent(response: Any, where: str) -> None:
    body = (b"".join(response.streaming_content) if response.streaming else response.content).decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in response.items())
    assert not holds_canary(body), where
    if response.get("Content-Type", "").startswith("text/html"):
        assert not any(harm in body for harm in HARM), f"{where}: what somebody typed is part of the page"
    assert not holds_canary(headers), f"{where}, in a header"


def assert_silent_or_on_record(
    client: Client, path: str, form: dict[str, Any], user: User | None, where: str, before: set[int]
) -> tuple[Any, bool]:
    """Send a form. Whoever gets to read the sentence is in a row that was not there `before`, and nobody else is; returns
    the answer and whether it was shown."""
    response = client.post(path, form, "application/json") if path.startswith("/api/") else client.post(path, form)
    assert response.status_code < 500, where
    rows = list(Showing.objects.exclude(pk__in=before))
    if not rows:
        assert_silent(response, where)
        return response, False
    assert {row.user for row in rows} == {user}, where
    with pytest.raises(AssertionError):
        assert_silent(response, where)
    return response, True


@pytest.fixture
def world(db: None) -> World:
    return world_made()


@pytest.fixture
def visitors(world: World, settings: Settings) -> dict[str, Client]:
    """Everybody but the person who asked; every door of the site is open."""
    settings.EMBED_ORIGINS = ["https://example.jp"]
    _partner, key = partner_key_create(name="A partner")
    clients = {
        "anonymous": Client(),
        "another participant": client_of(make_participant()),
        "a partner": Client(headers={"authorization": f"Bearer {key}"}),
    }
    return clients | {
        user.name: client_for(user, "ja") for user in world.people.everybody() if user != world.people.rin
    }


def test_the_canary_would_be_found_where_it_is(world: World) -> None:
    """The walk below is worth something only if it can fail: the asker's own pages do show the answer."""
    page = client_of(world.asker).get(f"/my-data/{world.in_hand.instruction.public_id}/")
    with pytest.raises(AssertionError):
        assert_silent(page, "the asker's own page")
    with pytest.raises(AssertionError):
        assert_silent(client_of(world.asker).get("/my-data/download/"), "the asker's own data")
    assert holds_canary(json.dumps(ANSWER))
    assert all(holds_canary(piece) and holds_canary(json.dumps(piece)) for piece in PIECES)
    assert not holds_canary("夜明け前の市場")


def test_hostile_words_are_where_the_walk_looks(world: World) -> None:
    """They stand on the pages, as words."""
    order, task = f"/orders/{world.in_hand.work_order.public_id}/", f"/review/{world.in_review.public_id}/"
    for person, path in (("luna", order), ("ren", task), ("wataru", "/security/tokens/"), ("aoi", "/vendors/")):
        page = client_for(getattr(world.people, person), "ja").get(path).content.decode()
        assert "&lt;script&gt;alert(7)" in page, path
    with pytest.raises(AssertionError):
        assert_silent(HttpResponse(HOSTILE), "a page that believes what it is told")


def test_every_address_is_in_one_of_the_walks() -> None:
    by_app = Counter(name.partition(":")[0] for name, _route in routes() if is_ours(name))
    assert set(by_app) == OURS
    assert by_app.total() > 50


@pytest.mark.parametrize("app", sorted(OURS))
def test_no_page_shows_it_to_anybody_and_each_opens_to_whom_it_should(
    world: World, visitors: dict[str, Client], app: str
) -> None:
    reached: dict[str, set[int]] = {}
    outcomes = Outcomes("GET", visitors)
    values = world.values()
    for name, route in routes():
        if name.partition(":")[0] == app:
            for number, path in enumerate(paths(route, values), 1):
                for who, client in visitors.items():
                    response = page_walked(client, who, path)
                    reached.setdefault(name, set()).add(response.status_code)
                    outcomes.note(f"{name} {number}", who, outcome_of(response))
    assert reached
    assert {name for name, codes in reached.items() if not codes & {200, 302, 405}} <= UNREACHED
    outcomes.compare(app)


def test_no_page_of_the_libraries_shows_it_to_anybody(world: World, visitors: dict[str, Client]) -> None:
    values = world.values()
    for name, route in routes():
        if not is_ours(name):
            for path in paths(route, values):
                for who in ("anonymous", "Wataru", "Aoi"):
                    page_walked(visitors[who], who, path)


def page_walked(client: Client, who: str, path: str) -> Any:
    """Look at a page as somebody."""
    response = client.get(path)
    assert_silent(response, f"{who} at {path}")
    assert response.status_code < 500, f"{who} at {path}"
    return response


FORM = {
    "text": "まだ途中です。", "base_revision": "0", "is_attested": "on", "verdict": "accept", "comment": "直してください。",
    "reasons": "instruction_missed", "why": "理由です。", "key": "gate:close", "decision": "accept", "reason": "not_able",
    "answer-gate:close": "言い回しが同じだけです。", "name": "名前", "title": "題", "email": "x@example.jp", "role": "writer",
    "body_ja": "本文", "body_en": "Body", "language": "ja", "note": "", "accept": "1", "seconds": "10",
}  # fmt: skip


@pytest.mark.parametrize("app", sorted(OURS))
def test_no_answer_to_a_form_shows_it_to_anybody_who_is_not_on_record_and_each_is_taken_from_whom_it_should(
    world: World, visitors: dict[str, Client], app: str
) -> None:
    values = world.values()
    people = {user.name: user for user in world.people.everybody()}
    shown: dict[str, set[str]] = {}
    before = set(Showing.objects.values_list("pk", flat=True))
    outcomes = Outcomes("POST", visitors)
    for name, route in routes():
        if name in ASKING or name.partition(":")[0] != app:
            continue
        for number, path in enumerate(paths(route, values), 1):
            for who, client in visitors.items():
                with transaction.atomic():
                    where = f"{who} posting to {path}"
                    response, was_shown = assert_silent_or_on_record(client, path, FORM, people.get(who), where, before)
                    if was_shown:
                        shown.setdefault(name, set()).add(who)
                    outcomes.note(f"{name} {number}", who, outcome_of(response, is_form=True))
                    transaction.set_rollback(True)
    assert shown == {name: who for name, who in ON_RECORD.items() if name.partition(":")[0] == app}
    outcomes.compare(app)


def test_the_editors_json_tells_nothing_of_it(world: World, visitors: dict[str, Client]) -> None:
    for task in (world.in_hand, world.in_review, world.accepted, world.queued):
        for verb in ("draft", "lease", "submit"):
            body = {"text": "まだ途中です。", "base_revision": 7, "is_attested": True, "buckets": []}
            for who, client in visitors.items():
                with transaction.atomic():
                    path = f"/work/tasks/{task.public_id}/{verb}/"
                    response = client.post(path, body, content_type="application/json")
                    assert_silent(response, f"{who} sending JSON to {path}")
                    transaction.set_rollback(True)


def test_a_blocked_copy_is_answered_with_the_writers_own_text_and_no_more(world: World) -> None:
    """The writer pasted half of the answer; the other half must not come back."""
    at = ANSWER.index("海へ")
    copied = "祖母から聞いた話です。" + ANSWER[:at] + "つづきは忘れました。"
    pieces_of_the_rest = [ANSWER[n : n + PIECE] for n in range(at - 1, len(ANSWER) - PIECE)]
    client = client_for(world.people.wataru, "ja")
    path = f"/work/tasks/{world.in_hand.public_id}/"
    for accept, kind in (("application/json", "application/json"), ("text/html", "application/x-www-form-urlencoded")):
        body: Any = {"text": copied, "base_revision": 0, "is_attested": True}
        if kind != "application/json":
            body = f"text={copied}&base_revision={Draft.objects.get(task=world.in_hand).revision}&is_attested=on"
        response = client.post(path + "submit/", body, content_type=kind, headers={"accept": accept})
        assert response.status_code == 422
        shown = unescape(response.content.decode())
        assert not any(piece in shown for piece in pieces_of_the_rest)
    assert GateReport.objects.filter(submission=None, decision="block").count() == 2
    page = unescape(client.get(path).content.decode())
    assert copied in page
    assert not any(piece in page.replace(copied, "") for piece in [*PIECES, *pieces_of_the_rest])
    response = client.post(
        path + "submit/", {"text": copied, "base_revision": 0, "is_attested": True}, content_type="application/json"
    )
    assert set(response.json()) == {"status", "code", "title", "detail", "passages"}
    assert all(set(passage) == {"start", "end"} for passage in response.json()["passages"])


def test_a_reviewer_sees_what_is_close_marked_in_the_writers_text_and_not_the_answer(world: World) -> None:
    page = client_for(world.people.ren, "ja").get(f"/review/{world.in_review.public_id}/").content.decode()
    marked = [unescape(piece) for piece in re.findall(r"<mark[^>]*>([^<]+)</mark>", page)]
    assert "".join(marked) and all(piece in world.in_review.current_submission.text for piece in marked)
    for at in range(len(ANSWER) - PIECE):
        piece = ANSWER[at : at + PIECE]
        assert piece not in page or piece in world.in_review.current_submission.text


@pytest.mark.django_db(transaction=True)
def test_no_export_holds_it(tmp_path: Path) -> None:
    people: Cast = cast()
    instruction = make_instruction()
    make_reference(instruction, text=ANSWER)
    task = make_record(people, task=make_order(people).tasks.get())
    said = StringIO()
    call_command("export_clean", "--out", str(tmp_path / "r"), "--json", stdout=said, stderr=said)
    call_command("export_clean", "--out", str(tmp_path / "s"), stdout=said, stderr=said)
    for options in ([], ["--json"]):
        call_command("explain_record", str(task.public_id), *options, stdout=said, stderr=said)
    with pytest.raises(CommandError) as refused:
        call_command("export_clean", "--out", str(tmp_path / "s"), stdout=said, stderr=said)
    written = [path.read_bytes().decode("utf-8", "replace") for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 2 * 18
    for text in [said.getvalue(), str(refused.value), *written]:
        assert not holds_canary(text)

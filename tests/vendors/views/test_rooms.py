"""Every room of this app, for every role: who may enter, who is told nothing is there, and how many queries it takes."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.cast import Cast
from tests.factories.vendors import (
    make_active_order,
    make_earning,
    make_guideline,
    make_organisation,
    make_signature,
    make_user,
    make_work_order,
)
from vendors.models import Organisation, WorkOrder
from vendors.services import work_order_issue

pytestmark = pytest.mark.usefixtures("supply")

EVERYBODY = ("aoi", "minato", "ren", "rin", "fumi", "luna", "wataru", "wakana", "emi", "riku", "rei")
MANAGEMENT = {"aoi", "minato"}
MONEY = MANAGEMENT | {"fumi"}
LEADS = {"luna", "riku"}
SEATED = set(EVERYBODY) - {"emi"}

ROOMS = {
    "/orders/": SEATED,
    "/orders/new/": MANAGEMENT,
    "/people/": MANAGEMENT | LEADS,
    "/people/invite/": MANAGEMENT | LEADS,
    "/vendors/": MONEY,
    "/vendors/new/": MANAGEMENT,
    "/agreements/": SEATED,
    "/agreements/1/": SEATED,
    "/agreements/publish/": MANAGEMENT,
    "/guidelines/": SEATED,
    "/guidelines/publish/": MANAGEMENT,
    "/qualifications/": MANAGEMENT | {"ren", "rin", "wataru", "wakana", "rei"},
    "/qualifications/new/": MANAGEMENT,
    "/earnings/": {"luna", "riku", "wataru", "wakana", "rei"},
    "/statements/": MONEY | LEADS,
}


@pytest.mark.parametrize("address", ROOMS)
def test_a_room_opens_to_its_roles_alone(people: Cast, client: Client, address: str) -> None:
    entered = set()
    for name in EVERYBODY:
        client.force_login(getattr(people, name))
        status = client.get(address).status_code
        assert status in {200, 403}
        if status == 200:
            entered.add(name)
    assert entered == ROOMS[address]
    client.logout()
    assert client.get(address)["Location"] == f"/accounts/login/?next={address}"


def seen_by(people: Cast, client: Client, address: str) -> set[str]:
    found = set()
    for name in EVERYBODY:
        client.force_login(getattr(people, name))
        if client.get(address).status_code == 200:
            found.add(name)
    return found


def test_what_belongs_to_a_vendor_is_not_there_for_another(people: Cast, client: Client) -> None:
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede)
    line = make_earning(work_order=order, writer=people.wataru)
    kaede = {"luna", "wataru", "wakana"}
    operator = {"aoi", "minato", "ren", "rin", "fumi"}
    assert seen_by(people, client, f"/orders/{order.public_id}/") == operator | kaede
    month = f"{line.at.astimezone():%Y-%-m}"
    assert seen_by(people, client, f"/statements/{people.kaede.public_id}/{month}/") == MONEY | {"luna"}
    assert seen_by(people, client, f"/people/{people.wataru.public_id}/") == MANAGEMENT | {"luna"}
    assert seen_by(people, client, f"/vendors/{people.kaede.public_id}/") == MONEY
    client.force_login(people.riku)
    for address in (
        f"/orders/{order.public_id}/",
        f"/people/{people.wataru.public_id}/",
        f"/statements/{people.kaede.public_id}/{month}/",
        f"/orders/{uuid4()}/",
    ):
        assert client.get(address).status_code == 404, address


def test_a_rival_can_move_nothing(people: Cast, client: Client) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    held = people.wataru.memberships.get()
    client.force_login(people.riku)
    for address in (
        f"/orders/{order.public_id}/accept/",
        f"/orders/{order.public_id}/decline/",
        f"/people/{people.wataru.public_id}/suspend/",
        f"/people/{people.wataru.public_id}/restore/",
        f"/people/{people.wataru.public_id}/roles/{held.pk}/end/",
        f"/people/{people.rei.public_id}/roles/{held.pk}/end/",
    ):
        assert client.post(address, {"why": "No."}).status_code == 404, address
    order.refresh_from_db()
    assert order.status == "issued"


def test_reading_changes_nothing(people: Cast, client: Client) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede)
    client.force_login(people.aoi)
    for move in ("issue", "accept", "decline", "cancel", "complete", "reopen", "close"):
        assert client.get(f"/orders/{order.public_id}/{move}/").status_code in {403, 405}


def test_an_order_goes_from_form_to_work(people: Cast, client: Client) -> None:
    guideline = make_guideline()
    client.force_login(people.minato)
    form = {
        "vendor": people.kaede.pk, "title": "秋の特集", "language": "ja", "quantity": 5, "unit_price": 650,
        "guideline_version": guideline.pk, "reference_policy": "hidden", "min_characters": 50, "max_characters": 900,
        "lease_seconds": 7200, "rework_rounds": 2, "inspection_days": 7, "due_on": "2099-12-31", "note": "",
        "price_kind": "output", "outputs_each": 1, "known_every": 0,
    }  # fmt: skip
    bad = {"min_characters": 1000, "due_on": "2001-01-01", "review_rule": "share", "review_share": ""}
    refused = client.post("/orders/new/", {**form, **bad})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"max_characters", "due_on", "review_share"}
    made = client.post("/orders/new/", form)
    order = WorkOrder.objects.get()
    address = f"/orders/{order.public_id}/"
    assert made["Location"] == address
    assert client.post(f"{address}issue/")["Location"] == address
    client.force_login(people.luna)
    assert "¥3,250" in client.get(address).content.decode()
    assert client.post(f"{address}accept/")["Location"] == address
    order.refresh_from_db()
    assert (order.status, order.unit_price, order.lease_seconds) == ("active", 650, 7200)
    client.force_login(people.wataru)
    page = client.get(address).content.decode()
    assert "秋の特集" in page
    assert "¥650" not in page  # the price is between the operator and the vendor


def test_an_order_by_lot_asks_for_its_plan(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    form = {
        "vendor": people.kaede.pk, "title": "秋の特集", "language": "ja", "quantity": 500, "unit_price": 650,
        "guideline_version": make_guideline().pk, "reference_policy": "hidden", "min_characters": 50, "max_characters": 900,
        "lease_seconds": 7200, "rework_rounds": 2, "inspection_days": 7, "due_on": "2099-12-31", "note": "",
        "price_kind": "output", "outputs_each": 1, "known_every": 0, "inspection": "lot", "lot_level": "II", "lot_aql": "1.0", "lot_size": 200,
        "lot_days": 7, "lot_failed": "inspect",
    }  # fmt: skip
    assert (
        "50 are read. It passes with at most 1 faulty"
        in client.get("/orders/supply/", {**form, "lot_days": 3}).content.decode()
    )
    assert set(client.post("/orders/new/", form).context["form"].errors) == {"lot_days"}
    assert set(client.post("/orders/new/", {**form, "lot_size": ""}).context["form"].errors) == {"lot_size", "lot_days"}
    made = client.post("/orders/new/", {**form, "lot_days": 3})
    order = WorkOrder.objects.get()
    assert (order.inspection, order.lot_size, order.lot_aql, order.lot_failed) == ("lot", 200, "1.0", "inspect")
    assert "AQL 1.0%" in client.get(made["Location"]).content.decode()
    assert ">1.0%</option>" in client.get("/orders/new/").content.decode()


def test_declining_needs_a_reason(people: Cast, client: Client) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    client.force_login(people.luna)
    assert client.post(f"/orders/{order.public_id}/decline/", {"why": ""}).status_code == 400
    assert client.post(f"/orders/{order.public_id}/decline/", {"why": "Too soon."}).status_code == 302
    client.force_login(people.minato)
    assert "Too soon." in client.get(f"/orders/{order.public_id}/").content.decode()


def test_signing_takes_the_name_and_the_tick(people: Cast, client: Client) -> None:
    newcomer = make_user(organisation=people.kaede, name="海野　真帆")
    client.force_login(newcomer)
    page = client.get("/agreements/")
    shown = page.context["form"].initial
    good = {"name_as_signed": "海野 真帆", "is_agreed": "on", **shown}
    for bad in ({"name_as_signed": "Somebody"}, {"is_agreed": ""}):
        assert client.post("/agreements/", {**good, **bad}).status_code == 422
    assert client.post("/agreements/", {**good, "text_sha256": "0" * 64}).status_code == 409
    assert client.post("/agreements/", good, REMOTE_ADDR="203.0.113.9").status_code == 302
    signature = newcomer.signatures.get()
    assert (signature.address, signature.text_sha256) == ("203.0.113.9", shown["text_sha256"])
    assert client.get("/agreements/").context["own"] == signature


def test_publishing_asks_every_writer_again(people: Cast, client: Client) -> None:
    client.force_login(people.aoi)
    page = client.get("/agreements/publish/")
    initial = page.context["form"].initial
    assert client.post("/agreements/publish/", initial).status_code == 422  # nothing changed
    changed = {"body_ja": "# 新しい契約\n\n<script>x</script>", "body_en": "# New\n\n<script>x</script>"}
    assert client.post("/agreements/publish/", changed).status_code == 302
    client.force_login(people.wataru)
    page = client.get("/agreements/")
    assert page.context["own"] is None
    assert "<script>x" not in page.content.decode()
    assert "<h2>New</h2>" in page.content.decode()


def test_a_guideline_is_published_and_read(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    text = {"name": "Letters", "body_ja": "手紙", "body_en": "A letter"}
    made = client.post("/guidelines/publish/", text)
    assert client.post("/guidelines/publish/", text).status_code == 422
    following = client.post(f"{made['Location']}publish/", {**text, "body_en": "Two letters"})
    assert following["Location"] == made["Location"]
    client.force_login(people.wataru)
    assert "Two letters" in client.get(made["Location"]).content.decode()
    assert "A letter" in client.get(f"{made['Location']}1/").content.decode()
    assert client.get(f"{made['Location']}3/").status_code == 404


def test_a_vendor_is_added_with_a_proper_number(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    form = {"kind": "company", "name": "Momiji", "registration_number": "T123"}
    assert client.post("/vendors/new/", form).status_code == 422
    assert client.post("/vendors/new/", {**form, "registration_number": "T1234567890123"}).status_code == 422
    assert client.post("/vendors/new/", {**form, "kind": "operator", "registration_number": ""}).status_code == 422
    client.post("/vendors/new/", {**form, "registration_number": "Ｔ５８３５ ６７８２５６２４６"})
    made = Organisation.objects.get(name="Momiji")
    assert made.registration_number == "T5835678256246"
    edited = client.post(f"/vendors/{made.public_id}/edit/", {"name": "Momiji", "registration_number": ""})
    assert edited.status_code == 302
    made.refresh_from_db()
    assert not made.is_active  # the tick was missing


def test_a_person_is_suspended_restored_and_ended(people: Cast, client: Client) -> None:
    address = f"/people/{people.wataru.public_id}/"
    client.force_login(people.luna)
    assert "Suspend" in client.get(address).content.decode()
    client.post(f"{address}suspend/")
    people.wataru.refresh_from_db()
    assert not people.wataru.is_active
    client.post(f"{address}restore/")
    client.post(f"{address}roles/{people.wataru.memberships.get().pk}/end/")
    assert "Left" in client.get(address).content.decode()
    assert client.post(f"{address}bar/", {"why": "x"}).status_code == 403
    client.force_login(people.aoi)
    assert client.post(f"{address}bar/", {"why": ""}).status_code == 400
    assert client.post(f"{address}bar/", {"why": "Copied."}).status_code == 302


def test_a_statement_is_made_in_its_room(people: Cast, client: Client) -> None:
    order = make_work_order(by=people.minato, vendor=people.kaede, unit_price=1234)
    line = make_earning(work_order=order, writer=people.wataru)
    day = line.at.astimezone()
    address = f"/statements/{people.kaede.public_id}/{day:%Y-%-m}/"
    client.force_login(people.fumi)
    page = client.get(address).content.decode()
    assert ("¥1,234" in page, "¥123" in page, "¥1,357" in page) == (True, True, True)
    assert client.post(f"{address}approve/").status_code == 404
    assert client.post(f"{address}prepare/").status_code == 302
    assert client.post(f"{address}approve/").status_code == 409  # the month is not over
    assert client.post(f"{address}pay/").status_code == 409
    assert client.get(f"/statements/{people.kaede.public_id}/{day:%Y}-13/").status_code == 404
    client.force_login(people.luna)
    assert client.post(f"{address}prepare/").status_code == 403
    assert "¥1,357" in client.get("/statements/").content.decode()
    client.force_login(people.wataru)
    assert "¥1,234" in client.get("/earnings/").content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.parametrize("name", ["aoi", "luna", "wataru"])
def test_lists_take_as_many_queries_at_twenty_as_at_two(people: Cast, client: Client, name: str) -> None:
    guideline = make_guideline()
    client.force_login(getattr(people, name))

    def grow(count: int) -> None:
        for _ in range(count):
            order = make_active_order(
                by=people.minato, lead=people.luna, vendor=people.kaede, guideline_version=guideline, quantity=1
            )
            make_guideline()
            writer = make_user(organisation=people.kaede)
            make_signature(writer)
            make_earning(work_order=order, writer=writer)
            make_earning(work_order=order, writer=people.wataru)
            make_organisation()

    def counts() -> dict[str, int]:
        lists = ("/orders/", "/people/", "/vendors/", "/statements/", "/earnings/", "/guidelines/", "/agreements/")
        return {a: queries(client, a) for a in lists if name in ROOMS[a]}

    client.get("/orders/")  # the session and the like are warm
    grow(2)
    few = counts()
    grow(10)
    assert counts() == few
    assert max(few.values()) <= 15


def test_the_operators_own_doors_are_marked(people: Cast, client: Client) -> None:
    client.force_login(people.aoi)
    page: Any = client.get("/people/")
    current = [door["url"] for door in page.context["doors"] if door["is_current"]]
    assert current == ["/people/"]
    assert page.context["role_label"] == "owner"

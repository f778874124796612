"""The way into the API: tokens and sessions, scopes, orders and money."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.errors import BadInput
from tests.cast import Cast
from tests.factories.vendors import (
    make_active_order,
    make_earning,
    make_earning_at,
    make_token_client,
    make_work_order,
)
from vendors.models import AccessToken, User, WorkOrder
from vendors.services import membership_end, statement_prepare, user_suspend, work_order_issue
from vendors.services.access import TOKENS_AT_MOST, access_token_create, access_token_revoke, access_token_use

pytestmark = pytest.mark.usefixtures("supply")


def code(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code and body["title"] and body["detail"]
    return response.status_code, body["code"]


def test_a_token_speaks_for_its_person(people: Cast) -> None:
    me = make_token_client(people.luna, "orders").get("/api/v1/me").json()
    assert (me["name"], me["organisation"]["name"], me["roles"]) == ("Luna", "Kaede Writing", ["lead"])
    assert (me["scopes"], me["token"]) == (["orders"], "A program")


def test_only_the_hash_of_a_token_is_kept(people: Cast) -> None:
    _token, secret = access_token_create(user=people.luna, name="Ours", scopes=["orders"])
    kept = AccessToken.objects.values().get()
    assert secret not in str(kept) and len(secret) > 40
    assert secret.startswith(kept["prefix"])


@pytest.mark.parametrize("scopes", [[], ["review"], ["orders", "imports"], ["nonsense"]])
def test_a_token_gives_no_more_than_its_persons_roles(people: Cast, scopes: list[str]) -> None:
    with pytest.raises(BadInput):
        access_token_create(user=people.luna, name="Too much", scopes=scopes)


def test_nobody_collects_tokens(people: Cast) -> None:
    for number in range(TOKENS_AT_MOST):
        access_token_create(user=people.luna, name=f"{number}", scopes=["orders"])
    with pytest.raises(BadInput):
        access_token_create(user=people.luna, name="One more", scopes=["orders"])


def test_a_token_that_is_not_good_opens_nothing(people: Cast) -> None:
    token, secret = access_token_create(user=people.luna, name="Ours", scopes=["orders"])
    for header in ("Bearer hti_wrong", "Bearer", f"Basic {secret}", "Bearer htd_partner", "Bearer \udcff"[:8]):
        assert code(Client(headers={"authorization": header}).get("/api/v1/me")) == (401, "token_unknown")
    nobody = Client().get("/api/v1/me")
    assert code(nobody) == (401, "not_signed_in")
    assert nobody["WWW-Authenticate"].startswith("Bearer")
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert access_token_use(secret) is None
    AccessToken.objects.update(expires_at=timezone.now() + timedelta(days=1))
    assert access_token_use(secret) is not None
    access_token_revoke(token=token)
    assert access_token_use(secret) is None


def test_a_token_ends_with_its_persons_place(people: Cast) -> None:
    lead, writer = make_token_client(people.luna), make_token_client(people.wataru)
    membership_end(membership=people.wataru.memberships.get(), by=people.luna)
    assert code(writer.get("/api/v1/orders")) == (403, "role_missing")
    user_suspend(user=people.luna, by=people.aoi)
    assert code(lead.get("/api/v1/orders")) == (401, "token_unknown")


def test_a_scope_is_asked_for(people: Cast) -> None:
    client = make_token_client(people.luna, "orders")
    assert client.get("/api/v1/orders").status_code == 200
    assert code(client.get("/api/v1/statements")) == (403, "scope_missing")
    assert code(make_token_client(people.ren).get("/api/v1/statements")) == (403, "role_missing")


def test_a_session_needs_its_csrf_token(people: Cast) -> None:
    order = work_order_issue(order=make_work_order(by=people.minato, vendor=people.kaede), by=people.minato)
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.luna)
    assert client.get("/api/v1/me").json()["token"] is None
    assert code(client.post(f"/api/v1/orders/{order.public_id}/accept")) == (403, "csrf_failed")


def test_who_asks_too_often_is_told_when_to_come_again(people: Cast, settings: Settings) -> None:
    settings.API_REQUESTS_A_MINUTE = 3
    first, second, other = (
        make_token_client(people.luna),
        make_token_client(people.luna),
        make_token_client(people.riku),
    )
    answers = [client.get("/api/v1/me") for client in (first, second, first, second, first)]
    if {answer.status_code for answer in answers} == {200}:  # a new minute began in between
        answers = [first.get("/api/v1/me") for _ in range(5)]
    assert code(answers[-1]) == (429, "throttled")
    assert 1 <= int(answers[-1]["Retry-After"]) <= 60
    assert other.get("/api/v1/me").status_code == 200


def test_an_address_that_is_not_there_is_told_as_a_problem() -> None:
    for path in ("/api/v1/nothing", "/api/v1/orders/1"):
        assert code(Client().get(path)) == (404, "not_found")


def test_orders_are_read_and_answered(people: Cast) -> None:
    orders = [make_work_order(by=people.minato, vendor=people.kaede, quantity=1) for _ in range(3)]
    first, second, _draft = orders
    for order in (first, second):
        work_order_issue(order=order, by=people.minato)
    lead, rival = make_token_client(people.luna), make_token_client(people.riku)
    listed = lead.get("/api/v1/orders").json()["results"]
    assert [one["number"] for one in listed] == [second.number, first.number]
    assert listed[0]["price"] == {"kind": "output", "unit": 480, "floor": 0, "cap": 0, "currency": "JPY"}
    assert rival.get("/api/v1/orders").json()["results"] == []
    address = f"/api/v1/orders/{first.public_id}"
    for verb in ("", "/accept", "/decline"):
        ask = rival.post if verb else rival.get
        assert (
            code(
                ask(f"{address}{verb}", **({"data": {"why": "x"}, "content_type": "application/json"} if verb else {}))
            )[0]
            == 404
        )
    accepted = lead.post(f"{address}/accept").json()
    assert (accepted["status"], accepted["progress"]["waiting"]) == ("active", 1)
    assert code(lead.post(f"{address}/accept")) == (409, "illegal_move")
    where = f"/api/v1/orders/{second.public_id}/decline"
    refused = lead.post(where, {}, content_type="application/json")
    assert code(refused) == (400, "bad_input") and set(refused.json()["fields"]) == {"why"}
    assert lead.post(where, {"why": "Too soon."}, content_type="application/json").json()["status"] == "cancelled"
    writer = make_token_client(people.wataru).get(address).json()
    assert writer["price"] is None
    assert code(make_token_client(people.wataru).post(f"{address}/accept")) == (403, "role_missing")


def test_a_list_goes_on_by_a_cursor(people: Cast) -> None:
    for _ in range(5):
        make_work_order(by=people.minato, vendor=people.kaede, quantity=1)
    client = make_token_client(people.minato)
    page = client.get("/api/v1/orders?limit=2").json()
    make_work_order(by=people.minato, vendor=people.kaede, quantity=1)  # moves nothing
    numbers = [one["number"] for one in page["results"]]
    while page["next"]:
        page = client.get(page["next"]).json()
        numbers += [one["number"] for one in page["results"]]
    assert numbers == sorted(numbers, reverse=True) and len(set(numbers)) == 5
    assert code(client.get("/api/v1/orders?cursor=nonsense")) == (404, "not_found")
    assert code(client.get("/api/v1/orders?status=lost")) == (400, "bad_input")


def test_money_is_read_by_whose_it_is(people: Cast) -> None:
    order = make_active_order(by=people.minato, lead=people.luna, vendor=people.kaede)
    line = make_earning(work_order=order, writer=people.wataru)
    earlier = make_earning_at(timezone.now() - timedelta(days=400), work_order=order, writer=people.wakana)
    made = statement_prepare(vendor=people.kaede, month=line.month, by=people.fumi)
    seen = {name: make_token_client(getattr(people, name)) for name in ("fumi", "luna", "wataru", "riku")}
    lines = {name: len(client.get("/api/v1/earnings").json()["results"]) for name, client in seen.items()}
    assert lines == {"fumi": 2, "luna": 2, "wataru": 1, "riku": 0}
    month = f"{earlier.month:%Y-%m}"
    (only,) = seen["luna"].get(f"/api/v1/earnings?month={month}").json()["results"]
    assert (only["writer"], only["amount"], only["order"]) == ("Wakana", 480, order.number)
    for bad in ("2026-13", "2026", "٢٠٢٦-٠١", "0000-01"):
        assert code(seen["luna"].get("/api/v1/earnings", {"month": bad})) == (400, "bad_input")
    (statement,) = seen["luna"].get("/api/v1/statements").json()["results"]
    assert (statement["number"], statement["net_amount"], statement["status"]) == (made.number, 480, "draft")
    assert code(seen["riku"].get(f"/api/v1/statements/{made.public_id}"))[0] == 404
    assert seen["fumi"].get(f"/api/v1/statements/{made.public_id}").json() == statement


def test_a_page_costs_the_same_however_long(people: Cast, django_assert_max_num_queries: Any) -> None:
    client = make_token_client(people.minato)
    for _ in range(7):
        make_work_order(by=people.minato, vendor=people.kaede, quantity=1)
    with django_assert_max_num_queries(6):
        assert len(client.get("/api/v1/orders").json()["results"]) == 7


def last_used(user: User) -> Any:
    return AccessToken.objects.get(user=user).last_used_at


def test_it_is_written_down_when_a_token_was_used(people: Cast) -> None:
    client = make_token_client(people.luna)
    assert last_used(people.luna) is None
    client.get("/api/v1/me")
    at = last_used(people.luna)
    client.get("/api/v1/me")
    assert at is not None and last_used(people.luna) == at
    assert not WorkOrder.objects.exists()

"""The operator's second step at sign-in."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client
from django.urls import reverse

from tests.cast import Cast
from vendors.models import User


@pytest.fixture(autouse=True)
def _not_a_demonstration(settings: Any) -> None:
    settings.DEMONSTRATION = False
    settings.ALLOWED_HOSTS = ["testserver"]


def test_an_operator_without_a_second_step_is_sent_to_set_one_up(people: Cast, client: Client) -> None:
    for person in (people.aoi, people.minato, people.ren, people.fumi):
        client.force_login(person)
        response = client.get("/orders/")
        assert (response.status_code, response["Location"]) == (302, reverse("mfa_index"))


def test_the_reason_is_said_once(people: Cast, client: Client) -> None:
    client.force_login(people.aoi)
    for _ in range(3):
        client.get("/orders/")
    page = client.get(reverse("mfa_index")).content.decode()
    assert page.count("sign in with a second step") == 1


def test_with_a_second_step_the_operator_may_pass(people: Cast, client: Client) -> None:
    Authenticator.objects.create(user=people.aoi, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(people.aoi)
    assert client.get("/orders/").status_code == 200


def test_a_vendors_people_need_none(people: Cast, client: Client) -> None:
    for person in (people.luna, people.wataru):
        client.force_login(person)
        assert client.get("/orders/").status_code == 200


def test_a_program_is_told_so_and_htmx_leads_the_whole_page(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    refused = client.get("/orders/", headers={"Accept": "application/json"})
    assert (refused.status_code, refused.json()["code"]) == (403, "second_step_missing")
    fragment = client.get("/orders/", headers={"HX-Request": "true"})
    assert fragment["HX-Redirect"] == reverse("mfa_index")


def test_staff_without_a_seat_needs_one_too(db: None, client: Client) -> None:
    client.force_login(User.objects.create_superuser("root@example.jp", "x", name="Root"))
    assert client.get("/admin/").status_code == 302


def test_the_administration_has_no_door_of_its_own(db: None, client: Client) -> None:
    response = client.get("/admin/login/?next=/admin/")
    assert response["Location"].startswith(reverse("account_login"))


def test_setting_it_up_and_signing_out_stay_open(people: Cast, client: Client) -> None:
    client.force_login(people.aoi)
    assert client.get(reverse("mfa_index")).status_code == 200
    assert client.post(reverse("account_logout")).status_code == 302


def test_it_guards_asynchronous_requests(people: Cast, async_client: AsyncClient) -> None:
    async_client.force_login(people.aoi)
    response = async_to_sync(async_client.get)("/orders/")
    assert response["Location"] == reverse("mfa_index")
    async_client.force_login(people.luna)
    assert async_to_sync(async_client.get)("/orders/").status_code == 200


def test_the_public_costs_no_query(db: None, client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/orders/").status_code == 302


def test_a_demonstration_asks_for_none(people: Cast, client: Client, settings: Any) -> None:
    settings.DEMONSTRATION = True
    client.force_login(people.aoi)
    assert client.get("/orders/").status_code == 200

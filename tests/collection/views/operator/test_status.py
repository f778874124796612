import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from pytest_django.fixtures import Settings

from collection import jobs
from collection.screening import entities
from collection.services.status import WORKER_KEY, parts_look
from tests.cast import cast
from tests.factories.collection import make_finding, make_instruction

pytestmark = pytest.mark.django_db

STATUS = reverse("collection:status")


@pytest.fixture(autouse=True)
def no_worker() -> None:
    cache.delete(WORKER_KEY)


def tones() -> dict[str, str]:
    return {str(part.name): part.tone for part in parts_look()}


def test_only_owner_and_manager_see_it() -> None:
    people = cast()
    for user, status in ((people.aoi, 200), (people.minato, 200), (people.ren, 403), (people.luna, 403)):
        client = Client()
        client.force_login(user)
        assert client.get(STATUS).status_code == status
    assert Client().get(STATUS).status_code == 302


def test_a_worker_that_was_never_seen_is_told_and_one_that_lives_too() -> None:
    assert tones()["Worker"] == "danger"
    jobs.worker_sign()
    assert tones()["Worker"] == "ok"


def test_the_absence_of_an_optional_part_is_told() -> None:
    jobs.worker_sign()
    assert tones()["Names of people (GiNZA)"] == ("ok" if entities.is_present() else "warn")
    assert tones()["Near repeats"] == "ok"


def test_texts_that_wait_for_moderation_are_told() -> None:
    assert tones()["Moderation"] == "quiet"
    make_finding(make_instruction(status="held"), check_id="moderation.unavailable")
    assert tones()["Moderation"] == "warn"


def test_the_page_is_drawn_without_redis(settings: Settings) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}}
    assert tones()["Redis"] == "danger"

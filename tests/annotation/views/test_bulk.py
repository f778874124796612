"""The pages of acts on many rows: from what was found to a look, a reason, and how far it is."""

import pytest

from annotation.models import BulkJob
from annotation.services.bulk import bulk_continue
from collection.models import Instruction
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_instruction

pytestmark = pytest.mark.django_db

NEW = "/ops/bulk/new/?action=reject&q=経済&kind=instruction"


@pytest.fixture
def people() -> Cast:
    for number in range(3):
        make_instruction(instruction=f"経済の話を{number}つ。")
    return cast()


def test_the_way_from_a_search_to_a_finished_job_and_back(people: Cast) -> None:
    client = client_for(people.minato)
    assert "/ops/bulk/new/" in client.get("/ops/search/?q=経済&kind=instruction").content.decode()
    assert "3 rows change" in client.get(NEW).content.decode()
    assert client.post(NEW, {"seen": "3", "why": ""}).status_code == 422
    assert client.post(NEW, {"seen": "2", "why": "off the subject"}).status_code == 422
    answer = client.post(NEW, {"seen": "3", "why": "off the subject"})
    job = BulkJob.objects.get()
    page = f"/ops/bulk/{job.public_id}/"
    assert answer["Location"] == page
    assert "0 / 3" in client.get(page).content.decode()
    bulk_continue(job_id=job.pk)
    state = client.get(page, headers={"hx-request": "true"}).content.decode()
    assert "3 / 3" in state and "<html" not in state and "hx-get" not in state
    client.post(f"{page}change/", {"answer": "undo"})
    bulk_continue(job_id=job.pk)
    assert set(Instruction.objects.values_list("status", flat=True)) == {"eligible"}
    assert "off the subject" in client.get("/ops/bulk/").content.decode()


def test_only_owners_and_managers_have_these_pages(people: Cast) -> None:
    for user in (people.ren, people.fumi, people.luna, people.wataru):
        client = client_for(user)
        assert {client.get(page).status_code for page in ("/ops/bulk/", NEW)} == {403}
        assert client.post(NEW, {"seen": "3", "why": "x"}).status_code == 403
    assert "/ops/bulk/new/" not in client_for(people.ren).get("/ops/search/?q=経済&kind=instruction").content.decode()


def test_an_address_that_means_nothing_reaches_nothing(people: Cast) -> None:
    client = client_for(people.aoi)
    for address in ("/ops/bulk/new/?action=reject", "/ops/bulk/new/?action=nonsense&q=経済", "/ops/bulk/new/?q=経済"):
        assert client.get(address).status_code == 404

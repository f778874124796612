"""The rooms where qualifications are made, earned, judged, given and taken."""

from typing import Any

import pytest
from django.urls import reverse

from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.annotation import make_open_order
from tests.factories.qualifications import RIGHT, make_qualification
from tests.factories.vendors import make_guideline, make_work_order
from vendors.models import Holding, Qualification, Trial
from vendors.services import holding_grant, quiz_answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> Cast:
    return cast()


def at(name: str, *args: Any) -> str:
    return reverse(f"vendors:{name}", args=args)


def sheet(**changes: str) -> dict[str, str]:
    sizes = {"TOTAL_FORMS": "2", "INITIAL_FORMS": "0"}
    forms = {f"{prefix}-{name}": value for prefix in ("questions", "trials") for name, value in sizes.items()}
    return {
        **forms,
        "name": "Law",
        "guideline": str(make_guideline().guideline_id),
        "pass_percent": "80",
        "pause_hours": "24",
        "trials_needed": "1",
        "questions-0-text": "Who writes?",
        "questions-0-choices": "* a person\n\na model\n＊somebody",
        "questions-0-explanation": "People do.",
        "trials-1-prompt": "Write to a friend.",
        **changes,
    }


def test_a_manager_writes_a_qualification_and_its_next_version(people: Cast) -> None:
    client = client_for(people.minato)
    assert client.get(at("qualification_publish")).status_code == 200
    assert client.post(at("qualification_publish"), sheet()).status_code == 302
    found = Qualification.objects.get(name="Law")
    version = found.versions.get()
    choices = ["a person", "a model", "somebody"]
    question = {"text": "Who writes?", "choices": choices, "right": [0, 2], "explanation": "People do."}
    assert (version.questions, version.trials, version.trials_needed) == ([question], ["Write to a friend."], 1)
    page = client.get(at("qualification_next", found.public_id)).content.decode()
    assert "* a person" in page
    emptied = sheet(**{"trials-1-prompt": "", "trials_needed": "0"})
    assert client.post(at("qualification_next", found.public_id), emptied).status_code == 302
    assert found.versions.order_by("-version").values_list("version", "trials")[0] == (2, [])


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"questions-0-choices": "a person\na model"}, "Put * before the right choice."),
        ({"questions-0-choices": "* a person"}, "Write two choices or more"),
        ({"questions-0-explanation": ""}, "This field is required."),
        ({"name": ""}, "This field is required."),
    ],
)
def test_what_is_missing_is_said_beside_it(people: Cast, changes: dict[str, str], told: str) -> None:
    response = client_for(people.minato).post(at("qualification_publish"), sheet(**changes))
    assert response.status_code == 422
    assert told in response.content.decode()
    assert not Qualification.objects.exists()


def test_a_writer_sees_what_was_wrong_and_why_and_when_they_may_try_again(people: Cast) -> None:
    found = make_qualification(people.minato)
    client = client_for(people.wataru)
    page = client.get(at("qualification_earn", found.public_id)).content.decode()
    assert "The guideline says so." not in page
    half = client.post(at("qualification_earn", found.public_id), {"question_0": "0"})
    assert "Please answer this question." in half.content.decode()
    client.post(at("qualification_earn", found.public_id), {"question_0": "1", "question_1": ["0", "2"]})
    page = client.get(at("qualification_earn", found.public_id)).content.decode()
    assert "The guideline says so." in page
    assert "You may try again from" in page
    assert "Which are named?" not in page  # that one was right
    late = client.post(at("qualification_earn", found.public_id), {"question_0": "0", "question_1": ["0", "2"]})
    assert late.status_code == 409


def test_a_trial_is_written_kept_sent_and_judged(people: Cast) -> None:
    found = make_qualification(people.minato, questions=[], trials=["Write to a friend."], trials_needed=1)
    writer, reviewer = client_for(people.wataru), client_for(people.ren)
    place = at("qualification_trial", found.public_id, 1)
    assert "Write to a friend." in writer.get(place).content.decode()
    kept = writer.post(place, {"text": "Dear"}, headers={"hx-request": "true"})
    assert kept.content.decode().startswith("Saved ")
    assert "There is no text yet." in writer.post(place, {"text": " ", "send": "1"}).content.decode()
    assert writer.post(place, {"text": "Dear friend", "send": "1"}).status_code == 302
    trial = Trial.objects.get()
    assert "Wataru" in reviewer.get(at("qualification", found.public_id)).content.decode()
    page = at("trial", trial.public_id)
    assert "Tell the writer what to change." in reviewer.post(page, {"verdict": "return"}).content.decode()
    assert reviewer.post(page, {"verdict": "accept", "note": "Warm."}).status_code == 302
    told = writer.get(at("qualification_earn", found.public_id)).content.decode()
    assert "It is yours" in told and "Warm." in told
    assert writer.get(at("qualification_trial", found.public_id, 2)).status_code == 404


def test_a_manager_gives_suspends_and_revokes(people: Cast) -> None:
    found = make_qualification(people.minato)
    client = client_for(people.minato)
    given = {"person": str(people.wataru.public_id), "why": "Known from before."}
    client.post(at("holding_grant", found.public_id), given)
    holding = Holding.objects.get()
    assert "Known from before." in client.get(at("qualification", found.public_id)).content.decode()
    for name, status in (("holding_suspend", "suspended"), ("holding_revoke", "revoked")):
        place = at(name, found.public_id, holding.public_id)
        assert client.post(place).status_code == 400  # no reason
        client.post(place, {"why": "Copied."})
        holding.refresh_from_db()
        assert holding.status == status
    assert "taken from you" in client_for(people.wataru).get(at("qualification_earn", found.public_id)).content.decode()


def test_who_may_enter_which_room(people: Cast) -> None:
    found = make_qualification(people.minato)
    doors = {"qualifications": [], "qualification": [found.public_id], "qualification_earn": [found.public_id]}
    seen = {
        who: [client_for(getattr(people, who)).get(at(name, *args)).status_code for name, args in doors.items()]
        for who in ("aoi", "ren", "fumi", "luna", "wataru", "rei")
    }
    assert seen == {
        "aoi": [200, 200, 403],
        "ren": [200, 200, 403],
        "fumi": [403, 403, 403],
        "luna": [403, 403, 403],
        "wataru": [200, 403, 200],
        "rei": [200, 403, 200],
    }


def test_the_wizard_counts_the_hands_and_the_order_says_what_it_asks(people: Cast) -> None:
    found = make_qualification(people.minato)
    holding_grant(qualification=found, user=people.wataru, by=people.minato, why="Known.")
    client = client_for(people.minato)
    asked = {"vendor": str(people.kaede.pk), "language": "ja", "qualification": str(found.pk), "competence": "law"}
    page = client.get(at("order_supply"), asked).content.decode()
    assert "who hold the qualification" in page and "who have the field" in page
    order = make_work_order(by=people.minato, vendor=people.kaede, qualification=found, competence="law")
    shown = client.get(at("order", order.public_id)).content.decode()
    assert found.name in shown and "Rules for the words" in shown
    assert "Rules for the words" not in client_for(people.luna).get(at("order", order.public_id)).content.decode()


def test_the_document_names_what_the_writers_must_have(people: Cast) -> None:
    found = make_qualification(people.minato, name="法律相談")
    order = make_open_order(people, qualification=found, competence="law")
    words = dict(order.versions.get().document["rows"])["執筆者の要件"]
    assert "資格「法律相談」" in words and "専門分野「法律」" in words
    plain = make_open_order(people)
    assert "執筆者の要件" not in dict(plain.versions.get().document["rows"])


def test_my_work_leads_to_what_can_be_earned(people: Cast) -> None:
    found = make_qualification(people.minato)
    make_open_order(people, qualification=found)
    client = client_for(people.wataru)
    page = client.get(reverse("annotation:work")).content.decode()
    assert "First, the qualification “Everyday questions”" in page
    assert at("qualification_earn", found.public_id) in page
    told = client.post(reverse("annotation:work_claim"), follow=True).content.decode()
    assert "The running orders ask for it." in told
    quiz_answer(user=people.wataru, qualification=found, answers=RIGHT)
    assert "Start the next task" in client.get(reverse("annotation:work")).content.decode()


def test_a_lead_sets_the_languages_and_fields_of_their_writers_alone(people: Cast) -> None:
    lead = client_for(people.luna)
    sent = {"languages": ["ja", "en"], "competences": ["law"]}
    assert lead.post(at("person_hands", people.wataru.public_id), sent).status_code == 302
    people.wataru.refresh_from_db()
    assert (people.wataru.writes_languages, people.wataru.competences) == ("ja,en", "law")
    assert lead.post(at("person_hands", people.rei.public_id), sent).status_code == 404
    assert client_for(people.wataru).post(at("person_hands", people.wataru.public_id), sent).status_code == 403
    assert "law" in lead.get(at("person", people.wataru.public_id)).content.decode()


def test_a_vendor_has_languages_and_fields(people: Cast) -> None:
    client = client_for(people.minato)
    form = {"name": "Kaede Writing", "is_active": "on", "languages": ["ja"], "competences": ["law", "medicine"]}
    assert client.post(at("vendor_edit", people.kaede.public_id), form).status_code == 302
    assert "medicine and health" in client.get(at("vendor", people.kaede.public_id)).content.decode()

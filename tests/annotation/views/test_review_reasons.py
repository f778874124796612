"""Reasons of review: added and changed by operators, in versions that verdicts keep, and linked to the guideline."""

import pytest
from django.test import Client

from annotation.models import AuditNote, Review, ReviewReason
from annotation.services.reviews import review_return
from tests.cast import Cast, cast
from tests.factories.records import make_reason, make_review_held, make_submission, make_task

pytestmark = pytest.mark.django_db
WORDS = {"label_ja": "出典がない", "label_en": "No source", "section": "Sources", "sort_order": 1, "is_active": "on"}


@pytest.fixture
def people() -> Cast:
    make_reason("instruction_missed")
    return cast()


def test_a_verdict_keeps_the_words_it_was_given_under(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    assert client.post("/review/reasons/new/", {"code": "no_source", **WORDS}).status_code == 302
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client.force_login(people.ren)
    desk = client.get(f"/review/{task.public_id}/").content.decode()
    assert "No source" in desk or "出典がない" in desk
    assert f"/{task.work_order.guideline_version.version}/#:~:text=Sources" in desk
    review_return(reviewer=people.ren, task=task, reasons=["no_source"], comment="Name it.")
    client.force_login(people.minato)
    changed = {**WORDS, "label_ja": "根拠がない", "label_en": "No evidence", "section": ""}
    assert client.post("/review/reasons/no_source/", changed).status_code == 302
    assert Review.objects.get().reason_keys == ["no_source@1"]
    assert ReviewReason.objects.get(code="no_source").version == 2
    page = client.get("/review/reasons/no_source/").content.decode()
    assert "出典がない" in page and "根拠がない" in page and "Minato" in page
    client.force_login(people.wataru)
    mine = client.get(f"/work/tasks/{task.public_id}/").content.decode()
    assert "出典がない" in mine or "No source" in mine
    assert "根拠がない" not in mine and "No evidence" not in mine and "#:~:text=Sources" in mine
    assert AuditNote.objects.filter(details__what="review_reason").count() == 2


def test_only_words_make_a_version_and_what_is_out_of_use_is_not_offered(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    reason = ReviewReason.objects.get(code="instruction_missed")
    same = {"label_ja": reason.label_ja, "label_en": reason.label_en, "section": "", "is_active": "on"}
    client.post("/review/reasons/instruction_missed/", {**same, "sort_order": 70})
    reason.refresh_from_db()
    assert (reason.version, reason.sort_order) == (1, 70)
    client.post("/review/reasons/instruction_missed/", {**same, "sort_order": 70, "is_active": ""})
    reason.refresh_from_db()
    assert (reason.version, reason.is_active) == (2, False)
    task = make_review_held(make_submission(make_task(people), people.wataru), people.ren)
    client.force_login(people.ren)
    assert 'value="instruction_missed"' not in client.get(f"/review/{task.public_id}/").content.decode()


def test_bad_words_and_other_people_are_refused(people: Cast, client: Client) -> None:
    client.force_login(people.minato)
    taken = client.post("/review/reasons/new/", {"code": "instruction_missed", **WORDS})
    assert taken.status_code == 400 and taken.context["form"].errors.keys() == {"code"}
    for wrong in ({"label_ja": " "}, {"code": "no space"}, {"sort_order": -1}):
        refused = client.post("/review/reasons/new/", {"code": "fresh", **WORDS, **wrong})
        assert refused.status_code == 400 and refused.context["form"].errors.keys() == wrong.keys()
    assert client.get("/review/reasons/unknown/").status_code == 404
    for other in (people.ren, people.luna, people.wataru):
        client.force_login(other)
        for address in ("/review/reasons/", "/review/reasons/new/", "/review/reasons/instruction_missed/"):
            assert client.get(address).status_code == 403, (other, address)
    assert not ReviewReason.objects.filter(code="fresh").exists()

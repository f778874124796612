"""What people do reaches the audit: every table that names a person is in it, or it is said here why not."""

import pytest
from django.apps import apps
from django.db import models

from annotation.models import AuditEntry, AuditNote
from annotation.selectors.audit import audit_lines
from annotation.selectors.audit_sources import SOURCES
from annotation.selectors.messages import order_thread_for
from annotation.services.audit import chain_catch_up
from annotation.services.guidance import example_add, example_remove, guideline_read
from annotation.services.known import known_add, known_retire
from annotation.services.messages import message_send
from annotation.views.audit_words import WHAT_WORDS, line_words
from config.models import AppendOnly
from tests.cast import cast
from tests.factories.records import make_record, make_slots, make_text
from tests.factories.traces import make_trace_choice
from vendors.models import Earning, User
from vendors.services import amendment_decline, amendment_propose, earning_correct
from vendors.services.access import access_token_create, access_token_revoke
from vendors.services.webhooks import webhook_create, webhook_end

# Acts on these are written down by their services, as notes: their rows change or go, so that no digest can hold.
NOTED = {
    "AccessToken", "CalibrationItem", "Example", "Holding", "HoldingTransition", "Invitation", "KnownAnswer", "Lot", "Membership",
    "Message", "OrderVersion", "PartnerKey", "QualificationVersion", "ReviewReasonVersion", "Transfer", "Trial", "Webhook", "BulkJob",
}  # fmt: skip
# The acts on these are moves, which have logs of their own.
MOVED = {"WorkOrder", "Task", "Release", "Submission", "InstructionSkip", "ReviewPass", "Draft", "PendingVerdict"}
LEFT_OUT = {
    "AuditEntry": "the audit itself",
    "CalibrationReading": "an exercise, which moves and pays nothing",
    "DayVerdicts": "a summary of verdicts, which are in",
    "KeptAnswer": "the answer to a request whose act is in",
    "Letter": "sent by the system because of an act that is in",
    "MessageMark": "how far somebody has read",
    "ReferenceTransition": "moved by the system alone",
    "SavedView": "a person's own bookmark, which nobody else sees",
}
OF_A_PERSON = {"by", "actor_id", "auditor", "confirmed_by", "created_by", "decided_by"}


def _names_a_person(model: type[models.Model]) -> bool:
    fields = model._meta.concrete_fields
    return any(field.name in OF_A_PERSON or (field.is_relation and field.related_model is User) for field in fields)


def test_every_table_that_names_a_person_is_in_the_audit_or_left_out_for_a_reason() -> None:
    entered = {source.table for source in SOURCES}
    ours = [model for model in apps.get_models() if model._meta.app_label in {"annotation", "collection", "vendors"}]
    named = {model.__name__ for model in ours if model._meta.db_table not in entered and _names_a_person(model)}
    assert named == NOTED | MOVED | set(LEFT_OUT)
    # What a digest covers has to stand; verdicts do by triggers of their own.
    kept = {model._meta.db_table for model in ours if issubclass(model, AppendOnly)}
    assert entered - kept == {"annotation_review"}


@pytest.mark.django_db
def test_acts_of_every_kind_are_entered_with_who_did_them_and_in_words() -> None:
    people = cast()
    task = make_record(people)
    order = task.work_order
    token, _secret = access_token_create(user=people.luna, name="Ours", scopes=["orders"])
    access_token_revoke(token=token)
    access_token_revoke(token=token)  # nothing happens, and nothing is said
    webhook, _secret = webhook_create(by=people.luna, url="https://1.1.1.1/hooks", events=["order.issued"])
    webhook_end(webhook=webhook, by=people.riku)
    known = known_add(
        by=people.minato, guideline=order.guideline_version.guideline, language="ja", instruction="港の朝を描いてください。",
        text=make_text(), is_good=True, explanation="目に浮かぶ。",
    )  # fmt: skip
    known_retire(by=people.aoi, answer=known)
    example_add(by=people.ren, task=task, note="目に浮かぶ。")
    example_remove(by=people.rin, task=task)
    message_send(by=people.luna, thread=order_thread_for(people.luna, order.public_id), text="納期の相談です。")
    noted = AuditNote.objects.order_by("pk").values_list("details__what", "user__name")
    assert list(noted)[-9:] == [
        ("token_made", "Luna"), ("token_revoked", "Luna"), ("webhook_made", "Luna"), ("webhook_ended", "Riku"),
        ("known_added", "Minato"), ("known_retired", "Aoi"), ("example_shown", "Ren"), ("example_taken_away", "Rin"),
        ("message", "Luna"),
    ]  # fmt: skip
    assert "納期" not in str(list(AuditNote.objects.values_list("details", "why")))

    guideline_read(user=people.wataru, version=order.guideline_version)
    make_trace_choice(people.wakana, is_recorded=False)
    earning_correct(line=Earning.objects.get(), amount=-20, why="agreed by telephone", by=people.fumi)
    chain_catch_up()
    entries = AuditEntry.objects.filter(source__in=["guideline_read", "recording", "correction"]).order_by("position")
    told = [(line_words(line).who, line_words(line).what, line_words(line).why) for line in audit_lines(entries)]
    assert ("Wataru", "Guideline read", "") in told
    assert ("Wakana", "Choice about the writing trace: not recorded", "") in told
    # The line that was paid is no act of anybody's: its correction is.
    assert [line for line in told if line[1] == "Earning corrected"] == [
        ("Fumi", "Earning corrected", "agreed by telephone")
    ]


@pytest.mark.django_db
def test_a_proposal_and_its_refusal_name_both_sides() -> None:
    people = cast()
    order = make_slots(people)[0].work_order
    version = amendment_propose(order=order, changes={"unit_price": 900}, why="More was asked for", by=people.minato)
    amendment_decline(version=version, by=people.luna, why="Too little")
    noted = AuditNote.objects.filter(subject_id=str(order.public_id)).order_by("pk")
    assert list(noted.values_list("details__what", "user__name", "why"))[-2:] == [
        ("amendment_proposed", "Minato", "More was asked for"),
        ("amendment_declined", "Luna", "Too little"),
    ]
    assert {"amendment_proposed", "amendment_declined"} <= set(WHAT_WORDS)

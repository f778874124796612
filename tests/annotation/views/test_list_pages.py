"""Every page with a list costs as many queries with thirty rows as with one: nothing on it asks once for each row."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from annotation.models import BulkJob, KnownAnswer, Message, Release, SavedView
from annotation.services.audit import chain_catch_up
from config.audit import act_note
from config.sealing import seal
from tests.cast import Cast, cast
from tests.clients import client_for
from tests.factories.collection import make_instruction, make_participant
from tests.factories.qualifications import make_qualification
from tests.factories.records import make_acceptance, make_reason, make_slots, make_submission
from tests.factories.vendors import make_earning, make_guideline, make_organisation, make_user, make_work_order
from vendors.models import AccessToken, Statement, Transfer, Webhook, WorkOrder

pytestmark = pytest.mark.django_db

MORE = 29
WRITTEN = 6  # of the rows, for a text takes the longest to make
PAGES = {
    "aoi": (
        "/ops/", "/ops/search/?kind=record&status=queued", "/ops/search/?kind=instruction&status=held", "/ops/search/?q=Person",
        "/ops/not-clean/", "/ops/bulk/", "/ops/audit/", "/ops/passed-on/", "/ops/known-answers/", "/ops/releases/",
        "/ops/instructions/", "/ops/instructions/participants/", "/ops/terms/", "/ops/budget/", "/people/", "/vendors/",
        "/agreements/", "/guidelines/", "/qualifications/", "/orders/", "/statements/", "/messages/", "/security/tokens/",
        "/webhooks/", "/review/reasons/", "/review/quality/",
    ),
    "ren": ("/review/", "/ops/instructions/", "/messages/"),
    "fumi": ("/statements/", "/transfers/"),
    "luna": ("/orders/", "/people/", "/statements/", "/earnings/", "/messages/"),
    "wataru": ("/work/", "/work/history/", "/work/quality/", "/messages/", "/guidelines/"),
}  # fmt: skip


def grow(people: Cast, order: WorkOrder, number: int) -> None:
    """So many rows more of everything that a page lists."""
    version = order.guideline_version
    for _row in range(number):
        make_instruction(participant=make_participant(), status="held")
        make_work_order(by=people.minato, vendor=people.kaede, guideline_version=version)
        make_earning(work_order=order, writer=people.wataru)
        make_user(organisation=people.kaede)
        make_organisation()
        make_guideline()
        act_note(by=people.aoi, act="exported", what="audit")
    for _row in range(number):
        name = f"{uuid4()}"[:8]
        make_qualification(people.minato, name=name)
        make_reason(f"reason_{name}")
        Release.objects.create(name=name)
        BulkJob.objects.create(action="reject", why="off the subject", by=people.aoi)
        SavedView.objects.create(user=people.aoi, page="search", name=name)
        AccessToken.objects.create(user=people.aoi, name=name, prefix="hti_", token_sha256=name)
        Webhook.objects.create(
            organisation=people.operator, url="https://1.1.1.1/", sealed_secret=seal("secret"), created_by=people.aoi
        )
        KnownAnswer.objects.create(
            guideline=version.guideline,
            instruction="朝。",
            text="夜。",
            is_good=False,
            explanation="違う。",
            by=people.aoi,
        )
        Message.objects.create(
            work_order=order, author=people.luna, role="lead", is_by_operator=False, text="お願いします。"
        )
        month = date(2020, 1, 1) + timedelta(days=31 * (Statement.objects.count() + 1))
        Statement.objects.create(vendor=people.kaede, month=month.replace(day=1))
        Transfer.objects.create(pay_on=month, count=1, amount=1, sealed=seal("file"), made_by=people.fumi)
    for task in make_slots(people, number)[:WRITTEN]:
        make_submission(task, people.wataru)
    chain_catch_up()


def costs(people: Cast) -> dict[str, int]:
    """The queries of a visit to each page, by who comes and where to."""
    told = {}
    for name, addresses in PAGES.items():
        client = client_for(getattr(people, name))
        for address in addresses:
            with CaptureQueriesContext(connection) as seen:
                assert client.get(address).status_code == 200
            told[f"{name} {address}"] = len(seen)
    return told


def test_every_list_costs_as_many_queries_with_thirty_rows_as_with_one() -> None:
    people = cast()
    first, _second = make_slots(people, 2)
    order = first.work_order
    make_acceptance(make_submission(first, people.wataru), people.ren)
    grow(people, order, 1)
    few = costs(people)
    grow(people, order, MORE)
    many = costs(people)
    # A first visit may cost more, for it fills what is kept.
    assert {address: (few[address], many[address]) for address in few if few[address] < many[address]} == {}
    assert max(many.values()) < 40

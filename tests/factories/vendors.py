"""Rows of people and money for tests. What has rules goes through the services."""

from datetime import datetime, timedelta
from itertools import count
from typing import Any
from uuid import UUID, uuid4

from django.test import Client
from django.utils import timezone

from vendors.models import (
    Agreement,
    Earning,
    GuidelineVersion,
    Organisation,
    Role,
    Signature,
    User,
    WorkOrder,
)
from vendors.selectors import agreement_in_force, month_of_receipt
from vendors.selectors.access import scopes_for
from vendors.services import (
    agreement_publish,
    agreement_sign,
    earning_record,
    guideline_publish,
    membership_start,
    organisation_create,
    user_create,
    work_order_accept,
    work_order_create,
    work_order_issue,
)
from vendors.services.access import access_token_create

PASSWORD = "kumo-no-ito-2026"  # everybody in the tests signs in with this

_serial = count(1)


def make_token_client(user: User, *scopes: str) -> Client:
    """A program that comes with a new token of the person's, for what their roles allow unless `scopes` are named."""
    _token, secret = access_token_create(user=user, name="A program", scopes=scopes or scopes_for(user))
    return Client(headers={"authorization": f"Bearer {secret}", "accept": "application/json"})


def make_organisation(*, kind: str = Organisation.Kind.COMPANY, name: str = "", **fields: Any) -> Organisation:
    return organisation_create(kind=kind, name=name or f"Vendor {next(_serial)}", **fields)


def make_user(
    *, organisation: Organisation | None = None, role: str = Role.WRITER, name: str = "", email: str = "", **fields: Any
) -> User:
    """An account; with an organisation, one that holds `role` there."""
    number = next(_serial)
    user = user_create(
        email=email or f"person{number}@example.jp",
        name=name or f"Person {number}",
        password=fields.pop("password", PASSWORD),
        language=fields.pop("language", "en"),
        **fields,
    )
    if organisation is not None:
        membership_start(user=user, organisation=organisation, role=role, by=None)
    return user


def make_agreement(*, body_ja: str = "", body_en: str = "") -> Agreement:
    """A new version in force."""
    number = next(_serial)
    return agreement_publish(
        body_ja=body_ja or f"# 執筆契約 {number}\n\n人が書きます。",
        body_en=body_en or f"# Agreement {number}\n\nA person writes.",
        by=None,
    )


def make_signature(user: User) -> Signature:
    """A signature on the version in force, which is made if there is none."""
    if agreement_in_force() is None:
        make_agreement()
    return agreement_sign(user=user, language=user.language, name_as_signed=user.name, address="192.0.2.7")


def make_guideline(*, name: str = "") -> GuidelineVersion:
    return guideline_publish(
        name=name or f"Guideline {next(_serial)}",
        body_ja="# 執筆の手引き\n\n自分の言葉で書いてください。",
        body_en="# How to write\n\nUse your own words.",
        by=None,
    )


def make_work_order(*, by: User, vendor: Organisation, **fields: Any) -> WorkOrder:
    """A draft by a manager of the operator."""
    terms: dict[str, Any] = {
        "title": "Everyday questions",
        "quantity": 10,
        "unit_price": 480,
        "due_on": timezone.localdate() + timedelta(days=30),
        "language": "ja",
        **fields,
    }
    terms["guideline_version"] = terms.get("guideline_version") or make_guideline()
    return work_order_create(by=by, vendor=vendor, **terms)


def make_active_order(*, by: User, lead: User, vendor: Organisation, **fields: Any) -> WorkOrder:
    """An order that was issued and accepted. Whoever listens to `work_order_moved` has filled its queue, or refused."""
    order = work_order_issue(order=make_work_order(by=by, vendor=vendor, **fields), by=by)
    return work_order_accept(order=order, by=lead)


def make_earning(
    *, work_order: WorkOrder, writer: User, submission_id: UUID | None = None, received_at: datetime | None = None
) -> Earning:
    return earning_record(
        vendor=work_order.vendor,
        writer=writer,
        work_order=work_order,
        submission_id=submission_id or uuid4(),
        received_at=received_at or timezone.now(),
    )


def make_earning_at(at: datetime, *, work_order: WorkOrder, writer: User, amount: int | None = None) -> Earning:
    """A line as if it had been entered at `at`: the ledger's own clock cannot be set, so the row is written past it."""
    line = Earning(
        vendor=work_order.vendor,
        writer=writer,
        work_order=work_order,
        submission_id=uuid4(),
        amount=work_order.unit_price if amount is None else amount,
        currency=work_order.currency,
        received_at=at,
        month=month_of_receipt(at),
    )
    field = Earning._meta.get_field("at")
    field.auto_now_add = False
    try:
        line.at = at
        line.save()
    finally:
        field.auto_now_add = True
    return line

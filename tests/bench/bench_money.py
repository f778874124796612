"""A month's statements: 52,000 acceptances of twenty vendors, made, approved and printed."""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from tests.bench import place
from tests.bench.report import Figure

ACCEPTANCES, VENDORS, ORDERS, WRITERS = 52_000, 20, 3, 5
TARGET_SECONDS = 10
RECEIVED_AT = datetime(2026, 5, 12, 3, tzinfo=UTC)


def measure(rounds: int) -> Iterator[Figure]:
    """Yield the seconds for all statements of the month, and for their papers."""
    done = [one_round() for _ in range(rounds)]
    name = f"statements, {ACCEPTANCES} acceptances of {VENDORS} vendors"
    made, printed = zip(*done, strict=True)
    yield Figure(f"{name}: made and approved", list(made), "s", at_most=TARGET_SECONDS)
    yield Figure(f"{name}: printed, with their lines as CSV", list(printed), "s")


def one_round() -> tuple[float, float]:
    """On a fresh database: the seconds to make and approve, and to print."""
    from django.core.management import call_command
    from django.db import connections

    connections.close_all()
    place.database_drop(place.DATABASE)
    with place.server() as server:
        server.execute(f'CREATE DATABASE "{place.DATABASE}"')
    call_command("migrate", interactive=False, verbosity=0)
    finance = _fill()
    from vendors.services import statement_approve, statements_prepare

    statements: list[Any] = []

    def make() -> None:
        made = statements_prepare(month=RECEIVED_AT.date(), by=finance)
        statements.extend(statement_approve(statement=one, by=finance) for one in made)

    seconds = _seconds(make)
    if sum(one.line_count for one in statements) != ACCEPTANCES or len(statements) != VENDORS:
        raise AssertionError("The statements do not hold every acceptance.")
    return seconds, _seconds(lambda: [_print(one) for one in statements])


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _print(statement: Any) -> None:
    from vendors.papers.ledger import ledger_csv
    from vendors.papers.statement import statement_facts, statement_pdf
    from vendors.selectors import JAPAN, earnings_of_month

    statement_pdf(statement_facts(statement))
    lines = earnings_of_month(statement.vendor, statement.month).select_related("work_order", "writer")
    ledger_csv(lines.order_by("pk"), JAPAN)


def _fill() -> Any:
    from tests.bench.stock import copy_in
    from tests.factories.vendors import make_guideline, make_organisation, make_user, make_work_order
    from vendors.models import Earning
    from vendors.selectors import month_of_receipt

    house = make_organisation(kind="operator", name="Hitode")
    manager = make_user(organisation=house, role="manager")
    finance = make_user(organisation=house, role="finance")
    guideline = make_guideline()
    vendors = [make_organisation() for _ in range(VENDORS)]
    orders = {
        vendor.pk: [make_work_order(by=manager, vendor=vendor, guideline_version=guideline) for _ in range(ORDERS)]
        for vendor in vendors
    }
    writers = {vendor.pk: [make_user(organisation=vendor) for _ in range(WRITERS)] for vendor in vendors}

    def line(number: int) -> dict[str, Any]:
        vendor = vendors[number % VENDORS]
        order = orders[vendor.pk][number // VENDORS % ORDERS]
        return {
            "id": number + 1,
            "vendor_id": vendor.pk,
            "writer_id": writers[vendor.pk][number // VENDORS % WRITERS].pk,
            "work_order_id": order.pk,
            "submission_id": uuid4(),
            "amount": order.unit_price,
            "currency": "JPY",
            "received_at": RECEIVED_AT,
            "month": month_of_receipt(RECEIVED_AT),
        }

    copy_in(Earning, (line(number) for number in range(ACCEPTANCES)))
    return finance

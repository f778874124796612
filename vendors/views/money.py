"""Earnings of writers, and the monthly statements of vendors."""

from datetime import date, timedelta
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from config.access import role_required, seat_of
from config.errors import NotFound
from vendors.models import Organisation, Role, Statement
from vendors.selectors import (
    MONEY,
    Seat,
    due_list,
    earning_list_for,
    earning_totals_for,
    history_list,
    month_sums,
    order_line_list,
    share_list,
    statement_get_for,
    vendor_month_list_for,
    vendor_with_money_get_for,
)
from vendors.services import statement_approve, statement_pay, statement_prepare, statements_prepare
from vendors.services.alerts import WARN_DAYS
from vendors.services.money import consumption_tax
from vendors.states import StatementStatus

EARNINGS_PER_PAGE = 25
MONTHS_PER_PAGE = 50
CURRENCY = "JPY"


@role_required(Role.WRITER, Role.LEAD)
@require_GET
def earnings(request: HttpRequest) -> HttpResponse:
    """What was earned, line by line: a writer's own, a lead's whole vendor."""
    seat = cast(Seat, seat_of(request))
    page = Paginator(earning_list_for(seat.user), EARNINGS_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "totals": earning_totals_for(seat.user),
        "seat": seat,
        "leads": seat.has_role(Role.LEAD),
    }
    return render(request, "vendors/earnings.html", context)


@role_required(*MONEY, Role.LEAD)
@require_GET
def statements(request: HttpRequest) -> HttpResponse:
    """Every month in which a vendor earned."""
    seat = cast(Seat, seat_of(request))
    page = Paginator(vendor_month_list_for(seat.user), MONTHS_PER_PAGE).get_page(request.GET.get("page"))
    lines = [
        {
            "month": line,
            "tax": consumption_tax(line.amount),
            "total": line.amount + consumption_tax(line.amount),
            "status": StatementStatus(line.statement.status) if line.statement else None,
        }
        for line in page
    ]
    today = timezone.localdate()
    handles = seat.has_role(*MONEY)
    context = {
        "page_obj": page,
        "lines": lines,
        "seat": seat,
        "due": due_list(today, WARN_DAYS) if handles else [],
        "last_month": (today.replace(day=1) - timedelta(days=1)).replace(day=1) if handles else None,
    }
    return render(request, "vendors/statements.html", context)


@role_required(*MONEY)
@require_POST
def prepare_all(request: HttpRequest) -> HttpResponse:
    """Make last month's statement for every vendor that earned."""
    last = (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)
    count = len(statements_prepare(month=last, by=cast(Any, request.user)))
    text = ngettext("%(count)s statement is made.", "%(count)s statements are made.", count) % {"count": count}
    messages.success(request, text)
    return redirect("vendors:statements")


@role_required(*MONEY, Role.LEAD)
@require_GET
def statement(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """One vendor's month: by order, by writer, tax and total, and the statement over it."""
    seat = cast(Seat, seat_of(request))
    vendor, day = vendor_month(request, public_id, year, month)
    if not (orders := order_line_list(vendor, day, CURRENCY)):
        raise NotFound()
    found = statement_get_for(seat.user, vendor, day, CURRENCY)
    net = sum(line.amount for line in orders)
    handles = seat.has_role(*MONEY)
    context = {
        "vendor": vendor,
        "month": day,
        "currency": CURRENCY,
        "orders": orders,
        "shares": share_list(vendor, day, CURRENCY),
        "line_count": sum(line.line_count for line in orders),
        "net": net,
        "tax": consumption_tax(net),
        "total": net + consumption_tax(net),
        "statement": found,
        "pay_by": found.pay_by if found and found.approved_at else month_sums(vendor, day, CURRENCY).pay_by,
        "today": timezone.localdate(),
        "status": StatementStatus(found.status) if found else None,
        "history": [
            {"line": line, "label": StatementStatus(line.status).label}
            for line in (history_list(found) if found else [])
        ],
        "may_prepare": handles and found is None,
        "may_approve": handles and found is not None and found.status == StatementStatus.DRAFT,
        "may_pay": seat.has_role(Role.OWNER, Role.FINANCE)
        and found is not None
        and found.status == StatementStatus.APPROVED
        and found.transfer_id is None,
    }
    return render(request, "vendors/statement.html", context)


@role_required(*MONEY)
@require_POST
def prepare(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """Make the month's statement."""
    vendor, day = vendor_month(request, public_id, year, month)
    statement_prepare(vendor=vendor, month=day, by=cast(Any, request.user))
    return _done(request, vendor, day, _("The statement was made."))


@role_required(*MONEY)
@require_POST
def approve(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """Fix the statement's sums."""
    vendor, day = vendor_month(request, public_id, year, month)
    statement_approve(statement=made(request, vendor, day), by=cast(Any, request.user))
    return _done(request, vendor, day, _("The statement is approved."))


@role_required(Role.OWNER, Role.FINANCE)
@require_POST
def pay(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """Write down that it was paid."""
    vendor, day = vendor_month(request, public_id, year, month)
    statement_pay(statement=made(request, vendor, day), by=cast(Any, request.user))
    return _done(request, vendor, day, _("The statement is marked as paid."))


def vendor_month(request: HttpRequest, public_id: UUID, year: int, month: int) -> tuple[Organisation, date]:
    """The vendor and the first day of the month that an address names; raises NotFound."""
    try:
        day = date(year, month, 1)
    except ValueError:
        raise NotFound() from None
    return vendor_with_money_get_for(request.user, public_id), day


def made(request: HttpRequest, vendor: Organisation, month: date) -> Statement:
    """The statement over the month; raises NotFound."""
    found = statement_get_for(request.user, vendor, month, CURRENCY)
    if found is None:
        raise NotFound()
    return found


def _done(request: HttpRequest, vendor: Organisation, month: date, message: str) -> HttpResponse:
    messages.success(request, message)
    return redirect("vendors:statement", vendor.public_id, month.year, month.month)

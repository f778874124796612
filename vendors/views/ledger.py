"""A vendor's month line by line: the list, corrections, and the statement as PDF and CSV."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from config.access import role_required, seat_of
from config.audit import act_note
from config.errors import NotFound
from vendors.forms.money import CorrectionForm
from vendors.models import Role
from vendors.papers.ledger import ledger_csv
from vendors.papers.statement import statement_facts, statement_pdf
from vendors.selectors import JAPAN, MONEY, Seat, earning_list_for, earnings_of_month, line_get_for
from vendors.services import earning_correct
from vendors.views.money import CURRENCY, made, vendor_month

LINES_PER_PAGE = 50


@role_required(*MONEY, Role.LEAD)
@require_GET
def lines(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """The lines of a vendor's month, newest first."""
    seat = cast(Seat, seat_of(request))
    vendor, day = vendor_month(request, public_id, year, month)
    rows = earning_list_for(seat.user).filter(vendor=vendor, month=day, currency=CURRENCY)
    context = {
        "vendor": vendor,
        "month": day,
        "page_obj": Paginator(rows, LINES_PER_PAGE).get_page(request.GET.get("page")),
        "may_correct": seat.has_role(Role.OWNER, Role.FINANCE),
    }
    return render(request, "vendors/statement_lines.html", context)


@role_required(Role.OWNER, Role.FINANCE)
@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, public_id: UUID, year: int, month: int, pk: int) -> HttpResponse:
    """Enter a correction of one line."""
    vendor, day = vendor_month(request, public_id, year, month)
    line = line_get_for(request.user, vendor, pk)
    form = CorrectionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        new = earning_correct(line=line, by=cast(Any, request.user), **form.cleaned_data)
        messages.success(request, _("The correction was entered. It is part of the statement of its month."))
        return redirect("vendors:statement_lines", vendor.public_id, new.month.year, new.month.month)
    context = {"vendor": vendor, "month": day, "line": line, "form": form}
    return render(request, "vendors/correction_form.html", context, status=422 if form.is_bound else 200)


@role_required(*MONEY, Role.LEAD)
@require_GET
def pdf(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """The approved statement as PDF, always as it was approved."""
    vendor, day = vendor_month(request, public_id, year, month)
    statement = made(request, vendor, day)
    if statement.document is None:
        raise NotFound()
    act_note(by=request.user, act="exported", subject_kind="vendor", subject_id=vendor.public_id, what="statement_pdf")
    content = statement_pdf(statement_facts(statement))
    return file_response(content, "application/pdf", f"statement-{statement.number}.pdf", is_shown=True)


@role_required(*MONEY, Role.LEAD)
@require_GET
def csv(request: HttpRequest, public_id: UUID, year: int, month: int) -> HttpResponse:
    """The lines of a vendor's month as CSV."""
    vendor, day = vendor_month(request, public_id, year, month)
    rows = earnings_of_month(vendor, day, CURRENCY).select_related("work_order", "writer").order_by("pk")
    act_note(by=request.user, act="exported", subject_kind="vendor", subject_id=vendor.public_id, what="statement_csv")
    return file_response(ledger_csv(rows, JAPAN), "text/csv; charset=utf-8", f"statement-{day:%Y%m}.csv")


def file_response(content: bytes, kind: str, name: str, *, is_shown: bool = False) -> HttpResponse:
    """A file that no cache keeps, to be saved, or shown when `is_shown`."""
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'{"inline" if is_shown else "attachment"}; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response

"""Bank accounts, and the transfers that pay statements."""

from dataclasses import asdict
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.access import role_required, seat_of
from config.errors import NotFound
from vendors.forms.money import BankAccountForm, TransferForm
from vendors.models import Organisation, Role
from vendors.selectors import (
    Seat,
    bank_account_of,
    operator_get,
    transfer_get_for,
    transfer_list_for,
    transferables,
    vendor_get_for,
)
from vendors.services import (
    bank_account_enter,
    bank_account_open,
    transfer_confirm,
    transfer_discard,
    transfer_make,
    transfer_open,
)

TRANSFERS_SHOWN = 24


@role_required(Role.FINANCE, Role.LEAD)
@require_http_methods(["GET", "POST"])
def bank(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a vendor is paid: a lead enters it, finance reads it too."""
    return _bank(request, vendor_get_for(request.user, public_id), is_payer=False)


@role_required(Role.FINANCE)
@require_http_methods(["GET", "POST"])
def payer(request: HttpRequest) -> HttpResponse:
    """The account from which the operator pays."""
    operator = operator_get()
    if operator is None:
        raise NotFound()
    return _bank(request, operator, is_payer=True)


def _bank(request: HttpRequest, organisation: Organisation, *, is_payer: bool) -> HttpResponse:
    seat = cast(Seat, seat_of(request))
    opens = seat.has_role(Role.FINANCE)
    account = bank_account_open(organisation=organisation, by=seat.user) if opens else None
    initial = asdict(account) if account is not None else None
    form = BankAccountForm(request.POST or None, is_payer=is_payer, initial=initial)
    if request.method == "POST" and form.is_valid():
        bank_account_enter(organisation=organisation, account=form.account(), by=seat.user)
        messages.success(request, _("The bank account is saved, encrypted."))
        if is_payer:
            return redirect("vendors:transfers")
        return redirect("vendors:bank", organisation.public_id)
    context = {
        "organisation": organisation,
        "form": form,
        "entered": bank_account_of(organisation),
        "is_payer": is_payer,
        "opens": opens,
    }
    return render(request, "vendors/bank_account.html", context, status=422 if form.is_bound else 200)


@role_required(Role.FINANCE)
@require_http_methods(["GET", "POST"])
def transfers(request: HttpRequest) -> HttpResponse:
    """What can be paid, the files that were made, and making one."""
    form = TransferForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        transfer_make(pay_on=form.cleaned_data["pay_on"], by=cast(Any, request.user))
        messages.success(request, _("The file is ready. Give it to the bank, then confirm the transfer here."))
        return redirect("vendors:transfers")
    waiting = list(transferables())
    operator = operator_get()
    context = {
        "form": form,
        "waiting": waiting,
        "total": sum(statement.total_amount for statement in waiting),
        "today": timezone.localdate(),
        "transfers": transfer_list_for(request.user)[:TRANSFERS_SHOWN],
        "has_payer": operator is not None and bank_account_of(operator) is not None,
    }
    return render(request, "vendors/transfers.html", context, status=422 if form.is_bound else 200)


@role_required(Role.FINANCE)
@require_GET
def file(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bank's file."""
    transfer = transfer_get_for(request.user, public_id)
    content = transfer_open(transfer=transfer, by=cast(Any, request.user))
    response = HttpResponse(content, content_type="text/plain; charset=shift_jis")
    response["Content-Disposition"] = f'attachment; filename="zengin-{transfer.pay_on:%Y%m%d}-{transfer.pk}.txt"'
    response["Cache-Control"] = "private, no-store"
    return response


@role_required(Role.FINANCE)
@require_POST
def confirm(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bank paid."""
    transfer_confirm(transfer=transfer_get_for(request.user, public_id), by=cast(Any, request.user))
    messages.success(request, _("The transfer is confirmed, and its statements are marked as paid."))
    return redirect("vendors:transfers")


@role_required(Role.FINANCE)
@require_POST
def discard(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The bank did not pay."""
    transfer_discard(transfer=transfer_get_for(request.user, public_id), by=cast(Any, request.user))
    messages.success(request, _("The file is discarded. Its statements wait for another."))
    return redirect("vendors:transfers")

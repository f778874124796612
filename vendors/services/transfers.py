"""Bank accounts, and transfers that pay approved statements by a bank's file. Both are sealed; finance alone opens them."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput, NotFound
from config.sealing import seal, unseal
from vendors.errors import BankAccountMissing, NothingToTransfer, TransferDone
from vendors.models import BankAccount, Organisation, Role, Statement, Transfer, User
from vendors.papers.zengin import Account, Unwritable, transfer_file
from vendors.permissions import require_role
from vendors.selectors import bank_account_list, operator_get, transferables
from vendors.services.statements import statement_mark_paid

SATURDAY = 5


@transaction.atomic
def bank_account_enter(*, organisation: Organisation, account: Account, by: User) -> BankAccount:
    """Enter where an organisation is paid; the newest is in force. Finance for anybody, a lead for the own vendor.

    Raises RoleMissing, NotFound, and BadInput for names that banks cannot write.
    """
    seat = require_role(by, Role.FINANCE, Role.LEAD)
    if not seat.has_role(Role.FINANCE) and seat.organisation.pk != organisation.pk:
        raise NotFound()
    try:
        transfer_file(account, timezone.localdate(), [(account, 1, "1")])
    except Unwritable as error:
        raise BadInput(_("Banks write names in kana, Latin letters and digits alone.")) from error
    return BankAccount.objects.create(organisation=organisation, sealed=seal(asdict(account)), by=by)


def bank_account_open(*, organisation: Organisation, by: User) -> Account | None:
    """The account in force, in the clear, for finance alone; raises RoleMissing."""
    require_role(by, Role.FINANCE)
    account = _accounts([organisation.pk]).get(organisation.pk)
    if account is not None:
        act_note(by=by, act="saw", subject_kind="vendor", subject_id=organisation.public_id, what="bank_account")
    return account


@transaction.atomic
def transfer_make(*, pay_on: date, by: User) -> Transfer:
    """Make the bank's file for every approved statement in yen that is in no transfer. Locks the statements.

    Raises BadInput for a day on which banks are closed or that is too late for a statement, NothingToTransfer, and
    BankAccountMissing.
    """
    require_role(by, Role.FINANCE)
    if pay_on < timezone.localdate() or pay_on.weekday() >= SATURDAY:
        raise BadInput(_("Choose a weekday that has not passed."))
    statements = list(transferables().select_for_update(of=("self",)))
    operator = operator_get()
    if not statements or operator is None:
        raise NothingToTransfer()
    for statement in statements:
        pay_by = statement.pay_by
        if pay_by is not None and is_too_late(pay_by, pay_on, timezone.localdate()):
            said = {"name": statement.vendor.name, "day": date_format(pay_by, "SHORT_DATE_FORMAT")}
            raise BadInput(_("%(name)s has to be paid by %(day)s. Choose a weekday that is not after it.") % said)
    accounts = _accounts([operator.pk, *(statement.vendor_id for statement in statements)])
    if operator.pk not in accounts or not accounts[operator.pk].client_code:
        raise _missing([operator.name])
    if missing := [s.vendor.name for s in statements if s.vendor_id not in accounts]:
        raise _missing(list(dict.fromkeys(missing)))
    payments = [(accounts[s.vendor_id], s.total_amount, str(s.pk)) for s in statements]
    file = transfer_file(accounts[operator.pk], pay_on, payments)
    made = Transfer.objects.create(
        pay_on=pay_on,
        count=len(statements),
        amount=sum(statement.total_amount for statement in statements),
        sealed=seal(b64encode(file).decode()),
        made_by=by,
    )
    Statement.objects.filter(pk__in=[statement.pk for statement in statements]).update(transfer=made)
    _noted(made, by, "transfer_made")
    return made


def transfer_open(*, transfer: Transfer, by: User) -> bytes:
    """The bank's file; raises RoleMissing."""
    require_role(by, Role.FINANCE)
    act_note(by=by, act="exported", subject_kind="transfer", subject_id=transfer.public_id, what="bank_file")
    return b64decode(str(unseal(transfer.sealed)))


@transaction.atomic
def transfer_confirm(*, transfer: Transfer, by: User) -> Transfer:
    """Say that the bank carried the transfer out: its statements are paid. Raises TransferDone."""
    require_role(by, Role.FINANCE)
    locked = _locked(transfer)
    for statement in locked.statements.select_for_update(of=("self",)).select_related("vendor").order_by("pk"):
        statement_mark_paid(statement=statement, by=by)
    locked.paid_at = timezone.now()
    locked.save(update_fields=["paid_at"])
    _noted(locked, by, "transfer_confirmed")
    return locked


@transaction.atomic
def transfer_discard(*, transfer: Transfer, by: User) -> Transfer:
    """Let go of a file that no bank carried out; its statements can be paid otherwise. Raises TransferDone."""
    require_role(by, Role.FINANCE)
    locked = _locked(transfer)
    locked.statements.update(transfer=None)
    locked.discarded_at = timezone.now()
    locked.save(update_fields=["discarded_at"])
    _noted(locked, by, "transfer_discarded")
    return locked


def _noted(transfer: Transfer, by: User, what: str) -> None:
    act_note(by=by, act="changed", subject_kind="transfer", subject_id=transfer.public_id, what=what)


def is_too_late(pay_by: date, pay_on: date, today: date) -> bool:
    """Whether a transfer on that day is after the last day of payment, while there is still a weekday before it."""
    latest = pay_by - timedelta(days=max(0, pay_by.weekday() - SATURDAY + 1))
    return pay_on > pay_by and latest >= today


def _locked(transfer: Transfer) -> Transfer:
    locked = Transfer.objects.select_for_update().get(pk=transfer.pk)
    if locked.paid_at is not None or locked.discarded_at is not None:
        raise TransferDone()
    return locked


def _accounts(organisations: Sequence[int]) -> dict[int, Account]:
    found = bank_account_list(organisations)
    return {row.organisation_id: Account(**unseal(row.sealed)) for row in found}  # type: ignore[arg-type]


def _missing(names: Sequence[str]) -> BankAccountMissing:
    return BankAccountMissing(BankAccountMissing.message % {"names": ", ".join(names)})

"""Reserving and settling what an answer costs, so that no concurrency passes a cap. All amounts are micro-dollars."""

import json
from datetime import date
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection.errors import BudgetSpent, SiteClosed
from collection.gateway import Usage, cost_microusd
from collection.models import Cap, LedgerEntry, Participant, Reference, SiteSwitch

# Caps are always locked in this order, so that two reservations cannot wait for each other.
SCOPES = (Cap.Scope.TOTAL, Cap.Scope.DAY, Cap.Scope.PARTICIPANT_DAY, Cap.Scope.ADDRESS_DAY)

_MESSAGES = {
    Cap.Scope.TOTAL: _("The free budget of this project is used up. Your text is kept in this browser."),
    Cap.Scope.DAY: BudgetSpent.message,
    Cap.Scope.PARTICIPANT_DAY: _("You have used your share of today's free budget. Please come back tomorrow."),
    Cap.Scope.ADDRESS_DAY: _("Your network has used its share of today's free budget. Please come back tomorrow."),
}

# A message's envelope costs a few tokens besides its text.
_ENVELOPE_TOKENS = 32


def worst_case_microusd(*, instruction: str, input: str) -> int:
    """What an answer costs at most: a token has at least one byte, and the answer is as long as it may be."""
    prompt_tokens = len(instruction.encode()) + len(input.encode()) + _ENVELOPE_TOKENS
    return cost_microusd(settings.OPENAI_MODEL, Usage(prompt_tokens, settings.MAX_COMPLETION_TOKENS))


def usage_estimate(*, prompt: str, text: str) -> Usage:
    """What an answer probably used when the provider did not say; three bytes a token is on the high side."""
    return Usage(-(-len(prompt.encode()) // 3) + _ENVELOPE_TOKENS // 4, -(-len(text.encode()) // 3))


def default_limit(scope: str) -> int:
    """The limit that the settings give a scope until an operator sets another."""
    limits = {
        Cap.Scope.TOTAL: settings.TOTAL_BUDGET_MICROUSD,
        Cap.Scope.DAY: settings.DAILY_BUDGET_MICROUSD,
        Cap.Scope.PARTICIPANT_DAY: settings.PARTICIPANT_DAILY_BUDGET_MICROUSD,
        Cap.Scope.ADDRESS_DAY: settings.ADDRESS_DAILY_BUDGET_MICROUSD,
    }
    return int(limits[Cap.Scope(scope)])


def budget_reserve(
    *, reference: Reference, participant: Participant, address_hash: str, amount_microusd: int, day: date | None = None
) -> None:
    """Reserve under every cap or under none: one conditional UPDATE each. Call inside a transaction, as its last step.

    Raises `SiteClosed` and `BudgetSpent`, which must end the transaction.
    """
    _reserve(reference, _cap_keys(day or timezone.localdate(), participant, address_hash), amount_microusd)


def budget_renew(*, reference: Reference, like: Reference) -> None:
    """Reserve for another attempt as much as for the one before, under the same caps. Call inside a transaction.

    Raises `BudgetSpent` and `SiteClosed`.
    """
    before = LedgerEntry.objects.get(reference=like, kind=LedgerEntry.Kind.RESERVED)
    _reserve(reference, before.cap_keys, before.amount_microusd)


@transaction.atomic
def budget_settle(*, reference: Reference, cost_microusd: int | None, is_estimated: bool) -> None:
    """Turn the reservation into spending, once; `cost_microusd` None spends all that was reserved."""
    with connection.cursor() as cursor:
        cursor.execute(_SETTLE, {"reference": reference.pk, "amount": cost_microusd, "is_estimated": is_estimated})
        settled = cursor.fetchone()
        if settled is None:
            return  # there was no reservation, or it is settled
        reserved_microusd, amount_microusd, keys = settled
        keys = json.loads(keys)
        statements: list[str] = []
        values: list[str | int] = []
        for scope in SCOPES:
            if scope in keys:
                statements.append(_CAP_SETTLE)
                values += [reserved_microusd, amount_microusd, scope.value, keys[scope]]
        cursor.execute(";".join(statements), values)


@transaction.atomic
def cap_limit_set(*, scope: str, limit_microusd: int) -> None:
    """Set the limit of a scope, today's included: days and people to come copy the row without a key."""
    Cap.objects.update_or_create(scope=scope, key="", defaults={"limit_microusd": limit_microusd})
    if scope != Cap.Scope.TOTAL:
        today = timezone.localdate().isoformat()
        Cap.objects.filter(scope=scope, key__startswith=today).update(limit_microusd=limit_microusd)


@transaction.atomic
def site_switch_set(*, is_answering: bool, reason: str, by: Any) -> SiteSwitch:
    """Stop or start answering, from the next question on; answers under way go on to their end."""
    switch, _is_new = SiteSwitch.objects.update_or_create(
        id=1, defaults={"is_answering": is_answering, "reason": reason[:200], "changed_by": str(by)[:200]}
    )
    return switch


def _cap_keys(day: date, participant: Participant, address_hash: str) -> dict[str, str]:
    keys = {
        Cap.Scope.TOTAL.value: "",
        Cap.Scope.DAY.value: day.isoformat(),
        Cap.Scope.PARTICIPANT_DAY.value: f"{day.isoformat()}:{participant.public_id}",
    }
    if address_hash:
        keys[Cap.Scope.ADDRESS_DAY.value] = f"{day.isoformat()}:{address_hash}"
    return keys


_IS_CLOSED = "SELECT EXISTS (SELECT FROM collection_siteswitch WHERE NOT is_answering)"

# The row of a day, a participant or an address is made at its first use, with the limit in force for its kind.
_CAP_CREATE = """
INSERT INTO collection_cap (scope, key, limit_microusd, reserved_microusd, spent_microusd)
SELECT %s, %s, COALESCE((SELECT limit_microusd FROM collection_cap WHERE scope = %s AND key = ''), %s), 0, 0
ON CONFLICT (scope, key) DO NOTHING
"""

_CAP_RESERVE = """
UPDATE collection_cap SET reserved_microusd = reserved_microusd + %s
WHERE scope = %s AND key = %s AND spent_microusd + reserved_microusd + %s <= limit_microusd
"""

_CAP_SETTLE = """
UPDATE collection_cap SET reserved_microusd = reserved_microusd - %s, spent_microusd = spent_microusd + %s
WHERE scope = %s AND key = %s
"""

_LEDGER_RESERVE = """
INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
VALUES (%s, 'reserved', %s, %s, false, now())
"""

_SETTLE = """
WITH reserved AS (
    SELECT amount_microusd, cap_keys FROM collection_ledgerentry WHERE reference_id = %(reference)s AND kind = 'reserved'
), settled AS (
    INSERT INTO collection_ledgerentry (reference_id, kind, amount_microusd, cap_keys, is_estimated, at)
    SELECT %(reference)s, 'settled', COALESCE(%(amount)s, amount_microusd), cap_keys, %(is_estimated)s, now()
    FROM reserved
    ON CONFLICT (reference_id, kind) DO NOTHING
    RETURNING amount_microusd
)
SELECT reserved.amount_microusd, settled.amount_microusd, reserved.cap_keys::text FROM reserved, settled
"""


def _reserve(reference: Reference, keys: dict[str, str], amount_microusd: int) -> None:
    """Ask the switch, make the rows that are missing, reserve under each cap in order, and note it: one round trip."""
    scopes = [scope for scope in SCOPES if scope in keys]
    statements, values = [_IS_CLOSED], list[str | int]()
    for scope in scopes:
        statements.append(_CAP_CREATE)
        values += [scope.value, keys[scope], scope.value, default_limit(scope)]
    for scope in scopes:
        statements.append(_CAP_RESERVE)
        values += [amount_microusd, scope.value, keys[scope], amount_microusd]
    statements.append(_LEDGER_RESERVE)
    values += [reference.pk, amount_microusd, json.dumps(keys)]
    with connection.cursor() as cursor:
        cursor.execute(";".join(statements), values)
        if cursor.fetchone()[0]:
            raise SiteClosed()
        for _scope in scopes:
            cursor.nextset()
        for scope in scopes:
            cursor.nextset()
            if not cursor.rowcount:
                raise BudgetSpent(_MESSAGES[scope], scope=scope)

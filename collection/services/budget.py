"""Reserving and settling what an answer costs, so that no concurrency passes a cap. All amounts are micro-dollars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection.errors import BudgetSpent, SiteClosed
from collection.gateway import Usage, cost_microusd
from collection.models import Cap, LedgerEntry, Participant, Reference, SiteSwitch
from collection.services.budget_sql import CAPS_MAKE, RESERVE, SETTLE
from config.audit import act_note
from config.statements import Rows, Statement, array_text

# Caps are always locked in this order, so that two reservations cannot wait for each other.
SCOPES = (Cap.Scope.TOTAL, Cap.Scope.DAY, Cap.Scope.PARTICIPANT_DAY, Cap.Scope.ADDRESS_DAY)

_MESSAGES = {
    Cap.Scope.TOTAL: _("The free budget of this project is used up. Your text is kept in this browser."),
    Cap.Scope.DAY: BudgetSpent.message,
    Cap.Scope.PARTICIPANT_DAY: _("You have used your share of today's free budget. Please come back tomorrow."),
    Cap.Scope.ADDRESS_DAY: _("Your network has used its share of today's free budget. Please come back tomorrow."),
}

# Who spent what on one day serves that day's limits, and a look back at somebody who had to be barred.
CAPS_KEPT = timedelta(days=30)

# A message's envelope costs a few tokens besides its text.
_ENVELOPE_TOKENS = 32


@dataclass(frozen=True, slots=True)
class Settlement:
    """What an answer cost; None: all that was reserved."""

    reference: Reference
    cost_microusd: int | None
    is_estimated: bool


@dataclass(frozen=True, slots=True)
class Reservation:
    """What is to be reserved for an answer, and under which caps: their keys, by scope."""

    keys: dict[str, str]
    amount_microusd: int


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


def budget_renew(*, reference: Reference, like: Reference) -> None:
    """Reserve for another attempt as much as for the one before, under the same caps. Raises `BudgetSpent` and `SiteClosed`."""
    before = LedgerEntry.objects.get(reference=like, kind=LedgerEntry.Kind.RESERVED)
    reservation = Reservation(before.cap_keys, before.amount_microusd)
    rows = reservation_run(RESERVE, reservations=[reservation], references=array_text([reference.pk]))
    if not rows or rows[0][2]:
        raise SiteClosed()


def budget_settle(*, reference: Reference, cost_microusd: int | None, is_estimated: bool) -> None:
    """Turn the reservation into spending, once; `cost_microusd` None spends all that was reserved."""
    budgets_settle(settlements=[Settlement(reference, cost_microusd, is_estimated)])


def budgets_settle(*, settlements: Sequence[Settlement]) -> None:
    """As `budget_settle`, for many answers in one statement."""
    SETTLE.rows(
        references=array_text(one.reference.pk for one in settlements),
        amounts=array_text(one.cost_microusd for one in settlements),
        are_estimated=[one.is_estimated for one in settlements],
        scopes=[scope.value for scope in SCOPES],
    )


@transaction.atomic
def cap_limit_set(*, scope: str, limit_microusd: int, by: Any = None) -> None:
    """Set the limit of a scope, today's included: days and people to come copy the row without a key."""
    Cap.objects.update_or_create(scope=scope, key="", defaults={"limit_microusd": limit_microusd})
    if scope != Cap.Scope.TOTAL:
        today = timezone.localdate().isoformat()
        Cap.objects.filter(scope=scope, key__startswith=today).update(limit_microusd=limit_microusd)
    act_note(by=by, act="changed", what="cap", scope=scope, limit_microusd=limit_microusd)


def caps_purge() -> int:
    """Delete the caps of single participants and addresses whose day is `CAPS_KEPT` ago, unless something is reserved in one.

    The ledger keeps every amount; returns how many rows went.
    """
    before = (timezone.localdate() - CAPS_KEPT).isoformat()
    personal = Cap.objects.filter(scope__in=[Cap.Scope.PARTICIPANT_DAY, Cap.Scope.ADDRESS_DAY])
    return personal.exclude(key="").filter(key__lt=before, reserved_microusd=0).delete()[0]


@transaction.atomic
def site_switch_set(*, is_answering: bool, reason: str, by: Any) -> SiteSwitch:
    """Stop or start answering, from the next question on; answers under way go on to their end."""
    switch, _is_new = SiteSwitch.objects.update_or_create(
        id=1, defaults={"is_answering": is_answering, "reason": reason[:200], "changed_by": str(by)[:200]}
    )
    act_note(by=by, act="changed", why=reason, what="switch_on" if is_answering else "switch_off")
    return switch


def cap_keys(participant: Participant, address_hash: str) -> dict[str, str]:
    """The caps that a question of today counts under, by scope."""
    day = timezone.localdate()
    keys = {
        Cap.Scope.TOTAL.value: "",
        Cap.Scope.DAY.value: day.isoformat(),
        Cap.Scope.PARTICIPANT_DAY.value: f"{day.isoformat()}:{participant.public_id}",
    }
    if address_hash:
        keys[Cap.Scope.ADDRESS_DAY.value] = f"{day.isoformat()}:{address_hash}"
    return keys


def reservation_run(statement: Statement, *, reservations: Sequence[Reservation], **values: Any) -> Rows:
    """Run a statement that reserves with `CAP_PARTS` and tells first whether all caps were there, and which refused.

    All reservations or none. The first question of a day, a participant or an address makes its row. Raises `BudgetSpent`;
    then nothing was written.
    """
    caps = _caps_of(reservations)
    scopes, keys = [scope.value for scope, _key in caps], [key for _scope, key in caps]
    values |= {
        "amounts": array_text(one.amount_microusd for one in reservations),
        "cap_keys": [orjson.dumps(one.keys).decode() for one in reservations],
        "scopes": scopes,
        "keys": keys,
        "cap_amounts": array_text(caps.values()),
    }
    rows = statement.transact(**values)
    if rows and not rows[0][0]:
        CAPS_MAKE.transact(scopes=scopes, keys=keys, limits=array_text(default_limit(scope) for scope in scopes))
        rows = statement.transact(**values)
    if rows and rows[0][1]:
        scope = Cap.Scope(scopes[rows[0][1] - 1])
        raise BudgetSpent(_MESSAGES[scope], scope=scope)
    return rows


def _caps_of(reservations: Sequence[Reservation]) -> dict[tuple[Cap.Scope, str], int]:
    """What is to be reserved under each cap, in the order in which caps are locked."""
    caps: dict[tuple[Cap.Scope, str], int] = {}
    for scope in SCOPES:
        ours = [(one.keys[scope], one.amount_microusd) for one in reservations if scope in one.keys]
        for key, amount in sorted(ours):
            caps[scope, key] = caps.get((scope, key), 0) + amount
    return caps

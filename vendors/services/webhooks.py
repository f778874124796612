"""Telling other people's programs what happened: written down with the event, signed, sent, and tried again.

The headers and the signature are those of the Standard Webhooks specification, for which there are libraries.
"""

import base64
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any, cast

from django.db import transaction
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.audit import act_note
from config.errors import BadInput
from config.locks import alone
from config.sealing import seal, unseal
from vendors.gateway import Unreachable, place_of, post
from vendors.models import Delivery, Event, Organisation, User, Webhook
from vendors.permissions import require_role
from vendors.selectors.webhooks import WEBHOOK_ROLES, webhook_list_for
from vendors.signals import delivery_waits

SECRET_START = "whsec_"
WEBHOOKS_AT_MOST = 10
# How long after each attempt that failed the next one follows; after the last one it is given up.
PAUSES = tuple(timedelta(seconds=seconds) for seconds in (10, 60, 300, 1800, 7200, 18_000, 36_000, 50_400))
# Who sends holds a lock, however long that takes; after this time another one tries it, and goes on where the first has died.
IN_HAND = timedelta(seconds=10)
SENDING_LOCK = 0x484F4F4B  # any number that nothing else of ours locks
KEPT_FOR = timedelta(days=30)
AT_ONCE = 200

REFUSED = {
    "malformed": _("This is not a web address. Give one like https://example.com/hooks, without a password in it."),
    "unknown_host": _("The host of this address cannot be found."),
    "not_public": _("This address is not on the open internet, so nothing is sent there."),
    "not_encrypted": _("Give an https:// address: what is sent there must not be readable on the way."),
}


class AddressRefused(BadInput):
    code = "webhook_address_refused"
    message = _("Nothing can be sent to this address.")


@transaction.atomic
def webhook_create(*, by: User, url: str, events: Iterable[str]) -> tuple[Webhook, str]:
    """Add an address for the person's own organisation and return it with its secret, which is shown this once.

    Raises `RoleMissing`, `BadInput` and `AddressRefused`.
    """
    seat = require_role(by, *WEBHOOK_ROLES)
    wanted = sorted(set(events))
    if not wanted or set(wanted) - set(Event.values):
        raise BadInput(_("Choose at least one event."))
    try:
        place_of(url)
    except Unreachable as refused:
        raise AddressRefused(REFUSED.get(refused.code, AddressRefused.message)) from None
    Organisation.objects.select_for_update().get(pk=seat.organisation.pk)
    if webhook_list_for(by).count() >= WEBHOOKS_AT_MOST:
        raise BadInput(_("There are ten webhooks already. End one first."))
    secret = SECRET_START + base64.b64encode(secrets.token_bytes(32)).decode()
    webhook = Webhook.objects.create(
        organisation=seat.organisation, url=url, events=wanted, sealed_secret=seal(secret), created_by=by
    )
    _noted(webhook, by, "webhook_made")
    return webhook, secret


@transaction.atomic
def webhook_end(*, webhook: Webhook, by: User) -> None:
    """Tell an address nothing more; what is on its way is given up. Safe to run twice."""
    if Webhook.objects.filter(pk=webhook.pk, ended_at__isnull=True).update(ended_at=timezone.now()):
        _noted(webhook, by, "webhook_ended")
    webhook.deliveries.filter(next_at__isnull=False).update(next_at=None)


def _noted(webhook: Webhook, by: User, what: str) -> None:
    subject: dict[str, Any] = {"subject_kind": "vendor", "subject_id": webhook.organisation.public_id}
    act_note(by=by, act="changed", what=what, webhook=str(webhook.public_id), **subject)


def event_tell(event: str, *, vendor: Organisation | None = None, **data: Any) -> None:
    """Write an event down for every webhook that wants it: the operator's, and the vendor's, or everybody's without one.

    Call inside the transaction of what happened: both are kept or neither is. `data` has ids and numbers, never a text.
    """
    heard = Webhook.objects.filter(ended_at__isnull=True, events__contains=[event], organisation__is_active=True)
    if vendor is not None:
        heard = heard.filter(Q(organisation=vendor) | Q(organisation__kind=Organisation.Kind.OPERATOR))
    now = timezone.now()
    body = json.dumps({"type": event, "timestamp": now.isoformat(), "data": data}, ensure_ascii=False)
    rows = [Delivery(webhook=webhook, event=event, body=body, next_at=now) for webhook in heard]
    for delivery in Delivery.objects.bulk_create(rows):
        transaction.on_commit(partial(_wake, delivery.pk), robust=True)


@transaction.atomic
def delivery_resend(*, delivery: Delivery, by: User) -> None:
    """Send a delivery again now, whether it arrived or was given up."""
    Delivery.objects.filter(pk=delivery.pk).update(next_at=timezone.now(), attempts=0, delivered_at=None)
    _noted(delivery.webhook, by, "webhook_resent")
    transaction.on_commit(partial(_wake, delivery.pk), robust=True)


def delivery_send(*, delivery_id: int) -> bool:
    """Try once to bring a delivery to its address, if it is due; whether it arrived. Safe to run twice at once.

    An attempt whose process was killed counts, for it may have arrived, and is made again, the last one too.
    """
    with alone(SENDING_LOCK, str(delivery_id)) as is_alone:
        return is_alone and _attempt(delivery_id)


def _attempt(delivery_id: int) -> bool:
    now = timezone.now()
    # Without a join: PostgreSQL looks at a row's own columns again when another worker has changed it meanwhile.
    listens = Webhook.objects.filter(pk=OuterRef("webhook"), ended_at__isnull=True)
    due = Delivery.objects.filter(Exists(listens), pk=delivery_id, next_at__lte=now)
    if not due.update(next_at=now + IN_HAND, attempts=F("attempts") + 1, last_at=now, last_status=None, last_error=""):
        return False
    delivery = Delivery.objects.select_related("webhook").get(pk=delivery_id)
    status, error = None, "broken_off"  # as by a job's time limit
    try:
        status, error = post(delivery.webhook.url, delivery.body.encode(), _headers(delivery)), ""
    except Unreachable as refused:
        error = refused.code
    finally:
        _attempt_note(delivery, status, error)
    return _has_arrived(status)


def _attempt_note(delivery: Delivery, status: int | None, error: str) -> None:
    """Write down what came of an attempt, and when the next one follows; none of a webhook that was ended meanwhile."""
    now, arrived = timezone.now(), _has_arrived(status)
    pause = PAUSES[delivery.attempts - 1] if delivery.attempts <= len(PAUSES) and not arrived else None
    Delivery.objects.filter(pk=delivery.pk).update(
        last_status=status,
        last_error=error,
        delivered_at=now if arrived else None,
        next_at=pause and Case(When(next_at__isnull=False, then=Value(now + pause))),
    )


def _has_arrived(status: int | None) -> bool:
    return status is not None and 200 <= status < 300


def deliveries_due() -> list[int]:
    """The keys of what is to be sent now, the longest due first."""
    due = Delivery.objects.filter(next_at__lte=timezone.now()).order_by("next_at")
    return list(due.values_list("pk", flat=True)[:AT_ONCE])


def deliveries_purge() -> int:
    """Delete the log of long ago; returns how many."""
    return Delivery.objects.filter(next_at__isnull=True, at__lt=timezone.now() - KEPT_FOR).delete()[0]


def signature_of(secret: str, *, id: str, timestamp: int, body: str) -> str:
    """The signature of a delivery, as the header carries it."""
    key = base64.b64decode(secret.removeprefix(SECRET_START))
    signed = hmac.new(key, f"{id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(signed).decode()}"


def _headers(delivery: Delivery) -> dict[str, str]:
    id, timestamp = str(delivery.public_id), int(timezone.now().timestamp())
    secret = cast(str, unseal(delivery.webhook.sealed_secret))
    return {
        "Content-Type": "application/json",
        "User-Agent": "Hitode-Webhooks/1",
        "webhook-id": id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature_of(secret, id=id, timestamp=timestamp, body=delivery.body),
    }


def _wake(delivery_id: int) -> None:
    delivery_waits.send(Delivery, delivery_id=delivery_id)

"""Requests that may come twice: the first answer is kept with what it did, in one transaction, and given again."""

import json
from datetime import timedelta
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, DomainError
from vendors.models import KeptAnswer, User

KEPT_FOR = timedelta(hours=24)
KEY_MAX_CHARACTERS = 255

_BEGIN = """
INSERT INTO vendors_keptanswer (user_id, key, request_sha256, status, body, at)
VALUES (%(user)s, %(key)s, %(request)s, 0, '', now())
ON CONFLICT (user_id, key) DO NOTHING
"""


class KeyReused(DomainError):
    code = "idempotency_key_reused"
    status = 422
    message = _("This idempotency key came with another request before. Use a new key for each new request.")


class KeyMalformed(BadInput):
    code = "idempotency_key_malformed"
    message = _("An idempotency key is 1 to 255 printable ASCII characters, such as a UUID.")


def answer_begin(*, user: User, key: str, request_sha256: str) -> KeptAnswer | None:
    """Take the key for this request, or return the answer that was kept under it.

    Call inside the transaction that also does the work: whoever comes with the same key meanwhile waits for its end, and
    then finds the answer, or no key at all if the work was undone. Raises `KeyMalformed` and `KeyReused`.
    """
    if not 1 <= len(key) <= KEY_MAX_CHARACTERS or not key.isascii() or not key.isprintable():
        raise KeyMalformed()
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, {"user": user.pk, "key": key, "request": request_sha256})
        if cursor.rowcount:
            return None
    kept = KeptAnswer.objects.get(user=user, key=key)
    if kept.request_sha256 != request_sha256:
        raise KeyReused()
    return kept


def answer_keep(*, user: User, key: str, status: int, body: Any) -> None:
    """Keep the answer of a request that was carried out."""
    sent = json.dumps(body, cls=DjangoJSONEncoder, ensure_ascii=False)
    KeptAnswer.objects.filter(user=user, key=key).update(status=status, body=sent)


def answer_forget(*, user: User, key: str) -> None:
    """Give the key back: the request was refused and made nothing."""
    KeptAnswer.objects.filter(user=user, key=key).delete()


def answers_purge() -> int:
    """Delete what was kept long enough; returns how many."""
    return KeptAnswer.objects.filter(at__lt=timezone.now() - KEPT_FOR).delete()[0]

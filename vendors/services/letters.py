"""Letters: written down in the transaction of what they tell of, sent at once or gathered for the day, by their reader's choice."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vendors.models import Letter, User
from vendors.signals import letters_wait

log = logging.getLogger(__name__)

SENT_AT_ONCE = 200
STALE = timedelta(days=7)  # what could not leave for so long is found in the product
KEPT = timedelta(days=30)
BETWEEN = "\n\n" + "―" * 20 + "\n\n"


def letters_queue(name: str, people: Iterable[User], path: str, *, key: str = "", **facts: Any) -> int:
    """Write down the letter `name` to each person, in their language, with the address of the page at `path`.

    With a `key`, a person gets one letter of that name and key, however often this is called. Call in the transaction
    of what it tells of. Returns how many are new.
    """
    key = key or uuid4().hex
    rows = [
        Letter(person=person, key=f"{name}:{key}:{person.pk}", **_words(name, person, path, facts)) for person in people
    ]
    known = set(Letter.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    Letter.objects.bulk_create(rows, ignore_conflicts=True)
    transaction.on_commit(lambda: letters_wait.send(Letter), robust=True)
    return sum(row.key not in known for row in rows)


def letters_send() -> int:
    """Send what waits for people who want it at once; returns how many left. Safe to run twice at once."""
    waiting = _waiting().filter(person__letters=User.Letters.AT_ONCE).order_by("pk")
    sent = 0
    for letter in list(waiting[:SENT_AT_ONCE]):
        if not _take([letter.pk]):
            continue
        if not _leave([letter], letter.subject, letter.body):
            break
        sent += 1
    return sent


def digests_send() -> int:
    """Send everybody who wants one letter a day what has gathered; returns how many left. Safe to run twice at once."""
    people = User.objects.filter(pk__in=_waiting().filter(person__letters=User.Letters.DAILY).values("person"))
    sent = 0
    for person in people.order_by("pk"):
        taken = set(_take(list(_waiting().filter(person=person).values_list("pk", flat=True))))
        letters = list(Letter.objects.filter(pk__in=taken).select_related("person").order_by("pk"))
        if letters:
            with translation.override(_language(person)):
                subject = ngettext("%(count)s message from Hitode", "%(count)s messages from Hitode", len(letters))
                head = _("You get these together once a day. You can change that under “E-mails”.")
            body = BETWEEN.join([head, *(f"{letter.subject}\n\n{letter.body.strip()}" for letter in letters)])
            sent += _leave(letters, subject % {"count": len(letters)}, body + "\n")
    return sent


def letters_purge(*, now: datetime | None = None) -> int:
    """Delete letters that are old enough; returns how many. Their keys may then be used again."""
    return Letter.objects.filter(at__lt=(now or timezone.now()) - KEPT).delete()[0]


def letters_choose(*, user: User, letters: str) -> None:
    """Set when somebody is written to. What already waits follows it."""
    User.objects.filter(pk=user.pk).update(letters=User.Letters(letters))
    user.letters = letters
    transaction.on_commit(lambda: letters_wait.send(Letter), robust=True)


def _words(name: str, person: User, path: str, facts: dict[str, Any]) -> dict[str, str]:
    """Subject and body from `NAME_subject.txt` and `NAME.LANGUAGE.txt`."""
    language = _language(person)
    context = {**facts, "link": settings.BASE_URL + path, "reader": person}
    with translation.override(language):
        subject = render_to_string(f"vendors/mail/{name}_subject.txt", context).strip()
        body = render_to_string(f"vendors/mail/{name}.{language}.txt", context)
    return {"subject": " ".join(subject.split())[:300], "body": body}


def _language(person: User) -> str:
    return person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE


def _waiting() -> Any:
    fresh = timezone.now() - STALE
    return Letter.objects.filter(taken_at__isnull=True, at__gte=fresh, person__is_active=True).select_related("person")


def _take(keys: Sequence[int]) -> list[int]:
    """Mark letters as ours; returns those that were still free."""
    with transaction.atomic():
        free = Letter.objects.select_for_update(skip_locked=True).filter(pk__in=keys, taken_at__isnull=True)
        taken = list(free.values_list("pk", flat=True))
        Letter.objects.filter(pk__in=taken).update(taken_at=timezone.now())
    return taken


def _leave(letters: Sequence[Letter], subject: str, body: str) -> bool:
    """Send taken letters as one; what could not leave is free again."""
    ours = Letter.objects.filter(pk__in=[letter.pk for letter in letters])
    try:
        send_mail(subject, body, None, [letters[0].person.email])
    except (OSError, SMTPException):
        log.warning(
            "%s letters could not be sent; they wait, and their reader finds the same in the product.", len(letters)
        )
        ours.update(taken_at=None)
        return False
    ours.update(sent_at=timezone.now())
    return True

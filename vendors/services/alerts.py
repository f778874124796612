"""Letters that say what must be paid before its sixty days end."""

from collections.abc import Sequence

from django.conf import settings
from django.core.cache import cache
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from vendors.models import User
from vendors.selectors import Due, due_list, money_people_list

WARN_DAYS = 14
DAY_SECONDS = 86_400


def due_alerts_send() -> int:
    """Write to everybody who pays, once a day, while something is due within two weeks; returns how many letters left."""
    today = timezone.localdate()
    due = due_list(today, WARN_DAYS)
    if not due:
        return 0
    sent = 0
    for person in money_people_list():
        # One letter a day, however often this runs.
        if cache.add(f"due-alert:{today}:{person.pk}", 1, DAY_SECONDS):
            _send(person, due)
            sent += 1
    return sent


def _send(person: User, due: Sequence[Due]) -> None:
    language = person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        context = {"due": due, "link": settings.BASE_URL + reverse("vendors:statements"), "days": WARN_DAYS}
        subject = render_to_string("vendors/mail/due_subject.txt", context).strip()
        body = render_to_string(f"vendors/mail/due.{language}.txt", context)
    send_mail(subject, body, None, [person.email])

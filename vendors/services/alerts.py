"""Letters that say what must be paid before its sixty days end."""

from django.conf import settings
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from vendors.selectors import due_list, money_people_list
from vendors.services.letters import letter_send

WARN_DAYS = 14
DAY_SECONDS = 86_400


def due_alerts_send() -> int:
    """Write to everybody who pays, once a day, while something is due within two weeks; returns how many letters left."""
    today = timezone.localdate()
    due = due_list(today, WARN_DAYS)
    if not due:
        return 0
    link = settings.BASE_URL + reverse("vendors:statements")
    sent = 0
    for person in money_people_list():
        # One letter a day, however often this runs.
        if cache.add(f"due-alert:{today}:{person.pk}", 1, DAY_SECONDS):
            letter_send("due", person, due=due, link=link, days=WARN_DAYS)
            sent += 1
    return sent

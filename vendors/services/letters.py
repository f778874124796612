"""Letters about orders and statements, sent when their transaction is done. A letter that cannot leave undoes nothing."""

import logging
from collections.abc import Iterable
from functools import partial
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import translation

from vendors.models import User

log = logging.getLogger(__name__)


def letters_queue(name: str, people: Iterable[User], path: str, **facts: Any) -> None:
    """Write the letter `name` to each person after the commit, with the address of the page at `path`."""
    transaction.on_commit(partial(_send_all, name, list(people), settings.BASE_URL + path, facts))


def letter_send(name: str, person: User, **context: Any) -> None:
    """Write one letter in its reader's language: `NAME_subject.txt`, and `NAME.LANGUAGE.txt`."""
    language = person.language if person.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
    with translation.override(language):
        subject = render_to_string(f"vendors/mail/{name}_subject.txt", context).strip()
        body = render_to_string(f"vendors/mail/{name}.{language}.txt", context)
    send_mail(subject, body, None, [person.email])


def _send_all(name: str, people: list[User], link: str, facts: dict[str, Any]) -> None:
    for person in people:
        try:
            letter_send(name, person, link=link, **facts)
        except (OSError, SMTPException):
            log.warning("A letter %r could not be sent; its reader finds the same in the product.", name)

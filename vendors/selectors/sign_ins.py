"""How somebody signs in: with which second steps, and where they are signed in now."""

from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.utils import timezone

from vendors.models import User


@dataclass(frozen=True, slots=True)
class SignIns:
    """`steps` are kinds of second step in words, with the day each was set up; `sessions` are those that still last."""

    steps: list[tuple[str, datetime]]
    sessions: list[UserSession]


def sign_ins_of(person: User) -> SignIns:
    """Two queries. Recovery codes are no step of their own."""
    steps = Authenticator.objects.filter(user=person).exclude(type=Authenticator.Type.RECOVERY_CODES).order_by("pk")
    lasting = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    sessions = UserSession.objects.filter(user=person, session_key__in=lasting).order_by("-last_seen_at", "-pk")
    return SignIns([(str(step.get_type_display()), step.created_at) for step in steps], list(sessions))

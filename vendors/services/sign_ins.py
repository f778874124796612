"""Helping somebody back in, and putting somebody out: the second step taken away, every sign-in ended."""

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.urls import reverse

from config.audit import act_note
from config.errors import BadInput, NotAllowed
from vendors.models import User
from vendors.permissions import may_suspend, require_management
from vendors.services.letters import letters_queue


@transaction.atomic
def second_step_reset(*, user: User, by: User, why: str) -> int:
    """Take away every second step of somebody who lost theirs, and end where they are signed in; returns how many steps.

    Whoever of the operator signs in next is asked to set one up before anything else. The person is written to, so that
    nobody's account is taken over unseen. Raises RoleMissing, NotAllowed, or BadInput without a reason.
    """
    _require_over(by, user)
    if not why.strip():
        raise BadInput()
    steps = Authenticator.objects.filter(user=user)
    count: int = steps.exclude(type=Authenticator.Type.RECOVERY_CODES).count()
    steps.delete()
    _end(user)
    act_note(by=by, act="changed", subject_kind="person", subject_id=user.public_id, why=why, what="second_step_reset")
    letters_queue("second_step_reset", [user], reverse("mfa_index"))
    return count


@transaction.atomic
def sessions_end(*, user: User, by: User) -> int:
    """Sign somebody out everywhere; returns how many sessions ended. Raises RoleMissing or NotAllowed."""
    _require_over(by, user)
    count = _end(user)
    act_note(by=by, act="changed", subject_kind="person", subject_id=user.public_id, what="signed_out")
    return count


def _require_over(by: User, user: User) -> None:
    """Management, over somebody whose every role they may end: no manager opens an owner's account, and nobody their own."""
    if not may_suspend(require_management(by), user):
        raise NotAllowed()


def _end(user: User) -> int:
    sessions = list(UserSession.objects.filter(user=user))
    for session in sessions:
        session.end()
    return len(sessions)

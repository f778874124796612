"""What `manage.py doctor` looks at among people: who could sign in with a password alone, and what nobody can begin without."""

from collections.abc import Iterator

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.access import OPERATOR_ROLES
from config.examination import Part
from vendors.models import Membership, User
from vendors.selectors import agreement_in_force


def people_examine() -> Iterator[Part]:
    """The owner, the operator's second steps, the agreement."""
    name = gettext_lazy("People")
    seats = Membership.objects.filter(user=OuterRef("pk"), ended_at__isnull=True)
    operators = User.objects.filter(Q(Exists(seats.filter(role__in=OPERATOR_ROLES))) | Q(is_staff=True), is_active=True)
    if not User.objects.filter(Exists(seats.filter(role="owner")), is_active=True).exists():
        yield Part(name, "", "danger", _("there is no owner"), _("Run `manage.py create_owner`."))
    second = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
    if not settings.DEMONSTRATION and (count := operators.filter(~Exists(second)).count()):
        state = _("%(count)s of the operator's have no second step yet") % {"count": count}
        yield Part(name, "", "warn", state, _("They can enter no room until they set one up; remind them."))
    if agreement_in_force() is None:
        advice = _("Publish one: without it no writer can begin.")
        yield Part(gettext_lazy("Agreement"), "", "warn", _("none in force"), advice)
    else:
        yield Part(gettext_lazy("Agreement"), "", "ok", _("in force"))

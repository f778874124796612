"""The demonstration: invented people and texts, played through the services, so that every page has something to show."""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PASSWORD = "hitode-demonstration"


class SignIn(NamedTuple):
    """A door of the demonstration and who opens it."""

    door: str | Promise
    path: str
    email: str = ""
    password: str = ""


SIGN_INS = (
    SignIn(_("Public site"), "/"),
    SignIn(_("Writing"), "/work/", "saso@yunagi.example", PASSWORD),
    SignIn(_("Review"), "/review/", "orihara@hitode.example", PASSWORD),
    SignIn(_("Operations"), "/ops/", "arima@hitode.example", PASSWORD),
    SignIn(_("Orders, as the vendor"), "/orders/", "mizushina@yunagi.example", PASSWORD),
)

"""Inviting somebody, and following an invitation."""

from typing import Any, cast
from uuid import UUID

from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from config.access import role_required, seat_of
from vendors.doors import landing_url
from vendors.errors import OtherPerson
from vendors.forms.people import AcceptForm, InvitationForm
from vendors.models import Role
from vendors.selectors import MANAGEMENT, Seat, account_exists, invitation_get_for, seat_get_for
from vendors.services import invitation_accept, invitation_join, invitation_revoke, invitation_send
from vendors.services.invitations import invitation_open

INVITING = (*MANAGEMENT, Role.LEAD)


@never_cache
@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "POST"])
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """Where the link in the letter leads: make an account, or let the one that exists join."""
    found = invitation_open(token=token)
    user: Any = request.user
    if user.is_authenticated:
        if user.email.lower() != found.email.lower():
            raise OtherPerson()
        if request.method == "POST":
            invitation_join(token=token, user=user)
            messages.success(request, _("Welcome to %(name)s.") % {"name": found.organisation.name})
            return redirect(landing_url(seat_get_for(user)))
        return render(request, "vendors/invitation_join.html", {"invitation": found})
    if account_exists(found.email):
        return render(request, "vendors/invitation_sign_in.html", {"invitation": found})
    form = AcceptForm(request.POST or None, email=found.email)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        made = invitation_accept(
            token=token, name=data["name"], password=data["password1"], language=get_language() or ""
        )
        return cast(HttpResponse, perform_login(request, made))
    return render(
        request,
        "vendors/invitation.html",
        {"invitation": found, "form": form},
        status=422 if form.is_bound else 200,
    )


@role_required(*INVITING)
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest) -> HttpResponse:
    """Send an invitation."""
    seat = cast(Seat, seat_of(request))
    wanted = {name: request.GET[name] for name in ("organisation", "role") if name in request.GET}
    form = InvitationForm(request.POST or None, seat=seat, initial=wanted)
    if request.method == "POST" and form.is_valid():
        sent = invitation_send(by=seat.user, **form.cleaned_data)
        messages.success(request, _("An invitation was sent to %(email)s.") % {"email": sent.email})
        return redirect("vendors:people")
    return render(request, "vendors/invite.html", {"form": form, "seat": seat}, status=422 if form.is_bound else 200)


@role_required(*INVITING)
@require_POST
def revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take an invitation back."""
    found = invitation_get_for(request.user, public_id)
    invitation_revoke(invitation=found, by=cast(Any, request.user))
    messages.success(request, _("The invitation to %(email)s was taken back.") % {"email": found.email})
    return redirect("vendors:people")

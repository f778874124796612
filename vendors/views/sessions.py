"""A person's own sessions: ending one. The list is allauth's, in our clothes."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from config.errors import NotFound


@login_required
@require_POST
def end(request: HttpRequest, pk: int) -> HttpResponse:
    """Sign out elsewhere. Raises `NotFound` for a session of somebody else's."""
    found = UserSession.objects.filter(user=request.user, pk=pk).first()
    if found is None:
        raise NotFound()
    found.end()
    messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")

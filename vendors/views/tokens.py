"""A person's own tokens for the API: made, listed, taken back."""

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from config.access import role_required
from vendors.forms.access import TokenForm
from vendors.models import Scope, User
from vendors.selectors.access import access_token_get_for, access_token_list_for, scopes_for
from vendors.services.access import access_token_create, access_token_revoke


@role_required()
@never_cache
@require_http_methods(["GET", "POST"])
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens, and a form for a new one. The page that answers the form is the only one that ever shows it."""
    user = cast(User, request.user)
    form = TokenForm(request.POST or None, scopes=scopes_for(user))
    secret = ""
    if request.method == "POST" and form.is_valid():
        _token, secret = access_token_create(user=user, **form.cleaned_data)
        form = TokenForm(scopes=scopes_for(user))
    rows = [
        {"token": token, "scopes": [Scope(scope).label for scope in token.scopes]}
        for token in access_token_list_for(user)
    ]
    status = 422 if form.is_bound else 200
    context = {
        "form": form,
        "rows": rows,
        "secret": secret,
    }
    return render(request, "vendors/tokens.html", context, status=status)


@role_required()
@require_POST
def revoke(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take a token back; what carries it is refused from now on."""
    token = access_token_get_for(request.user, public_id)
    access_token_revoke(token=token)
    messages.success(request, _("The token “%(name)s” works no longer.") % {"name": token.name})
    return redirect("vendors:tokens")

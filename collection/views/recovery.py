"""The recovery code: made here, shown once, and typed in another browser."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from collection.forms import RecoveryForm
from collection.services.recovery import participant_recover, recovery_code_make
from collection.views.visitor import address_hash, participant_of, participant_remember
from config.errors import DomainError, NotFound


@require_POST
@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Make a code and show it, this once: a reload asks the browser before it makes another."""
    participant = participant_of(request)
    if participant is None:
        raise NotFound()
    return render(request, "collection/recovery_code.html", {"code": recovery_code_make(participant=participant)})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def recover(request: HttpRequest) -> HttpResponse:
    """Take a code and let this browser carry its participant."""
    form = RecoveryForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        try:
            found = participant_recover(code=form.cleaned_data["code"], address_hash=address_hash(request))
        except DomainError as error:
            form.add_error("code", str(error))
            status = error.status
        else:
            response = redirect("collection:my_data")
            participant_remember(response, found)
            return response
    elif form.is_bound:
        status = 400
    context = {"form": form, "has_own": participant_of(request) is not None}
    return render(request, "collection/recover.html", context, status=status)

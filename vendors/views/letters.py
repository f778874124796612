"""When somebody is written to."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from config.access import role_required
from vendors.forms.people import LettersForm
from vendors.services.letters import letters_choose


@role_required()
@require_http_methods(["GET", "POST"])
def letters(request: HttpRequest) -> HttpResponse:
    """Choose between a letter at once and one a day."""
    user = cast(Any, request.user)
    form = LettersForm(request.POST or None, initial={"letters": user.letters})
    if request.method == "POST" and form.is_valid():
        letters_choose(user=user, letters=form.cleaned_data["letters"])
        messages.success(request, _("Saved."))
        return redirect("vendors:letters")
    return render(request, "vendors/letters.html", {"form": form}, status=422 if form.is_bound else 200)

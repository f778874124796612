"""An organisation's webhooks: added, ended; the log of what went there, and sending it again."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from config.access import role_required
from vendors.forms.access import WebhookForm
from vendors.models import Delivery, Event, User
from vendors.selectors.webhooks import WEBHOOK_ROLES, delivery_get_for, delivery_list, webhook_get_for, webhook_list_for
from vendors.services.webhooks import AddressRefused, delivery_resend, webhook_create, webhook_end

DELIVERIES_PER_PAGE = 50
# Why an address was not reached.
ERROR_WORDS = {
    "malformed": gettext_lazy("The address is not right."),
    "unknown_host": gettext_lazy("The host was not found."),
    "not_public": gettext_lazy("The host is not on the open internet."),
    "not_encrypted": gettext_lazy("The address is not encrypted."),
    "certificate": gettext_lazy("The certificate is not good."),
    "too_slow": gettext_lazy("No answer within ten seconds."),
    "no_answer": gettext_lazy("The connection failed."),
    "broken_off": gettext_lazy("It was broken off before there was an answer."),
}


@role_required(*WEBHOOK_ROLES)
@never_cache
@require_http_methods(["GET", "POST"])
def webhooks(request: HttpRequest) -> HttpResponse:
    """The addresses, and a form for another. The page that answers the form is the only one that shows its secret."""
    user = cast(User, request.user)
    form = WebhookForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            _webhook, secret = webhook_create(by=user, **form.cleaned_data)
            form = WebhookForm()
        except AddressRefused as refused:
            form.add_error("url", str(refused))
    rows = [
        {"webhook": webhook, "events": [Event(event).label for event in webhook.events]}
        for webhook in webhook_list_for(user)
    ]
    context = {"form": form, "rows": rows, "secret": secret}
    return render(request, "vendors/webhooks.html", context, status=422 if form.is_bound else 200)


@role_required(*WEBHOOK_ROLES)
@require_GET
def log(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What went to one address, and what became of it."""
    webhook = webhook_get_for(request.user, public_id)
    page = Paginator(delivery_list(webhook), DELIVERIES_PER_PAGE).get_page(request.GET.get("page"))
    context = {"webhook": webhook, "page_obj": page, "rows": [_told(one) for one in page]}
    return render(request, "vendors/webhook.html", context)


@role_required(*WEBHOOK_ROLES)
@require_POST
def end(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send nothing more to an address."""
    webhook_end(webhook=webhook_get_for(request.user, public_id), by=request.user)
    messages.success(request, _("Nothing is sent there any more."))
    return redirect("vendors:webhooks")


@role_required(*WEBHOOK_ROLES)
@require_POST
def resend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Send one delivery again."""
    delivery = delivery_get_for(request.user, public_id)
    delivery_resend(delivery=delivery, by=request.user)
    messages.success(request, _("It is sent again."))
    return redirect("vendors:webhook", delivery.webhook.public_id)


def _told(delivery: Delivery) -> dict[str, Any]:
    """A delivery with what came of it in words."""
    if delivery.last_status is not None:
        outcome = _("Answered %(status)s") % {"status": delivery.last_status}
    else:
        outcome = str(ERROR_WORDS.get(delivery.last_error, ""))
    if delivery.delivered_at is not None:
        tone, word = "ok", _("Arrived")
    elif delivery.next_at is not None:
        has_failed = delivery.last_status is not None or delivery.last_error
        tone, word = "warn", _("Waits to be sent again") if has_failed else _("On its way")
    else:
        tone, word = "danger", _("Given up")
    return {"delivery": delivery, "event": Event(delivery.event).label, "outcome": outcome, "tone": tone, "word": word}

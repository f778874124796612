"""Messages: the threads a person reads, and one of them."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages as notices
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from annotation.forms import without_carriage_returns
from annotation.selectors.messages import (
    TAKING_PART,
    Thread,
    message_list_of,
    order_thread_for,
    read_until,
    task_thread_for,
    thread_list_for,
)
from annotation.services.messages import (
    LONGEST,
    MessageClose,
    MessageEmpty,
    author_side,
    message_send,
    thread_mark_read,
)
from config.access import role_required, seat_of
from config.errors import TooMany
from vendors.selectors import Seat


@require_GET
@role_required(*TAKING_PART)
def messages(request: HttpRequest) -> HttpResponse:
    """Every thread, the newest first."""
    return render(request, "annotation/messages.html", {"lines": thread_list_for(request.user)})


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*TAKING_PART)
def order_thread(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was written about an order."""
    thread = order_thread_for(request.user, public_id)
    return _page(request, thread, reverse("vendors:order", args=[public_id]))


@require_http_methods(["GET", "HEAD", "POST"])
@role_required(*TAKING_PART)
def task_thread(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What was written about a task."""
    thread = task_thread_for(request.user, public_id)
    seat = cast(Seat, seat_of(request))
    back = ""
    if seat.is_operator:
        back = reverse("annotation:record", args=[public_id])
    elif thread.task is not None and thread.task.writer_id == seat.user.pk:
        back = reverse("annotation:task", args=[public_id])
    return _page(request, thread, back)


def _page(request: HttpRequest, thread: Thread, back: str) -> HttpResponse:
    context: dict[str, Any] = {"thread": thread, "back": back, "longest": LONGEST}
    if request.method == "POST":
        text = without_carriage_returns(request.POST.get("text", ""))
        try:
            message_send(by=cast(Any, request.user), thread=thread, text=text)
        except (MessageClose, MessageEmpty, TooMany) as refused:
            context |= {"text": text, "refusal": refused}
        else:
            notices.success(request, _("Sent."))
            return redirect(request.path)
    before = read_until(request.user, thread)
    seat = cast(Seat, seat_of(request))
    context["rows"] = [
        {
            "message": message,
            "is_mine": message.author_id == seat.user.pk,
            "is_new": message.pk > before and message.author_id != seat.user.pk,
            # Each side knows its own people by name, and the other by its organisation.
            "who": message.author.name if message.is_by_operator == seat.is_operator else author_side(message),
        }
        for message in message_list_of(thread)
    ]
    if context["rows"] and request.method == "GET":
        thread_mark_read(user=cast(Any, request.user), thread=thread)
    return render(request, "annotation/thread.html", context, status=422 if "refusal" in context else 200)

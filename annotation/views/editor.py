"""The editor: one task, its draft, and the requests it makes while somebody writes."""

from functools import cache
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from annotation.forms import SkipForm, draft_input, is_json, text_input
from annotation.models import Draft, Submission, Task
from annotation.selectors.guidance import example_list_for, guideline_last_read_by
from annotation.selectors.known import known_due_for
from annotation.selectors.lots import is_in_closed_lot, lot_that_returned
from annotation.selectors.order_rules import order_rules_of
from annotation.selectors.queue import (
    WRITING_ROLES,
    draft_get_for,
    review_list_of,
    task_in_hand_get_for,
    task_page_get_for,
)
from annotation.selectors.review_reasons import reason_words
from annotation.selectors.showings import Policy, has_reference
from annotation.selectors.traces import trace_choice_of
from annotation.services.closeness import closeness_check
from annotation.services.drafts import draft_save
from annotation.services.queue import task_heartbeat
from annotation.services.showings import references_show_to_writer
from annotation.services.submissions import submission_send, submission_send_and_claim
from annotation.services.traces import draft_begin, trace_place
from annotation.states import TaskStatus
from annotation.views.words import EDITOR_WORDS
from annotation.views.work import to_next
from collection.services.differences import text_differences
from collection.views.visitor import participant_of
from config.access import role_required
from config.markdown import markdown_html
from vendors.models import User

PREVIEW_MAX_CHARACTERS = 50_000
READ_A_MINUTE = {"ja": 500, "en": 1000}  # characters, silently
SENT = (TaskStatus.SUBMITTED, TaskStatus.IN_REVIEW, TaskStatus.ACCEPTED)


@require_GET
@role_required(*WRITING_ROLES)
def task(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One task: to write while it is in hand, to read otherwise."""
    found = task_page_get_for(request.user, public_id)
    draft = draft_get_for(request.user, found)
    reviews = review_list_of(found, request.user) if found.current_submission_id else []
    mine = found.writer_id == request.user.pk
    is_in_hand = mine and found.status == TaskStatus.CLAIMED
    edit = _edit_of(found)
    is_asked = is_in_hand and trace_choice_of(request.user) is None
    context = _guidance(request, found) | {
        "task": found,
        "order": found.work_order,
        "instruction": found.instruction,
        "draft": draft,
        "text": draft.text if draft else "",
        "is_in_hand": is_in_hand,
        "is_asked": is_asked,  # for their word on being recorded, before there is an editor
        "can_take": _can_take(request, found),
        "can_recall": mine and found.status == TaskStatus.SUBMITTED and not edit and not is_in_closed_lot(found),
        "edit": edit,
        "changes": text_differences(edit.edited_from.text, edit.text) if edit and edit.edited_from else [],
        "has_reference": found.work_order.reference_policy != Policy.HIDDEN and has_reference(found.instruction_id),
        "is_mine": mine,
        "reviews": reviews,
        "lot_back": lot_that_returned(found),
        "reason_words": reason_words(request.LANGUAGE_CODE) if reviews else {},
        "skip_form": _skip_form(request.LANGUAGE_CODE),
        "state": _editor_state(request.user, found, draft) if is_in_hand else {},
        "words": EDITOR_WORDS,
    }
    return render(request, "annotation/task.html", context)


@require_POST
@role_required(*WRITING_ROLES)
def task_draft(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Save the draft."""
    found = task_in_hand_get_for(request.user, public_id)
    sent = draft_input(request)
    draft = draft_save(
        writer=request.user,
        task=found,
        text=sent.text,
        base_revision=sent.base_revision,
        buckets=sent.buckets,
        link=sent.link,
    )
    if not is_json(request):
        messages.success(request, _("Saved."))
        return redirect("annotation:task", public_id)
    return JsonResponse(
        {
            "revision": draft.revision,
            "saved_at": draft.saved_at,
            "lease_ends_at": found.lease_expires_at,
            "trace": trace_place(draft),
        }
    )


@require_POST
@role_required(*WRITING_ROLES)
def task_closeness(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """Say which passages of the text in hand stand close to a model's, and nothing of the model's."""
    found = task_in_hand_get_for(request.user, public_id)
    close = closeness_check(writer=request.user, task=found, text=text_input(request))
    passages = [{"start": start, "end": end} for start, end in close.passages]
    return JsonResponse({"passages": passages, "is_close": close.is_close})


@require_http_methods(["GET", "POST"])
@role_required(*WRITING_ROLES)
def task_lease(request: HttpRequest, public_id: UUID) -> JsonResponse:
    """GET: whose the task is now, and a fresh form token after signing in again. POST: renew the lease."""
    found = task_in_hand_get_for(request.user, public_id)
    if request.method == "POST":
        task_heartbeat(writer=request.user, task=found)
    return JsonResponse(
        {
            "is_in_hand": found.writer_id == request.user.pk and found.status == TaskStatus.CLAIMED,
            "is_sent": found.writer_id == request.user.pk and found.status in SENT,
            "can_take": _can_take(request, found),
            "lease_ends_at": found.lease_expires_at,
            "token": get_token(request),
        }
    )


@require_POST
@role_required(*WRITING_ROLES)
def task_submit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand in and claim the next: one round trip, which brings the next task along, unless the writer wants none."""
    found = task_in_hand_get_for(request.user, public_id)
    sent = draft_input(request)
    handed = {
        "writer": request.user,
        "task": found,
        "text": sent.text,
        "base_revision": sent.base_revision,
        "buckets": sent.buckets,
        "link": sent.link,
        "is_attested": sent.is_attested,
        "asker": participant_of(request),
    }
    following: Task | None = None
    known = known_due_for(request.user, handed["task"]) if sent.claims_next else None
    after = reverse("annotation:known", args=[known.public_id]) if known else reverse("annotation:work")
    if sent.claims_next and known is None:
        _submission, following = submission_send_and_claim(**handed)
    else:
        submission_send(**handed)
    if is_json(request):
        return JsonResponse({"next": _following(request.user, following) if following else None, "work": after})
    messages.success(request, _("Sent. A reviewer will read it."))
    if known:
        return redirect(after)
    if following is None:
        return to_next(request)
    return redirect("annotation:task", following.public_id)


@require_POST
@role_required(*WRITING_ROLES)
def task_reference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the model's answer beside the writer's own text, where the order allows it. Each time is written down."""
    found = task_in_hand_get_for(request.user, public_id)
    shown = references_show_to_writer(writer=request.user, task=found)
    context = {"references": shown, "task": found}
    if getattr(request, "htmx", None):
        return render(request, "annotation/parts/references.html", context)
    return render(request, "annotation/task_reference.html", context)


@require_POST
@role_required(*WRITING_ROLES)
def preview(request: HttpRequest) -> HttpResponse:
    """The text as Markdown, as HTML to put beside it."""
    return HttpResponse(markdown_html(request.POST.get("text", "")[:PREVIEW_MAX_CHARACTERS]))


@cache
def _skip_form(language: str) -> SafeString:
    """The form for passing a task on: the same on every page of a language, and an eighth of the page's time to make."""
    with translation.override(language):
        return SkipForm().render()


def _guidance(request: HttpRequest, found: Task) -> dict[str, Any]:
    """The guideline with what is new in it for the writer, the words of the order, and examples."""
    guideline = found.work_order.guideline_version
    last_read = guideline_last_read_by(request.user, guideline)
    is_unread = last_read is None or last_read.pk != guideline.pk
    body = "body_ja" if request.LANGUAGE_CODE == "ja" else "body_en"
    is_changed = is_unread and last_read is not None
    return {
        "guideline": guideline,
        "last_read": last_read,
        "is_unread": is_unread,
        "guideline_changes": text_differences(getattr(last_read, body), getattr(guideline, body)) if is_changed else [],
        "rules": order_rules_of(found.work_order_id),
        "examples": example_list_for(found),
    }


def _edit_of(found: Task) -> Submission | None:
    """What a reviewer made of the writer's text, if it stands there now."""
    submission = found.current_submission
    return submission if submission is not None and submission.edited_by_id is not None else None


def _can_take(request: HttpRequest, found: Task) -> bool:
    """Whether the writer may take the task up (again) now."""
    if found.status == TaskStatus.RETURNED:
        return found.writer_id == request.user.pk
    lapsed = (
        found.status == TaskStatus.CLAIMED
        and found.writer_id != request.user.pk
        and found.lease_expires_at is not None
        and found.lease_expires_at < timezone.now()
    )
    return found.is_open and (found.status == TaskStatus.QUEUED or lapsed)


def _editor_state(writer: User, found: Task, draft: Draft | None) -> dict[str, Any]:
    """What the editor's script starts from."""
    return {
        "revision": draft.revision if draft else 0,
        "trace": trace_place(draft or draft_begin(found, writer, has_agreed=getattr(found, "has_agreed", None))),
        "least": found.work_order.min_characters,
        "most": found.work_order.max_characters,
        "pace": READ_A_MINUTE.get(found.instruction.language, READ_A_MINUTE["en"]),
        "quotable": [text for text in (found.instruction.instruction, found.instruction.input) if text],
    }


def _following(writer: User, found: Task) -> dict[str, Any]:
    """The next task as the editor takes it in without loading a page."""
    order = found.work_order
    is_begun: bool = found.is_begun  # type: ignore[attr-defined]
    return {
        "id": found.public_id,
        "url": reverse("annotation:task", args=[found.public_id]),
        "order": order.public_id,
        # What was begun or returned, or comes with a model's answer, needs more than these fields: its page is loaded.
        "is_fresh": found.rework_round == 0 and not is_begun and order.reference_policy == Policy.HIDDEN,
        "instruction": found.instruction.instruction,
        "input": found.instruction.input,
        "language": found.instruction.language,
        "category": found.instruction.category,
        "is_practice": found.instruction.is_practice,
        "lease_ends_at": found.lease_expires_at,
        "state": _editor_state(writer, found, None),
    }

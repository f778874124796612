"""The review desk: the queue, one text, and the verdict on it."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from annotation.models import Review, Task
from annotation.selectors.review import (
    REVIEWING_ROLES,
    review_desk_for,
    review_queue_for,
    review_recent_for,
    review_task_get_for,
)
from annotation.services.reviews import (
    review_accept,
    review_claim,
    review_reject,
    review_release,
    review_return,
)
from annotation.states import TaskStatus
from annotation.wording import QUESTION_WORDS, question_words, segments
from config.access import role_required


@require_GET
@role_required(*REVIEWING_ROLES)
def review(request: HttpRequest) -> HttpResponse:
    """What waits for judgement, and what this reviewer decided last."""
    context = {"queue": review_queue_for(request.user), "recent": review_recent_for(request.user)}
    return render(request, "annotation/review.html", context)


@require_POST
@role_required(*REVIEWING_ROLES)
def review_next(request: HttpRequest) -> HttpResponse:
    return _to_next(request)


@require_GET
@role_required(*REVIEWING_ROLES)
def desk(request: HttpRequest, public_id: UUID) -> HttpResponse:
    desk = review_desk_for(request.user, str(public_id))
    return render(request, "annotation/desk.html", _desk_context(request, desk))


@require_POST
@role_required(*REVIEWING_ROLES)
def verdict(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Decide, then go on to the next text."""
    task = review_task_get_for(request.user, str(public_id))
    choice = request.POST.get("verdict", "")
    comment = request.POST.get("comment", "").strip()
    seconds = request.POST.get("seconds", "")
    facts: dict[str, Any] = {"reviewer": request.user, "task": task, "comment": comment}
    facts["seconds"] = min(int(seconds), 86400) if seconds.isascii() and seconds.isdigit() else 0
    if choice == Review.Verdict.ACCEPT:
        review_accept(**facts, answers=_answers(request))
        messages.success(request, _("Accepted."), extra_tags="sealed")
    elif choice == Review.Verdict.RETURN:
        review_return(**facts, reasons=request.POST.getlist("reasons"))
        messages.success(request, _("Returned to its writer with your comment."))
    elif choice == Review.Verdict.REJECT:
        review_reject(**facts, reasons=request.POST.getlist("reasons"))
        messages.success(request, _("Rejected."))
    else:
        review_release(reviewer=request.user, task=task, why=comment)
        messages.info(request, _("Put back among the texts that wait."))
        return redirect("annotation:review")
    return _to_next(request)


def _to_next(request: HttpRequest) -> HttpResponse:
    task: Task | None = review_claim(reviewer=request.user)
    if task is None:
        messages.info(request, _("Nothing waits for judgement now."))
        return redirect("annotation:review")
    return redirect("annotation:desk", task.public_id)


def _answers(request: HttpRequest) -> dict[str, str]:
    prefix = "answer-"
    return {key.removeprefix(prefix): str(value) for key, value in request.POST.items() if key.startswith(prefix)}


def _desk_context(request: HttpRequest, desk: Any) -> dict[str, Any]:
    passages = desk.report.passages if desk.report else []
    is_mine = desk.task.status == TaskStatus.IN_REVIEW and desk.task.reviewer_id == request.user.pk
    return {
        "desk": desk,
        "segments": segments(desk.submission.text, passages),
        "questions": [question_words(question) for question in desk.questions],
        "is_mine": is_mine,
        "rework_left": max(0, desk.task.work_order.rework_rounds - desk.task.rework_round),
        "is_japanese": request.LANGUAGE_CODE == "ja",
        "known_questions": QUESTION_WORDS,
    }

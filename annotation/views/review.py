"""The review desk: the queue, one text, and the verdict on it."""

import math
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from annotation.errors import (
    EditChangesNothing,
    GateBlocked,
    NotAttested,
    PassedByLot,
    ReferenceSeen,
    TextEmpty,
    TextTooLong,
    TextTooShort,
)
from annotation.forms import without_carriage_returns
from annotation.jobs import verdicts_enter_later
from annotation.models import CalibrationReading, LotItem, PendingVerdict, Review, Showing, Task
from annotation.selectors.calibration import reading_of, reading_open_of
from annotation.selectors.lots import item_of
from annotation.selectors.review import (
    REVIEWING_ROLES,
    pending_verdict_of,
    review_desk_for,
    review_queue_for,
    review_recent_for,
    review_task_get_for,
    traces_of,
)
from annotation.services.calibration import reading_answer, reading_next, reading_undo
from annotation.services.editing import review_edit
from annotation.services.gate import TextUnreadable
from annotation.services.likenesses import likenesses_find
from annotation.services.reviews import (
    OpinionUnsaid,
    PassageMissing,
    Place,
    QuestionsOpen,
    ReasonMissing,
    ReworkUsedUp,
    VerdictForm,
    review_ask_opinion,
    review_claim,
    review_release,
)
from annotation.services.showings import Shown, references_show
from annotation.services.verdicts import refusals_tell, verdict_give, verdict_undo, verdicts_enter
from annotation.states import TaskStatus
from annotation.views.trace_words import trace_told
from annotation.wording import question_words, segments
from collection.services.differences import text_differences
from collection.texts import CATEGORY_LABELS
from collection.views.visitor import participant_of
from config.access import role_required, seat_of
from config.errors import BadInput
from vendors.selectors import MANAGEMENT

LONGEST_SECONDS = 86_400
MOST_PLACES = 50


@require_GET
@role_required(*REVIEWING_ROLES)
def review(request: HttpRequest) -> HttpResponse:
    """What waits for judgement, and what this reviewer decided last."""
    seat = seat_of(request)
    context = {
        "queue": review_queue_for(request.user),
        "recent": review_recent_for(request.user),
        "undo": _undo_of(request),
        "may_manage": seat is not None and seat.has_role(*MANAGEMENT),
    }
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
    """Decide, then go on to the next text; what is still missing is said on the desk, with everything that was typed."""
    task = review_task_get_for(request.user, str(public_id))
    decide = MOVES.get(request.POST.get("verdict", ""))
    if decide is None:
        raise BadInput()
    try:
        decide(request, task)
    except (OpinionUnsaid, PassageMissing, PassedByLot, QuestionsOpen, ReasonMissing, ReworkUsedUp) as refused:
        desk = review_desk_for(request.user, str(public_id))
        context = _desk_context(request, desk, typed=_form(request)) | {"refusal": refused}
        return render(request, "annotation/desk.html", context, status=refused.status)
    return _to_next(request, with_skipped=decide is not _skip)


@require_POST
@role_required(*REVIEWING_ROLES)
def undo(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take back a verdict of a moment ago; the text is on the desk again, with everything that was typed."""
    task = review_task_get_for(request.user, str(public_id))
    take_back = verdict_undo if reading_of(task) is None else reading_undo
    take_back(reviewer=request.user, task=task)
    return redirect("annotation:desk", public_id)


@require_POST
@role_required(*REVIEWING_ROLES)
def reference(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Open the model's answer beside the text. It is a POST, for it is written down who opened it."""
    desk = review_desk_for(request.user, str(public_id))
    passages = desk.report.passages if desk.report else []
    place = Showing.Place.DESK
    shown = references_show(reviewer=request.user, task=desk.task, place=place, passages=passages)
    if getattr(request, "htmx", None):
        return render(request, "annotation/parts/references.html", {"references": shown, "task": desk.task})
    desk = review_desk_for(request.user, str(public_id))
    return render(request, "annotation/desk.html", _desk_context(request, desk, shown))


@require_POST
@role_required(*REVIEWING_ROLES)
def edit(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Hand in an edit and go on to the next text; what stands in its way is said beside the text as it was typed."""
    task = review_task_get_for(request.user, str(public_id))
    text = without_carriage_returns(request.POST.get("text", ""))
    note = request.POST.get("note", "")
    is_attested = request.POST.get("is_attested") == "on"
    try:
        asker = participant_of(request)
        if reading_of(task) is not None:
            form = VerdictForm(comment=note)
            reading_answer(reviewer=request.user, task=task, verdict=CalibrationReading.Answer.EDIT, form=form)
            messages.success(request, EDIT_TOLD)
            return _to_next(request)
        review_edit(reviewer=request.user, task=task, text=text, is_attested=is_attested, note=note, asker=asker)
    except EDIT_REFUSALS as refused:
        desk = review_desk_for(request.user, str(public_id))
        typed = {"text": text, "note": note, "is_attested": is_attested, "refusal": refused}
        if isinstance(refused, GateBlocked):
            typed["segments"] = segments(text, refused.details["passages"])
        context = _desk_context(request, desk) | {"edit": typed}
        return render(request, "annotation/desk.html", context, status=refused.status)
    messages.success(request, EDIT_TOLD)
    return _to_next(request)


EDIT_REFUSALS = (
    EditChangesNothing, GateBlocked, NotAttested, ReferenceSeen, TextEmpty, TextTooLong, TextTooShort, TextUnreadable,
)  # fmt: skip


EDIT_TOLD = gettext_lazy("Your edit is handed in. Another reviewer judges it.")


def _decide(request: HttpRequest, task: Task) -> None:
    given = request.POST["verdict"]
    if reading_of(task) is not None:
        reading_answer(reviewer=request.user, task=task, verdict=given, form=_form(request))
        if not settings.REVIEW_UNDO_SECONDS:
            _tell(request, given)
        return
    pending = verdict_give(reviewer=request.user, task=task, verdict=given, form=_form(request))
    if pending is not None:
        verdicts_enter_later(settings.REVIEW_UNDO_SECONDS + 1)
    else:
        _tell(request, given)


def _tell(request: HttpRequest, given: str) -> None:
    if given == Review.Verdict.ACCEPT:
        messages.success(request, _("Accepted."), extra_tags="sealed")
    else:
        messages.success(request, VERDICT_TOLD[given])


def _skip(request: HttpRequest, task: Task) -> None:
    if reading_of(task) is not None:
        reading_answer(reviewer=request.user, task=task, verdict=CalibrationReading.Answer.PASSED, form=_form(request))
    else:
        review_release(reviewer=request.user, task=task, why=request.POST.get("comment", ""))
    messages.info(request, _("Put back among the texts that wait."))


def _ask_opinion(request: HttpRequest, task: Task) -> None:
    why = request.POST.get("comment", "")
    if reading_of(task) is None:
        review_ask_opinion(reviewer=request.user, task=task, why=why)
    elif not why.strip():
        raise OpinionUnsaid()
    else:
        reading_answer(reviewer=request.user, task=task, verdict=CalibrationReading.Answer.PASSED, form=_form(request))
    messages.info(request, _("Left to a colleague, with your question."))


MOVES = dict.fromkeys(Review.Verdict.values, _decide) | {"release": _skip, "opinion": _ask_opinion}
VERDICT_TOLD = {
    Review.Verdict.ACCEPT.value: gettext_lazy("Accepted."),
    Review.Verdict.RETURN.value: gettext_lazy("Returned to its writer with your comment."),
    Review.Verdict.REJECT.value: gettext_lazy("Rejected."),
}


def _form(request: HttpRequest) -> VerdictForm:
    seconds = request.POST.get("seconds", "")
    is_count = seconds.isascii() and seconds.isdigit() and len(seconds) <= len(str(LONGEST_SECONDS))
    prefix = "answer-"
    return VerdictForm(
        answers={key.removeprefix(prefix): str(value) for key, value in request.POST.items() if key.startswith(prefix)},
        reasons=request.POST.getlist("reasons"),
        comment=request.POST.get("comment", ""),
        places=[place for place in _places(request) if place[2].strip()],
        seconds=min(int(seconds), LONGEST_SECONDS) if is_count else 0,
    )


def _places(request: HttpRequest) -> list[tuple[str, int, str]]:
    """The comments at places, as far as they were written."""
    columns = (request.POST.getlist(f"place-{name}")[:MOST_PLACES] for name in ("passage", "at", "comment"))
    return [
        (without_carriage_returns(passage), int(at) if at.isascii() and at.isdigit() else 0, comment)
        for passage, at, comment in zip(*columns, strict=False)
    ]


def _to_next(request: HttpRequest, *, with_skipped: bool = True) -> HttpResponse:
    verdicts_enter(reviewer=request.user)
    for refused in refusals_tell(reviewer=request.user):
        number = refused.task.work_order.number
        told = _(
            "Your verdict on a text of %(number)s was not entered: the text was recalled, or its time with you ended."
        )
        messages.warning(request, told % {"number": number})
    task: Task | None = review_claim(reviewer=request.user, with_skipped=with_skipped)
    # What is really to be judged stays claimed behind a text whose verdict is known.
    reading = reading_next(reviewer=request.user) if task is not None else reading_open_of(request.user)
    if task is None and reading is None:
        messages.info(request, _("Nothing waits for judgement now."))
        return redirect("annotation:review")
    return redirect("annotation:desk", (reading or task).public_id)  # type: ignore[union-attr]


def _undo_of(request: HttpRequest) -> dict[str, Any] | None:
    """The verdict that can still be taken back, in words, with the seconds left for it."""
    pending = pending_verdict_of(request.user)
    if pending is None:
        return None
    seconds = math.ceil((pending.due_at - timezone.now()).total_seconds())
    return {"pending": pending, "told": VERDICT_TOLD[pending.verdict], "seconds": max(1, seconds)}


def _ranges(spans: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"start": start, "end": end} for start, end in spans]


def _desk_context(
    request: HttpRequest, desk: Any, references: list[Shown] | None = None, typed: VerdictForm | None = None
) -> dict[str, Any]:
    passages = desk.report.passages if desk.report else []
    pending = desk.pending
    is_given = pending is not None and pending.state == PendingVerdict.State.WAITING
    is_mine = desk.task.status == TaskStatus.IN_REVIEW and desk.task.reviewer_id == request.user.pk and not is_given
    typed = typed or VerdictForm(**(pending.form if pending else {}))
    own = desk.submission.edited_from
    item = item_of(desk.task) if reading_of(desk.task) is None else None
    is_settled = item is not None and item.fate == LotItem.Fate.PASSED
    return {
        "desk": desk,
        "references": references,
        "edit": {"text": desk.submission.text},
        "changes": text_differences(own.text, desk.submission.text) if own else [],
        "is_flagged": any(trace.flags for trace in traces_of(desk.submission)),
        "kept": desk.kept,
        "told": trace_told(desk.kept),
        "segments": segments(desk.submission.text, passages),
        "likenesses": [
            {
                "task": like.submission.task,
                "language": like.submission.task.instruction.language,
                "percent": round(100 * like.share),
                "segments": segments(like.submission.text, _ranges(like.there)),
            }
            for like in likenesses_find(task=desk.task, text=desk.submission.text)
        ],
        "questions": [
            question_words(question) | {"answer": typed.answers.get(question.key, "")} for question in desk.questions
        ],
        "comment": typed.comment,
        "places": [Place(*place) for place in typed.places],
        "chosen": typed.reasons,
        "is_mine": is_mine,
        "was_refused": is_mine and pending is not None and pending.state == PendingVerdict.State.REFUSED,
        # Whoever judges does so on what is here; and a text whose verdict is known has no record to show.
        "has_record": not is_mine and reading_of(desk.task) is None,
        "undo": _undo_of(request),
        "longest": max((passage["end"] - passage["start"] for passage in passages), default=0),
        "earlier": [(version, text_differences(version.text, desk.submission.text)) for version in desk.earlier],
        "lot_item": item,
        "rework_left": 0 if is_settled else max(0, desk.task.work_order.rework_rounds - desk.task.rework_round),
        "is_japanese": request.LANGUAGE_CODE == "ja",
        "category": CATEGORY_LABELS.get(desk.task.instruction.category, desk.task.instruction.category),
        "minutes": round(desk.submission.active_seconds / 60) or 1,
    }

"""The API's review desk. The model's answer is not among what it gives: that opens on the desk alone, on record."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop as _
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.shapes import Desk, MaybeDesk, QueueFigures, VerdictGiven, VerdictSent, Why
from annotation.jobs import verdicts_enter_later
from annotation.models import Task
from annotation.selectors.review import review_queue_for, review_task_get_for, review_text_for
from annotation.services.reviews import VerdictForm, review_ask_opinion, review_claim, review_release
from annotation.services.verdicts import verdict_give, verdicts_enter
from config.api_operations import operation
from vendors.api.base import ApiView
from vendors.models import Scope, User


class QueueView(ApiView):
    @operation("reviewQueue", _("See how much waits for judgement"), scope=Scope.REVIEW, answers={200: QueueFigures})
    def get(self, request: Request) -> Response:
        return Response(QueueFigures(review_queue_for(request.user)).data)


class ReviewClaimView(ApiView):
    @operation(
        "claimReview",
        _("Take the oldest text that waits"),
        description=_("It is yours for half an hour. Never your own writing."),
        scope=Scope.REVIEW,
        answers={200: MaybeDesk},
    )
    def post(self, request: Request) -> Response:
        verdicts_enter(reviewer=request.user)
        task = review_claim(reviewer=request.user)
        return Response(MaybeDesk({"review": _desk(request.user, task) if task else None}).data)


class ReviewView(ApiView):
    @operation("getReview", _("Read a text that was handed in"), scope=Scope.REVIEW, answers={200: Desk})
    def get(self, request: Request, public_id: UUID) -> Response:
        return Response(Desk(_desk(request.user, review_task_get_for(request.user, str(public_id)))).data)


class VerdictView(ApiView):
    @operation(
        "giveVerdict",
        _("Accept, return or reject the text that you hold"),
        description=_("To accept, answer every open question. To return or reject, give reasons and a comment."),
        scope=Scope.REVIEW,
        takes=VerdictSent,
        answers={200: VerdictGiven},
        problems=(409,),
        example={
            "verdict": "return",
            "reasons": ["instruction_missed"],
            "comment": "The second half answers another question.",
        },
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = review_task_get_for(request.user, str(public_id))
        sent = self.checked(VerdictSent)
        verdict = sent.pop("verdict")
        places = [(place["passage"], place["at"], place["comment"]) for place in sent.pop("places")]
        form = VerdictForm(places=places, **sent)
        pending = verdict_give(reviewer=request.user, task=task, verdict=verdict, form=form)
        if pending is not None:
            verdicts_enter_later(settings.REVIEW_UNDO_SECONDS + 1)
        return Response({"verdict": verdict, "undo_until": pending.due_at if pending else None})


class ReviewSkipView(ApiView):
    @operation(
        "skipReview",
        _("Put the text back among those that wait"),
        scope=Scope.REVIEW,
        takes=Why,
        answers={204: None},
        problems=(409,),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = review_task_get_for(request.user, str(public_id))
        review_release(reviewer=request.user, task=task, why=self.checked(Why)["why"])
        return Response(status=204)


class OpinionView(ApiView):
    @operation(
        "askOpinion",
        _("Leave the text to a colleague, and say what to look at"),
        scope=Scope.REVIEW,
        takes=Why,
        answers={204: None},
        problems=(409,),
        example={"why": "Is the second paragraph true?"},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = review_task_get_for(request.user, str(public_id))
        review_ask_opinion(reviewer=request.user, task=task, why=self.checked(Why)["why"])
        return Response(status=204)


def _desk(user: User, task: Task) -> dict[str, Any]:
    text = review_text_for(user, str(task.public_id))
    return {
        "task": text.task,
        "submission": text.submission,
        "passages": text.passages,
        "questions": text.questions,
        "reasons": text.reasons,
        "rework_left": max(0, text.task.work_order.rework_rounds - text.task.rework_round),
        "held_until": text.task.review_expires_at if text.task.reviewer_id == user.pk else None,
    }

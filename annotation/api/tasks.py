"""The API's writing room: take up, save, send, put back. The same services as on the site, and the same gate."""

from typing import Any
from uuid import UUID

from django.utils.translation import gettext_noop as _
from rest_framework.request import Request
from rest_framework.response import Response

from annotation.api.shapes import (
    Claimed,
    DraftSaved,
    DraftSent,
    Lease,
    OwnTask,
    Sent,
    Skip,
    TaskShape,
    TextSent,
)
from annotation.selectors.queue import (
    draft_get_for,
    own_task_list_for,
    queue_state_for,
    review_list_of,
    task_get_for,
    task_in_hand_get_for,
)
from annotation.services.drafts import draft_save
from annotation.services.queue import task_claim, task_heartbeat, task_release, task_skip, task_take
from annotation.services.submissions import submission_recall, submission_send, submission_send_and_claim
from annotation.services.traces import trace_place
from collection.views.visitor import participant_of
from config.api_operations import operation
from vendors.api.base import ApiView
from vendors.api.shapes import page_of
from vendors.models import Scope


class TasksView(ApiView):
    @operation(
        "listTasks",
        _("List the tasks that you hold or sent"),
        scope=Scope.WORK,
        answers={200: page_of(TaskShape)},
        is_paged=True,
    )
    def get(self, request: Request) -> Response:
        return self.paged(own_task_list_for(request.user), TaskShape, "-claimed_at")


class ClaimView(ApiView):
    @operation(
        "claimTask",
        _("Take up the next task"),
        description=_("The task in hand comes first, then what was returned to you, then the most pressing free one."),
        scope=Scope.WORK,
        answers={200: Claimed},
    )
    def post(self, request: Request) -> Response:
        task = task_claim(writer=request.user, asker=participant_of(request))
        state = None if task is not None else queue_state_for(request.user)
        facts = {
            "task": task,
            "reason": state.reason if state else "",
            "next_lease_ends_at": state.next_lease_ends_at if state else None,
        }
        return Response(Claimed(facts).data)


class TaskView(ApiView):
    @operation(
        "getTask",
        _("Read a task of yours, its draft and what reviewers said"),
        scope=Scope.WORK,
        answers={200: OwnTask},
    )
    def get(self, request: Request, public_id: UUID) -> Response:
        task = task_get_for(request.user, public_id)
        return Response(
            OwnTask(
                {
                    "task": task,
                    "draft": draft_get_for(request.user, task),
                    "reviews": review_list_of(task, request.user),
                }
            ).data
        )


class TaskDraftView(ApiView):
    @operation(
        "saveDraft",
        _("Save the draft of the task in hand"),
        description=_(
            "A draft that was changed elsewhere meanwhile is not overwritten: the answer has both revisions."
        ),
        scope=Scope.WORK,
        takes=DraftSent,
        answers={200: DraftSaved},
        problems=(409,),
        example={"text": "朝の市場では、まず魚の目を見ます。", "base_revision": 0},
    )
    def put(self, request: Request, public_id: UUID) -> Response:
        task = task_in_hand_get_for(request.user, public_id)
        sent = self.checked(DraftSent)
        draft = draft_save(writer=request.user, task=task, **sent)
        facts = {
            "revision": draft.revision,
            "saved_at": draft.saved_at,
            "lease_ends_at": task.lease_expires_at,
            "trace": trace_place(draft),
        }
        return Response(DraftSaved(facts).data)


class TaskSubmitView(ApiView):
    @operation(
        "submitText",
        _("Send a text"),
        description=_(
            "A text too close to a model's is answered with 422 `gate_blocked` and the `passages` of your own text, in code "
            "points. The draft is saved whatever the answer is."
        ),
        scope=Scope.WORK,
        takes=TextSent,
        answers={201: Sent},
        problems=(409, 422),
        example={
            "text": "朝の市場では、まず魚の目を見ます。澄んでいれば、その日のうちは味が落ちません。",
            "base_revision": 1,
            "is_attested": True,
            "claims_next": True,
        },
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = task_in_hand_get_for(request.user, public_id)
        sent = self.checked(TextSent)
        claims_next = sent.pop("claims_next")
        handed: dict[str, Any] = {"writer": request.user, "task": task, "asker": participant_of(request), **sent}
        following = None
        if claims_next:
            submission, following = submission_send_and_claim(**handed)
        else:
            submission = submission_send(**handed)
        return Response(Sent({"submission": submission, "next": following}).data, status=201)


class TaskLeaseView(ApiView):
    @operation(
        "renewLease",
        _("Keep the task in hand for its whole time again"),
        scope=Scope.WORK,
        answers={200: Lease},
        problems=(409,),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = task_in_hand_get_for(request.user, public_id)
        task_heartbeat(writer=request.user, task=task)
        return Response({"lease_ends_at": task.lease_expires_at})


class TaskTakeView(ApiView):
    @operation(
        "takeTask",
        _("Take up again a task that you had begun"),
        scope=Scope.WORK,
        answers={200: TaskShape},
        problems=(409,),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task_take(writer=request.user, task=task_get_for(request.user, public_id), asker=participant_of(request))
        return Response(TaskShape(task_get_for(request.user, public_id)).data)


class TaskReleaseView(ApiView):
    @operation("releaseTask", _("Put the task in hand back"), scope=Scope.WORK, answers={204: None}, problems=(409,))
    def post(self, request: Request, public_id: UUID) -> Response:
        task_release(writer=request.user, task=task_get_for(request.user, public_id))
        return Response(status=204)


class TaskSkipView(ApiView):
    @operation(
        "skipTask",
        _("Pass the task in hand on to others"),
        description=_("You will not be offered this instruction again."),
        scope=Scope.WORK,
        takes=Skip,
        answers={204: None},
        problems=(409,),
        example={"reason": "expert", "note": "It asks about tax law."},
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        task = task_get_for(request.user, public_id)
        task_skip(writer=request.user, task=task, **self.checked(Skip))
        return Response(status=204)


class TaskRecallView(ApiView):
    @operation(
        "recallText",
        _("Call a text back while nobody judges it"),
        scope=Scope.WORK,
        answers={200: TaskShape},
        problems=(409,),
    )
    def post(self, request: Request, public_id: UUID) -> Response:
        submission_recall(writer=request.user, task=task_get_for(request.user, public_id))
        return Response(TaskShape(task_get_for(request.user, public_id)).data)

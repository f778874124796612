"""The errors of the hall. What they have in common is in `config/errors.py`."""

from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, Conflict, DomainError, NotAllowed


class NotEnoughInstructions(Conflict):
    """Details: `wanted` and `found`."""

    code = "not_enough_instructions"
    message = _("There are not enough instructions for this order. Collect or import more, or order fewer outputs.")


class TooFewQueued(Conflict):
    code = "too_few_queued"
    message = _("More outputs are begun than would be left. Choose a larger number.")


class LotEmpty(Conflict):
    code = "lot_empty"
    message = _("Nothing is handed in that is not in a lot already.")


class PassedByLot(Conflict):
    code = "passed_by_lot"
    message = _(
        "This text was accepted with its lot, so it cannot be returned. Accept it for releases, or reject it to keep it out of them."
    )


class LeaseLost(Conflict):
    code = "lease_lost"
    message = _("This task is no longer with you. Your text is kept on this page: copy it, or take the task up again.")


class StaleRevision(Conflict):
    """Details: `text` and `revision`, the ones the server keeps, and `trace`, where the trace goes on."""

    code = "stale_revision"
    message = _("This text was changed in another window. Both versions are kept: choose the one to go on with.")


class TaskTaken(Conflict):
    code = "task_taken"
    message = _("Somebody else holds this task now. Your text stays readable here.")


class TaskClosed(Conflict):
    code = "task_closed"
    message = _("The order of this task is closed, so nobody can start it any more.")


class TaskInHand(Conflict):
    code = "task_in_hand"
    message = _("You have another task in hand. Send it or put it back first.")


class ReviewStarted(Conflict):
    code = "review_started"
    message = _("The review of this text has started, so it cannot be called back. Wait for the reviewer's word.")


class TextEmpty(BadInput):
    code = "text_empty"
    message = _("There is no text yet. Write the output, then send it.")


class TextTooShort(BadInput):
    """Details: `characters`, `least`, `most`."""

    code = "text_too_short"
    message = _("The text is shorter than the order asks for. Write a little more.")


class TextTooLong(BadInput):
    """Details: `characters`, `least`, `most`."""

    code = "text_too_long"
    message = _("The text is longer than the order allows. Shorten it.")


class DraftTooLong(DomainError):
    code = "draft_too_long"
    status = 413
    message = _("The text is too long to be saved here. It is kept in this browser; shorten it.")


class NotAttested(BadInput):
    code = "not_attested"
    message = _("Confirm that you wrote the text yourself, without generative AI.")


class EditChangesNothing(BadInput):
    code = "edit_changes_nothing"
    message = _("The text is as it was. Change it, or accept, return or reject it as it stands.")


class ReferenceSeen(Conflict):
    code = "reference_seen"
    message = _(
        "You have read the model's answer to this instruction, so under this order the text cannot be yours. "
        "Leave it to somebody else."
    )


class ReferenceHidden(NotAllowed):
    code = "reference_hidden"
    message = _("Under this order, whoever writes does not see the model's answer.")


class DraftFirst(Conflict):
    """Details: `characters` and `least`."""

    code = "draft_first"
    message = _("The model's answer opens once your own draft is complete and saved. Write first.")


class ChecksUnsettled(BadInput):
    """Details: `remarks`, as {check, start, end} in code points of the text."""

    code = "checks_unsettled"
    message = _("This order wants these settled before a text is sent: %(checks)s. They are listed below the text.")


class SkipReasonMissing(BadInput):
    code = "skip_reason_missing"
    message = _("Choose why you pass this task on.")


class GateBlocked(DomainError):
    """Details: `passages`, ranges of code points in the writer's own text as {start, end}. Never a reference."""

    code = "gate_blocked"
    status = 422
    message = _(
        "Some passages are too close to text that a model wrote, so this was not sent. "
        "They are marked: say it in your own words. Nothing was lost."
    )


class ModelRefused(BadInput):
    code = "model_refused"
    message = _("“%(name)s” is a model of OpenAI's, or was trained on its texts: its terms forbid training with them.")


class ModelNameUnreadable(BadInput):
    code = "model_name_unreadable"
    message = _("Give the name that the server knows the model by: letters, digits and . _ : / @ + - alone.")


class ModelUnvouched(BadInput):
    code = "model_unvouched"
    message = _(
        "A model needs its licence, the address of its source, and somebody who has read the licence and confirms that "
        "training with its outputs is allowed."
    )


class ModelUnknown(Conflict):
    code = "model_unknown"
    message = _(
        "No model “%(name)s” may be used for training here. Enter it with its licence: `manage.py synthetic_model add`."
    )


class ServerRefused(BadInput):
    code = "server_refused"
    message = _("The terms of %(host)s forbid training with what it writes. Use a server of your own.")


class ServerUnusable(BadInput):
    code = "server_unusable"
    message = _("Give the address of a server of your own, such as http://127.0.0.1:8000/v1, without a password in it.")


class ServerFails(DomainError):
    code = "server_fails"
    status = 503
    message = _("The server failed several times in a row (%(reason)s). What came is kept; run the command again.")


class GenerationGoesOn(Conflict):
    code = "generation_goes_on"
    message = _("Outputs are being generated by another process. Wait until it is done.")

"""The errors of people and money. What they have in common is in `config/errors.py`."""

from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, Conflict, DomainError, NotAllowed


class LinkUnusable(DomainError):
    """An invitation's link does not open anything; the subclasses say why."""

    code = "invitation_unknown"
    status = 404
    message = _("This link is not complete. Open it again from the e-mail, or ask for a new invitation.")


class LinkExpired(LinkUnusable):
    code = "invitation_expired"
    status = 410
    message = _("This invitation has expired. Ask the person who invited you for a new one.")


class LinkUsed(LinkUnusable):
    code = "invitation_used"
    status = 410
    message = _("This invitation has been used already. If it was you, sign in with your e-mail address.")


class LinkRevoked(LinkUnusable):
    code = "invitation_revoked"
    status = 410
    message = _("This invitation has been taken back. Ask the person who invited you what happened.")


class AccountExists(Conflict):
    code = "account_exists"
    message = _("There is an account with this e-mail address already. Sign in first, then open the link again.")


class AddressTaken(Conflict):
    code = "address_taken"
    message = _("There is an account with this e-mail address already.")


class OtherPerson(NotAllowed):
    code = "invitation_for_another"
    message = _("This invitation is for another e-mail address. Sign out, then open the link again.")


class BelongsAlready(Conflict):
    code = "belongs_already"
    message = _("This person has that role already.")


class BelongsElsewhere(Conflict):
    code = "belongs_elsewhere"
    message = _("This account belongs to another organisation. Its membership there must end before it can join here.")


class RoleUnfitting(BadInput):
    code = "role_unfitting"
    message = _("This role does not exist in that kind of organisation. Choose another one.")


class LastOwner(Conflict):
    code = "last_owner"
    message = _("This is the last owner. Make somebody else an owner first.")


class AgreementMissing(Conflict):
    code = "agreement_missing"
    message = _("No agreement is in force yet. The operator has to publish one first.")


class AgreementChanged(Conflict):
    code = "agreement_changed"
    message = _("A new version of the agreement came into force while you were reading. Please read it again.")


class AgreementUnsigned(NotAllowed):
    code = "agreement_unsigned"
    message = _("Please read and sign the agreement in force first.")


class SignatureRevoked(NotAllowed):
    code = "signature_revoked"
    message = _("Your signature on this version has been revoked, so you cannot sign it again. Ask the operator.")


class WriterBarred(NotAllowed):
    code = "writer_barred"
    message = _("You cannot start new work. Ask the operator why.")


class CorrectionTooLarge(Conflict):
    code = "correction_too_large"
    message = _("A correction can take back at most what was entered for the output. Choose a smaller amount.")


class TooEarly(Conflict):
    code = "month_not_over"
    message = _("The month is not over yet. A statement can be approved once no more work can be added to it.")


class BankAccountMissing(Conflict):
    code = "bank_account_missing"
    message = _("There is no bank account for %(names)s. It has to be entered before a transfer can be made.")


class NothingToTransfer(Conflict):
    code = "nothing_to_transfer"
    message = _("No approved statement in yen waits for its payment.")


class TransferOpen(Conflict):
    code = "transfer_open"
    message = _("This statement is part of a transfer. Confirm or discard the transfer.")


class TransferDone(Conflict):
    code = "transfer_done"
    message = _("This transfer was confirmed or discarded already.")


class NotAmendable(Conflict):
    code = "order_not_amendable"
    message = _("Only an order that is running can be amended.")


class AmendmentOpen(Conflict):
    code = "amendment_open"
    message = _("An amendment of this order waits for its answer already.")


class AmendmentAnswered(Conflict):
    code = "amendment_answered"
    message = _("This amendment has its answer already.")


class QualificationNameTaken(Conflict):
    code = "qualification_name_taken"
    message = _("There is a qualification of this name. Open it to publish its next version.")


class QualificationMissing(NotAllowed):
    code = "qualification_missing"
    message = _("This order asks for the qualification “%(name)s”. Earn it first; then its tasks are yours to take.")


class CompetenceMissing(NotAllowed):
    code = "competence_missing"
    message = _("This order asks for a field of competence that is not in your account. Ask your lead to add it.")


class QualificationStopped(NotAllowed):
    code = "qualification_stopped"
    message = _("The operator has taken this qualification from you. Ask the operator why.")


class QuizPaused(Conflict):
    code = "quiz_paused"
    message = _("The quiz is not open to you yet: there is a pause after a try that failed.")


class QuizUnanswered(BadInput):
    code = "quiz_unanswered"
    message = _("Please answer every question.")


class TrialClosed(Conflict):
    code = "trial_closed"
    message = _(
        "This trial text cannot be written now: it waits for its verdict, is accepted, or comes after the quiz."
    )

"""What can be refused on the public side, in words for the visitor."""

from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, Conflict, DomainError, NotAllowed, TooMany, Unavailable


class TextRefused(BadInput):
    """An instruction or input that cannot be stored; `field` says which."""

    code = "text_refused"


class ConsentNeeded(NotAllowed):
    code = "consent_needed"
    message = _(
        "Before the first question we need your consent. Your text is kept; please read the terms and come back."
    )


class Barred(NotAllowed):
    code = "barred"
    message = _("Questions from this browser are no longer accepted. What we keep of yours is still under “My data”.")


class NoTerms(Unavailable):
    code = "no_terms"
    message = _("This site is not open yet: its terms have not been published.")


class SiteClosed(Unavailable):
    code = "site_closed"
    message = _("Answering is paused just now. Your text is kept; please try again later.")


class BudgetSpent(TooMany):
    """A cap leaves no room for this question; `scope` in the details says which."""

    code = "budget_spent"
    message = _("Today's free budget is used up. Your text is kept; it works again after midnight, Japan time.")


class TooOften(TooMany):
    """A rate was passed; `scope` and `retry_after_seconds` say which."""

    code = "too_often"
    message = _("Many questions in a short time. Your text is kept; please wait a minute and send it again.")


class AnswerOpen(TooMany):
    code = "answer_open"
    message = _(
        "Another answer of yours is still being written. Your text is kept; please send it when that one has ended."
    )


class LimitsUnknown(Unavailable):
    """Redis does not answer, and what cannot be counted is not taken."""

    code = "limits_unknown"
    message = _("We cannot take questions for a moment. Your text is kept; please try again in a minute.")


class ModerationMissing(Conflict):
    code = "moderation_missing"
    message = _("Moderation has not passed this text yet. It is asked again by itself; please decide after that.")


class RedactionRefused(Conflict):
    code = "redaction_refused"
    message = _("Only a text that waits for a decision can be redacted, and this one does not any more.")


class TermsRefused(Conflict):
    """A draft that cannot be published as it is."""

    code = "terms_refused"


class RecoveryRefused(BadInput):
    code = "recovery_refused"
    message = _("This code opens nothing. Please compare it with what you noted; letters and digits are what counts.")


class RecoveryLimited(TooMany):
    code = "recovery_limited"
    message = _("Too many codes were tried from here. Please try again in an hour.")


class RecoveryUnavailable(Unavailable):
    code = "recovery_unavailable"
    message = _("Codes cannot be checked just now. Yours stays valid; please try again in a few minutes.")


class KeyUnknown(DomainError):
    code = "key_unknown"
    status = 401
    message = _("This key is not known, or it was revoked. Send it as “Authorization: Bearer …”.")


class OriginNotAllowed(NotAllowed):
    code = "origin_not_allowed"
    message = _("This key may not be used from this site. Ask the operator to add its origin to the key.")


class PartnerDaySpent(TooMany):
    code = "partner_day_spent"
    message = _("Today's questions of this key are used up. It works again after midnight, Japan time.")


class TermsOutdated(Conflict):
    """The consent was not given to the terms in force; `version` says which those are."""

    code = "terms_outdated"
    message = _("The terms have changed. Please show the version in force and ask for consent again.")


class ConsentIncomplete(BadInput):
    code = "consent_incomplete"
    message = _("Every statement must be confirmed by the person, each with true.")


class ImportRefused(BadInput):
    """A file of which nothing can be read."""

    code = "import_refused"

"""What can be refused on the public side, in words for the visitor."""

from django.utils.translation import gettext_lazy as _

from config.errors import BadInput, Conflict, NotAllowed, TooMany, Unavailable


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


class ImportRefused(BadInput):
    """A file of which nothing can be read."""

    code = "import_refused"

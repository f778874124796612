"""What can go wrong with the provider, in words fit for a visitor: never the provider's own, which name our account."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _

from config.errors import Unavailable


class ProviderError(Unavailable):
    """The provider gave no whole answer. Its `code` says why; the kinds below are all there are."""

    code: ClassVar[str] = "provider_unavailable"
    # Whether another try could help, so long as no text has come.
    may_pass: ClassVar[bool] = True
    message = _("The model does not answer just now. Your text is kept; please try again in a few minutes.")

    def __init__(
        self,
        *,
        has_begun: bool = False,
        retry_after_seconds: float | None = None,
        request_id: str | None = None,
    ) -> None:
        super().__init__()
        self.is_retryable = self.may_pass and not has_begun
        self.retry_after_seconds = retry_after_seconds
        self.request_id = request_id


class ProviderUnavailable(ProviderError):
    """It answered that it cannot: 5xx, or an error inside the stream."""


class RateLimited(ProviderError):
    code = "rate_limited"
    message = _("Many people are asking just now. Your text is kept; please try again in a minute.")


class ProviderRefused(ProviderError):
    """Our key, account or request is not accepted: only the operator can mend it."""

    code = "provider_refused"
    may_pass = False
    message = _("The model cannot be asked until we have mended something. Your text is kept; please try again later.")


class Unreachable(ProviderError):
    code = "unreachable"
    message = _("The model cannot be reached just now. Your text is kept; please try again in a few minutes.")


class FirstTokenTimeout(ProviderError):
    code = "timeout_first_token"
    message = _("The model did not begin to answer in time. Your text is kept; please try again.")


class IdleTimeout(ProviderError):
    code = "timeout_idle"
    may_pass = False
    message = _("The model stopped in the middle of its answer. What came is kept; you can ask again.")


class DeadlinePassed(ProviderError):
    code = "deadline"
    may_pass = False
    message = _("The answer took too long and was stopped. What came is kept; you can ask again.")


class StreamCut(ProviderError):
    code = "cut"
    message = _("The connection broke before the answer was whole. What came is kept; you can ask again.")


class MalformedAnswer(ProviderError):
    code = "malformed"
    may_pass = False
    message = _("The model sent something we could not read. Your text is kept; please try again later.")

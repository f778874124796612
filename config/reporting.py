"""Errors reported to Sentry, when SENTRY_DSN is set: where something broke, never with what.

An event leaves with what is named here and nothing else: no message of an exception (a database's holds values), no
variables, request, cookies, person or breadcrumbs. What a text was can therefore not be among it.
"""

from typing import Any

from django.conf import settings

from config.observing import passage_now

OURS = ("config", "collection", "vendors", "annotation")
# Whose messages are sentences with gaps, not filled in: no other library's is believed to be.
SENTENCES = (*OURS, "django.request")
KEPT = ("event_id", "timestamp", "platform", "level", "logger", "release", "environment", "sdk")
KEPT_OF_FRAME = ("filename", "function", "module", "lineno", "in_app", "pre_context", "context_line", "post_context")


def begin() -> None:
    """Report what is logged as an error from now on. Wants the optional package sentry-sdk."""
    import sentry_sdk
    from sentry_sdk.integrations.atexit import AtexitIntegration
    from sentry_sdk.integrations.dedupe import DedupeIntegration
    from sentry_sdk.integrations.logging import LoggingIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        environment=settings.SENTRY_ENVIRONMENT,
        before_send=event_cut,  # type: ignore[arg-type]
        default_integrations=False,
        auto_enabling_integrations=False,
        # A failed request and a failed job are logged with their exceptions: nothing else need be patched.
        integrations=[LoggingIntegration(level=None, sentry_logs_level=None), AtexitIntegration(), DedupeIntegration()],
        include_local_variables=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        server_name="",
        project_root=str(settings.BASE_DIR),
    )


def event_cut(event: dict[str, Any], hint: dict[str, Any]) -> dict[str, Any]:
    """A new event with what may leave."""
    cut = {name: event[name] for name in KEPT if name in event}
    if passage := passage_now():
        cut["tags"] = {"request_id": passage.request_id, "job": passage.job, "route": passage.route}
    logger = str(event.get("logger") or "")
    if message := (event.get("logentry") or {}).get("message"):
        cut["logentry"] = {"message": message if _is_sentence(logger) else f"An error told by {logger}."}
    if exceptions := (event.get("exception") or {}).get("values"):
        cut["exception"] = {"values": [_exception_cut(one) for one in exceptions]}
    return cut


def _is_sentence(logger: str) -> bool:
    return any(logger == name or logger.startswith(f"{name}.") for name in SENTENCES)


def _exception_cut(exception: dict[str, Any]) -> dict[str, Any]:
    cut = {name: exception.get(name) for name in ("type", "module")}
    frames = (exception.get("stacktrace") or {}).get("frames") or []
    cut_frames = [{name: frame[name] for name in KEPT_OF_FRAME if name in frame} for frame in frames]
    return {**cut, "stacktrace": {"frames": cut_frames}}

"""System checks that refuse an unsafe or half-set configuration, each with a sentence that says what to set.

Every command of manage.py runs them, and so do the web server and the worker before they begin.
"""

from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register, run_checks
from django.core.exceptions import ImproperlyConfigured

from config.environment import POOLED, POSTGRESQL

TAG = "hitode"
SHORTEST_SECRET_KEY = 40


def refuse_unsafe_configuration() -> None:
    """Raise ImproperlyConfigured with what the checks say; for processes that are not commands."""
    if errors := [message for message in run_checks(tags=[TAG]) if message.is_serious()]:
        raise ImproperlyConfigured("\n".join(f"{error.id}: {error.msg} {error.hint or ''}" for error in errors))


def can_report() -> bool:
    """Whether the optional package is there that reports errors."""
    return find_spec("sentry_sdk") is not None


def _error(number: int, message: str, hint: str) -> Error:
    return Error(message, hint=hint, id=f"hitode.E{number:03}")


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only be reached from this machine."""
    host = host.strip("[]").rstrip(".")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@register(TAG, Tags.security)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Sessions and links are only as safe as the key that signs them."""
    if not settings.SECRET_KEY_IS_SET:
        return [
            _error(
                1,
                "There is no secret key.",
                "Set HITODE_SECRET_KEY to a long random text: "
                "python -c 'import secrets; print(secrets.token_urlsafe(50))'",
            )
        ]
    if len(settings.SECRET_KEY) < SHORTEST_SECRET_KEY:
        hint = f"Set HITODE_SECRET_KEY to at least {SHORTEST_SECRET_KEY} random characters."
        return [_error(2, "The secret key is too short to be safe.", hint)]
    return []


@register(TAG, Tags.security)
def check_addresses(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Which hosts we answer for, and whether the way to them is encrypted."""
    return list(_address_errors())


def _address_errors() -> Iterator[Error]:
    hosts = settings.ALLOWED_HOSTS
    if not hosts:
        yield _error(3, "No host names are set.", "Set HITODE_HOSTS to the names this site has, separated by commas.")
    if "*" in hosts:
        yield _error(4, "HITODE_HOSTS allows every host name.", "Name the hosts of this site instead of '*'.")
    base = urlsplit(settings.BASE_URL)
    if base.scheme not in {"http", "https"} or not base.hostname:
        hint = "Set HITODE_BASE_URL to the whole address, such as https://hitode.example.org"
        yield _error(5, f"HITODE_BASE_URL is not a web address: {settings.BASE_URL!r}.", hint)
    elif base.scheme == "http" and not is_loopback(base.hostname):
        hint = "Set HITODE_BASE_URL to the https:// address at which people reach it."
        yield _error(6, "Passwords and answers would cross the network unencrypted.", hint)
    if settings.TRUSTED_PROXIES < 0:
        hint = "Set HITODE_TRUSTED_PROXIES to the number of proxies in front of this site, 0 for none."
        yield _error(7, "The number of trusted proxies is negative.", hint)
    if settings.DEMONSTRATION and not all(is_loopback(host) for host in [*hosts, base.hostname or "localhost"]):
        hint = "Set HITODE_DEMONSTRATION=false and configure the rest, or serve on localhost only."
        yield _error(8, "A demonstration, whose passwords are public, would be open to the network.", hint)


@register(TAG, Tags.security)
def check_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Debug pages show data and settings."""
    if settings.DEBUG and not settings.DEMONSTRATION:
        return [_error(9, "Debug pages are on with a real database.", "Set HITODE_DEBUG=false.")]
    return []


@register(TAG)
def check_engines(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Real data belongs on servers that are backed up."""
    return list(_engine_errors())


def _engine_errors() -> Iterator[Error]:
    if settings.DATABASES["default"]["ENGINE"] not in (POSTGRESQL, POOLED):
        hint = "Set DATABASE_URL to a postgresql:// address, or leave it unset for a demonstration."
        yield _error(10, "Hitode needs PostgreSQL; its rules are written in it.", hint)
    if settings.DEMONSTRATION:
        return
    variables = {"postgres": "DATABASE_URL", "redis": "REDIS_URL"}
    for engine, variable in variables.items():
        if engine in settings.EMBEDDED_ENGINES:
            hint = f"Set {variable} to the address of a server, or HITODE_DEMONSTRATION=true to try things out."
            yield _error(11, f"{variable} is not set, so that real data would go into an embedded engine.", hint)


@register(TAG, Tags.security)
def check_export_role(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A release is read by a role that cannot see model text; that only holds if it is another role."""
    return list(_export_errors())


def _export_errors() -> Iterator[Error]:
    main, export = urlsplit(settings.DATABASE_URL), urlsplit(settings.EXPORT_DATABASE_URL)
    if not settings.DEMONSTRATION and not settings.EXPORT_DATABASE_URL_IS_SET:
        hint = "Set EXPORT_DATABASE_URL to the same database as the user hitode_export."
        yield _error(12, "The address for exports is not set.", hint)
        return
    if (main.username or "") == (export.username or ""):
        hint = "Set EXPORT_DATABASE_URL to the same database as another user, hitode_export."
        yield _error(13, "Exports would run as the user who may read everything, model text included.", hint)
    if main.path != export.path:
        hint = "Make DATABASE_URL and EXPORT_DATABASE_URL name the same database."
        yield _error(14, "Exports would read another database than the one the site writes.", hint)


@register(TAG)
def check_provider(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Outside the demonstration the answers come from a real provider, or nowhere."""
    if settings.DEMONSTRATION:
        return []
    if settings.IS_PRACTICE:
        hint = "Unset HITODE_PRACTICE, and set OPENAI_API_KEY or OPENAI_BASE_URL."
        return [_error(15, "Practice answers are for the demonstration only.", hint)]
    if not settings.OPENAI_API_KEY and not settings.OPENAI_BASE_URL:
        hint = "Set OPENAI_API_KEY, or OPENAI_BASE_URL for another server that speaks the same protocol."
        return [_error(16, "There is no model provider to answer the public.", hint)]
    return []


@register(TAG)
def check_mail(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without e-mail nobody can be invited."""
    if settings.DEMONSTRATION:
        return []
    errors: list[CheckMessage] = []
    if not settings.EMAIL_URL_IS_SET:
        hint = "Set EMAIL_URL, for instance submission://user:password@mail.example.org:587"
        errors.append(_error(17, "No e-mail server is set, so that invitations would reach nobody.", hint))
    if "@localhost" in settings.DEFAULT_FROM_EMAIL:
        hint = "Set HITODE_EMAIL_FROM, for instance Hitode <hitode@example.org>"
        errors.append(_error(18, "E-mail would come from an address that does not exist.", hint))
    return errors


@register(TAG)
def check_limits(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Limits must be numbers that make sense."""
    limits = {
        "HITODE_INSTRUCTION_MAX_CHARACTERS": settings.INSTRUCTION_MAX_CHARACTERS,
        "HITODE_INPUT_MAX_CHARACTERS": settings.INPUT_MAX_CHARACTERS,
        "HITODE_OUTPUT_MAX_CHARACTERS": settings.OUTPUT_MAX_CHARACTERS,
        "HITODE_MAX_COMPLETION_TOKENS": settings.MAX_COMPLETION_TOKENS,
        "HITODE_WEB_WORKERS": settings.WEB_WORKERS,
        "HITODE_WEB_THREADS": settings.WEB_THREADS,
        "HITODE_JOB_WORKERS": settings.JOB_WORKERS,
    }
    errors: list[CheckMessage] = [
        _error(19, f"{name} is {value}, but must be at least 1.", f"Set {name} to a positive number, or unset it.")
        for name, value in limits.items()
        if value < 1
    ]
    amounts = {
        "HITODE_DAILY_BUDGET_MICROUSD": settings.DAILY_BUDGET_MICROUSD,
        "HITODE_PROMPT_PRICE_MICROUSD_PER_MILLION": settings.PROMPT_PRICE_MICROUSD_PER_MILLION,
        "HITODE_COMPLETION_PRICE_MICROUSD_PER_MILLION": settings.COMPLETION_PRICE_MICROUSD_PER_MILLION,
        "HITODE_DATABASE_POOL": settings.DATABASE_POOL_SIZE,
    }
    errors += [
        _error(20, f"{name} is {value}, but cannot be negative.", f"Set {name} to 0 or more, or unset it.")
        for name, value in amounts.items()
        if value is not None and value < 0
    ]
    return errors


@register(TAG)
def check_watching(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """What was asked for must be there: an error that nobody hears of is worse than a refusal to start."""
    if settings.SENTRY_DSN and not can_report():
        hint = "Run `make optional`, or unset SENTRY_DSN."
        return [_error(21, "SENTRY_DSN is set, but the package sentry-sdk is not installed.", hint)]
    return []

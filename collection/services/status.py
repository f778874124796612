"""How each part of the installation is at this moment, for the operator. Asks the engines, but never the model provider."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.db import DatabaseError, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from collection.gateway import provider_name
from collection.models import Instruction, ScreeningFinding
from collection.screening import entities, language, neighbours
from collection.selectors.waiting import WORKER_KEY
from collection.states import InstructionStatus
from config.examination import Part

# The beat asks for a sign of life every minute; three that fail to come are a worker that is away.
WORKER_PATIENCE = timedelta(minutes=3)
WORKER_REMEMBERED_SECONDS = 7 * 24 * 3600
MODERATION_WINDOW = timedelta(hours=1)


def worker_sign() -> None:
    """A worker says that it lives, and which optional parts it has; called by a job."""
    sign = {"at": timezone.now().isoformat(), "ner": entities.is_present(), "language": language.is_statistical()}
    cache.set(WORKER_KEY, sign, WORKER_REMEMBERED_SECONDS)


def parts_look() -> list[Part]:
    """Every part, the engines first."""
    sign = _worker_sign_read()
    return [
        _postgresql(),
        _redis(sign),
        _worker(sign),
        _provider(),
        _moderation(),
        _names(sign),
        _languages(sign),
        _repeats(),
    ]


def _postgresql() -> Part:
    name, purpose = "PostgreSQL", gettext_lazy("Keeps everything.")
    try:
        with connection.cursor() as cursor:
            cursor.execute("SHOW server_version")
            version = str(cursor.fetchone()[0]).split()[0]
    except DatabaseError:
        return Part(name, purpose, "danger", _("does not answer"), _("Start it, or correct DATABASE_URL."))
    embedded = "postgres" in settings.EMBEDDED_ENGINES
    state = _("version %(version)s, embedded") if embedded else _("version %(version)s")
    return Part(name, purpose, "ok", state % {"version": version})


def _redis(sign: dict[str, Any] | None) -> Part:
    name, purpose = "Redis", gettext_lazy("Hands work to the workers, and counts for the limits.")
    if sign is None:
        advice = _("Start it, or correct REDIS_URL. Until then screening waits, and whatever needs a limit is refused.")
        return Part(name, purpose, "danger", _("does not answer"), advice)
    embedded = _("answers, embedded") if "redis" in settings.EMBEDDED_ENGINES else _("answers")
    return Part(name, purpose, "ok", embedded)


def _worker(sign: dict[str, Any] | None) -> Part:
    name, purpose = gettext_lazy("Worker"), gettext_lazy("Screens what comes in, and sweeps up what was left.")
    advice = _("Start a worker and the beat: celery -A config.celery worker, celery -A config.celery beat.")
    if not sign:
        return Part(name, purpose, "danger", _("never seen"), advice)
    at = datetime.fromisoformat(sign["at"])
    minutes = int((timezone.now() - at).total_seconds() // 60)
    seen = _("seen just now") if minutes < 1 else _("last seen %(minutes)s min ago") % {"minutes": minutes}
    if timezone.now() - at > WORKER_PATIENCE:
        return Part(name, purpose, "danger", seen, advice)
    return Part(name, purpose, "ok", seen)


def _provider() -> Part:
    name, purpose = gettext_lazy("Model provider"), gettext_lazy("Answers the visitors.")
    kind = provider_name()
    if kind == "practice":
        advice = _("Answers are made up for trying out. Set OPENAI_API_KEY for real ones.")
        return Part(name, purpose, "warn", _("practice provider"), advice)
    if kind == "openai" and not settings.OPENAI_API_KEY:
        return Part(name, purpose, "danger", _("no key"), _("Set OPENAI_API_KEY."))
    where = "OpenAI" if kind == "openai" else settings.OPENAI_BASE_URL
    return Part(name, purpose, "ok", f"{where}, {settings.OPENAI_MODEL}")


def _moderation() -> Part:
    name, purpose = gettext_lazy("Moderation"), gettext_lazy("Passes every text before it can become a task.")
    since = timezone.now() - MODERATION_WINDOW
    lately = ScreeningFinding.objects.filter(check_id__startswith="moderation.", at__gte=since)
    newest = lately.order_by("-pk").values_list("check_id", flat=True).first()
    waiting = Instruction.objects.filter(
        status=InstructionStatus.HELD, findings__check_id="moderation.unavailable"
    ).exclude(findings__check_id="moderation.passed")
    count = waiting.distinct().count()
    if count:
        advice = _("It is asked again every minute. If it stays so, look at the key and the address of the provider.")
        return Part(name, purpose, "warn", _("%(count)s texts wait for it") % {"count": count}, advice)
    if newest is None:
        return Part(name, purpose, "quiet", _("not asked in the last hour"))
    return Part(name, purpose, "ok", _("answers"))


def _names(sign: dict[str, Any] | None) -> Part:
    name, purpose = gettext_lazy("Names of people (GiNZA)"), gettext_lazy("Finds names that the rules do not know.")
    if (sign or {}).get("ner"):
        return Part(name, purpose, "ok", _("in use"))
    advice = _(
        "Only the rules look for names: common family names, honorifics, introductions. To add it: make optional."
    )
    return Part(name, purpose, "warn", _("not installed in the worker"), advice)


def _languages(sign: dict[str, Any] | None) -> Part:
    name, purpose = (
        gettext_lazy("Languages (lingua)"),
        gettext_lazy("Tells Spanish from English, and Chinese from Japanese."),
    )
    if (sign or {}).get("language"):
        return Part(name, purpose, "ok", _("in use"))
    advice = _("Languages are told apart by their script alone. To add it: make optional.")
    return Part(name, purpose, "warn", _("not installed in the worker"), advice)


def _repeats() -> Part:
    name, purpose = gettext_lazy("Near repeats"), gettext_lazy("Holds questions that were asked before in other words.")
    if neighbours.is_present():
        return Part(name, purpose, "ok", _("in use"))
    return Part(name, purpose, "warn", _("absent"), _("Only exact repeats are found."))


def _worker_sign_read() -> dict[str, Any] | None:
    """The last sign of life, empty if there never was one; None when Redis does not answer."""
    try:
        sign: dict[str, Any] = cache.get(WORKER_KEY) or {}
    except (RedisError, OSError):
        return None
    return sign

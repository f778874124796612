"""What `manage.py doctor` looks at. The ground floor looks at the configuration and the engines; each app hands in a function
that looks at what it keeps. Looking changes nothing."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import redis
from django.conf import settings
from django.core.checks import CheckMessage, run_checks
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from redis.exceptions import RedisError

from config.backup import stamp_path
from config.checks import TAG
from config.waiting import jobs_waiting

Tone = Literal["ok", "warn", "danger", "quiet"]

LEAST_FREE_BYTES = 2 * 1024**3
MANY_JOBS = 1000
BACKUP_PATIENCE = timedelta(hours=48)
# Commands, a console, the exports' roles.
CONNECTIONS_BESIDE = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One part: what it is for, how it is, and what to do if that is not well."""

    name: str | Promise
    purpose: str | Promise
    tone: Tone
    state: str
    advice: str = ""


Examiner = Callable[[], Iterable[Part]]

_examiners: list[Examiner] = []


def register(examiner: Examiner) -> None:
    """Let `examiner` look too; called from an AppConfig's ready(). It may ask the database, which answers when it is called."""
    if examiner not in _examiners:
        _examiners.append(examiner)


def examine() -> list[Part]:
    """Every part, the configuration first. What cannot be looked at because an engine is away is a finding too."""
    found = [*_configuration(), *_disk(), *_backup()]
    is_there = _is_database_there()
    found += [*_broker(), *(_migrations() if is_there else [])]
    if not is_there:
        advice = _("Start it, or correct DATABASE_URL. The rest cannot be looked at without it.")
        return [*found, Part("PostgreSQL", "", "danger", _("does not answer"), advice)]
    for examiner in (_connections, *_examiners):
        try:
            found += examiner()
        except (DatabaseError, RedisError) as error:
            state = _("could not be looked at: %(why)s") % {"why": str(error).partition("\n")[0]}
            found.append(Part(_part_of(examiner), "", "danger", state, _("Bring the database up to date first.")))
    return found


def worst_of(parts: Iterable[Part]) -> Tone:
    """The tone of all together: danger, warn or ok."""
    tones = {part.tone for part in parts}
    return next((tone for tone in ("danger", "warn") if tone in tones), "ok")


def _part_of(examiner: Examiner) -> str:
    return examiner.__module__.partition(".")[0]


def _configuration() -> Iterator[Part]:
    name = gettext_lazy("Configuration")
    messages = run_checks(tags=[TAG])
    if not settings.DEMONSTRATION:
        messages += [one for one in run_checks(include_deployment_checks=True) if one not in messages]
    for message in messages:
        yield Part(name, "", "danger" if message.is_serious() else "warn", _told(message), str(message.hint or ""))
    if not messages:
        yield Part(name, "", "ok", _("a demonstration") if settings.DEMONSTRATION else _("complete"))
    if not settings.DEMONSTRATION:
        yield from _watching()


def _told(message: CheckMessage) -> str:
    return f"{message.msg} ({message.id})"


def _watching() -> Iterator[Part]:
    for name, is_set, state, advice in (
        (
            gettext_lazy("Figures"),
            settings.METRICS_TOKEN,
            _("no token"),
            _("Set HITODE_METRICS_TOKEN and let Prometheus read /metrics."),
        ),
        (
            gettext_lazy("Errors"),
            settings.SENTRY_DSN,
            _("told in the log alone"),
            _("Set SENTRY_DSN to hear of them. It is sent no text and no person's data."),
        ),
        (
            gettext_lazy("Sealed data"),
            settings.SEALING_KEYS != [settings.SECRET_KEY],
            _("sealed with the secret key"),
            _(
                "Set HITODE_SEALING_KEYS, beginning with the secret key of now; until then that key can never be changed."
            ),
        ),
    ):
        yield Part(name, "", "ok", _("set")) if is_set else Part(name, "", "warn", state, advice)


def _disk() -> Iterator[Part]:
    folder = settings.VAR
    name = gettext_lazy("Disk")
    if not folder.exists():
        yield Part(
            name, "", "warn", _("%(folder)s is not there") % {"folder": folder}, _("Make it, or set HITODE_VAR.")
        )
        return
    usage = shutil.disk_usage(folder)
    state = _("%(free)s GB of %(all)s GB free") % {"free": usage.free // 10**9, "all": usage.total // 10**9}
    advice = _("Make room: an export, a backup and the gate's index are written there.")
    yield Part(name, "", "ok", state) if usage.free > LEAST_FREE_BYTES else Part(name, "", "danger", state, advice)


def _backup() -> Iterator[Part]:
    """When the last one was made from here; a demonstration needs none."""
    if settings.DEMONSTRATION:
        return
    name, advice = gettext_lazy("Backup"), _("Let a clock run `manage.py backup FOLDER` every day, and try a restore.")
    try:
        made = json.loads(stamp_path().read_text())
    except (OSError, ValueError):
        yield Part(name, "", "warn", _("none was made from here"), advice)
        return
    at = datetime.fromisoformat(made["at"])
    hours = int((timezone.now() - at).total_seconds() // 3600)
    state = _("%(hours)s hours old, in %(folder)s") % {"hours": hours, "folder": made["folder"]}
    is_fresh = timezone.now() - at < BACKUP_PATIENCE
    yield Part(name, "", "ok" if is_fresh else "warn", state, "" if is_fresh else advice)


def _is_database_there() -> bool:
    try:
        connection.ensure_connection()
    except DatabaseError:
        return False
    return True


def _migrations() -> Iterator[Part]:
    name = gettext_lazy("Migrations")
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    unknown = set(executor.loader.applied_migrations) - set(executor.loader.disk_migrations)
    ours = [f"{app}.{one}" for app, one in sorted(unknown) if app in executor.loader.migrated_apps]
    if plan:
        first = f"{plan[0][0].app_label}.{plan[0][0].name}"
        state = _("%(count)s are not applied, the first %(first)s") % {"count": len(plan), "first": first}
        yield Part(name, "", "danger", state, _("Run `manage.py migrate`."))
    elif ours:
        state = _("the database is ahead of this code: %(first)s") % {"first": ours[0]}
        yield Part(name, "", "warn", state, _("Right during a rolling upgrade; otherwise start the newer code."))
    else:
        yield Part(name, "", "ok", _("all applied"))


def _connections() -> Iterator[Part]:
    """Whether PostgreSQL lets in all that this machine's programs may open."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW max_connections")
        most = int(cursor.fetchone()[0])
    pool = settings.DATABASE_POOL_SIZE or 16
    wanted = (
        settings.WEB_WORKERS * (pool + 1) + settings.JOB_WORKERS + CONNECTIONS_BESIDE
    )  # one shows that the process lives
    state = _("%(wanted)s at most here, of %(most)s") % {"wanted": wanted, "most": most}
    name = gettext_lazy("Connections")
    if wanted > most:
        advice = _("Raise max_connections of PostgreSQL, or lower HITODE_WEB_WORKERS or HITODE_DATABASE_POOL.")
        yield Part(name, "", "warn", state, advice)
    else:
        yield Part(name, "", "ok", state)


def _broker() -> Iterator[Part]:
    name = gettext_lazy("Jobs")
    try:
        waiting = int(jobs_waiting()["jobs"])
    except (RedisError, OSError):
        yield Part(name, "", "danger", _("Redis does not answer"), _("Start it, or correct REDIS_URL."))
        return
    state = _("%(count)s wait") % {"count": waiting}
    advice = _("Start more workers, or look in the log of the one there is.")
    yield Part(name, "", "warn", state, advice) if waiting > MANY_JOBS else Part(name, "", "ok", state)
    if (policy := _eviction_policy()) not in {"noeviction", ""}:
        state = _("may forget jobs when its memory is full (%(policy)s)") % {"policy": policy}
        yield Part("Redis", "", "danger", state, _("Set maxmemory-policy noeviction."))


def _eviction_policy() -> str:
    """What Redis does when its memory is full; empty where it does not say, as some hosted ones."""
    with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=5) as client:
        try:
            return str(client.config_get("maxmemory-policy").get("maxmemory-policy", ""))
        except RedisError:
            return ""

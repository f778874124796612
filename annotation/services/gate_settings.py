"""Which thresholds and which stop-grams are in force, and the engine that applies them."""

from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any

import orjson
from django.db import IntegrityError, transaction
from django.db.models import Subquery

from annotation.cleanroom.decide import Settings
from annotation.cleanroom.engine import ENGINE_VERSION, Engine
from annotation.cleanroom.stopgrams import StopGrams
from annotation.models import GateSettings
from annotation.models import StopGrams as StopGramsRow

# The columns of `InForce`, as a part of any statement: whoever looks something up learns what was in force just then.
IN_FORCE = """
    coalesce((SELECT version FROM annotation_gatesettings ORDER BY version DESC LIMIT 1), 0),
    coalesce((SELECT engine_version FROM annotation_gatesettings ORDER BY version DESC LIMIT 1), ''),
    coalesce((SELECT thresholds::text FROM annotation_gatesettings ORDER BY version DESC LIMIT 1), ''),
    coalesce((SELECT digest FROM annotation_stopgrams ORDER BY version DESC LIMIT 1), '')
"""


@dataclass(frozen=True, slots=True)
class InForce:
    """What a text is judged by: a version of the settings with its thresholds as JSON, and the stop-grams' digest."""

    version: int = 0
    engine_version: str = ""
    thresholds: str = ""
    stops: str = ""


def gate_settings_in_force() -> GateSettings:
    """Return the newest settings; a new engine version, or a new database, writes the next version first.

    A new engine counts otherwise: it begins with the settings that it was calibrated with, whatever was set before.
    """
    newest = GateSettings.objects.order_by("-version").first()
    if newest is not None and newest.engine_version == ENGINE_VERSION:
        return newest
    if newest is None:
        return settings_write(thresholds=asdict(Settings()), why="the settings that come with the product")
    why = "the settings that the new engine comes with"
    return settings_write(thresholds=asdict(Settings()), why=why, after=newest.version)


def settings_write(*, thresholds: dict[str, Any], why: str, after: int = 0) -> GateSettings:
    """Put thresholds in force as the version that follows `after`; if another process was quicker, its version is."""
    try:
        with transaction.atomic():
            return GateSettings.objects.create(
                version=after + 1, engine_version=ENGINE_VERSION, thresholds=thresholds, why=why
            )
    except IntegrityError:
        return GateSettings.objects.order_by("-version")[0]


def engine_in_force() -> Engine:
    """Return the engine with the settings and stop-grams that are in force now. One query."""
    stops = Subquery(StopGramsRow.objects.order_by("-version").values("digest")[:1])
    newest = GateSettings.objects.order_by("-version").annotate(stops=stops).first()
    if newest is None or newest.engine_version != ENGINE_VERSION:
        gate_settings_in_force()  # writes them
        return engine_in_force()
    thresholds = orjson.dumps(newest.thresholds).decode()
    return engine_for(InForce(newest.version, newest.engine_version, thresholds, newest.stops or ""))


@lru_cache(maxsize=8)
def engine_for(in_force: InForce) -> Engine:
    """Return the engine for these settings and stop-grams."""
    thresholds = orjson.loads(in_force.thresholds) if in_force.thresholds else {}
    return Engine(Settings.from_dict(thresholds), _stops(in_force.stops))


def _stops(digest: str) -> StopGrams:
    if not digest:
        return StopGrams.commonplaces()
    row = StopGramsRow.objects.filter(digest=digest).latest("version")
    return StopGrams.load(bytes(row.grams))

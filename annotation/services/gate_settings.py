"""Which thresholds are in force, and the engine that applies them."""

from dataclasses import asdict

import orjson
from django.db import IntegrityError, transaction

from annotation.cleanroom.decide import Settings
from annotation.cleanroom.engine import ENGINE_VERSION, Engine
from annotation.models import GateSettings


def gate_settings_in_force() -> GateSettings:
    """Return the newest settings; a new engine version, or a new database, writes the next version first."""
    newest = GateSettings.objects.order_by("-version").first()
    if newest is not None and newest.engine_version == ENGINE_VERSION:
        return newest
    thresholds = newest.thresholds if newest else asdict(Settings())
    try:
        with transaction.atomic():
            return GateSettings.objects.create(
                version=(newest.version if newest else 0) + 1,
                engine_version=ENGINE_VERSION,
                thresholds=thresholds,
                why="a new engine version" if newest else "the settings that come with the product",
            )
    except IntegrityError:  # another process wrote it a moment ago
        return GateSettings.objects.order_by("-version")[0]


_engines: dict[bytes, Engine] = {}


def engine_for(settings: GateSettings) -> Engine:
    """Return the engine for these settings; equal ones share it."""
    key = orjson.dumps(settings.thresholds, option=orjson.OPT_SORT_KEYS)
    if key not in _engines:
        _engines[key] = Engine(Settings.from_dict(settings.thresholds))
    return _engines[key]

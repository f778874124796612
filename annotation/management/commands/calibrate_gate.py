"""`manage.py calibrate_gate --pairs FILE`: what the gate's settings, and others around them, make of labelled pairs."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.cleanroom.calibration import INDEPENDENT, BadPair, Tally, Trial, calibrate, read_pairs
from annotation.cleanroom.decide import Settings
from annotation.cleanroom.normalise import UnreadableText
from annotation.services.gate_settings import engine_in_force, gate_settings_in_force, settings_write


class Command(BaseCommand):
    help = (
        "Print how many copies are caught and how many independent texts are falsely accused, with 95% intervals, by the "
        "settings in force and by others around them. With --put, put changed settings in force first."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pairs", type=Path, help="JSON Lines: kind, text, reference; instruction, input, is_own")
        parser.add_argument("--put", metavar="JSON", help='changed thresholds, as {"review_run": 19}; needs --why')
        parser.add_argument("--why", default="", help="the reason, kept with the settings")
        parser.add_argument("--json", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["put"]:
            self._put(options["put"], options["why"].strip())
        elif not options["pairs"]:
            raise CommandError(_("Name a file with --pairs, or settings with --put."), returncode=2)
        if not options["pairs"]:
            return
        try:
            with options["pairs"].open(encoding="utf-8") as file:
                pairs = read_pairs(file)
            in_force = gate_settings_in_force()
            trials = list(calibrate(pairs, Settings.from_dict(in_force.thresholds), engine_in_force().stops))
        except (OSError, UnicodeError, BadPair, UnreadableText) as error:
            raise CommandError(str(error), returncode=2) from error
        if options["json"]:
            found = {"settings_version": in_force.version, "trials": [_facts(trial) for trial in trials]}
            self.stdout.write(json.dumps(found, ensure_ascii=False, indent=2))
            return
        for trial in trials:
            self._tell(trial)

    def _put(self, values: str, why: str) -> None:
        if not why:
            raise CommandError(_("Say with --why what the new settings are for."), returncode=2)
        newest = gate_settings_in_force()
        try:
            thresholds = newest.thresholds | json.loads(values)
            Settings.from_dict(thresholds)
        except (ValueError, TypeError) as error:
            raise CommandError(str(error), returncode=2) from error
        written = settings_write(thresholds=thresholds, why=why, after=newest.version)
        self.stdout.write(_("Settings %(version)d are in force.") % {"version": written.version})

    def _tell(self, trial: Trial) -> None:
        changed = ", ".join(f"{name} = {value:g}" for name, value in trial.changed.items())
        self.stdout.write(self.style.MIGRATE_HEADING(changed or _("the settings in force")))
        for kind, tally in trial.kinds.items():
            blocked, stopped = _interval(tally, blocked_only=True), _interval(tally, blocked_only=False)
            self.stdout.write(f"  {kind:<24} {tally.total:>6}   {blocked:<26} {stopped}")


def _interval(tally: Tally, *, blocked_only: bool) -> str:
    share, low, high = tally.share(blocked_only=blocked_only)
    words = _("blocked") if blocked_only else _("blocked or to review")
    return f"{words} {100 * share:.1f}% ({100 * low:.1f}-{100 * high:.1f})"


def _facts(trial: Trial) -> dict[str, Any]:
    kinds = {}
    for kind, tally in trial.kinds.items():
        kinds[kind] = {
            "is_accusation_false": kind == INDEPENDENT,
            "total": tally.total,
            "blocked": tally.blocked,
            "reviewed": tally.reviewed,
            "blocked_interval": tally.share(blocked_only=True),
            "stopped_interval": tally.share(blocked_only=False),
        }
    return {"changed": trial.changed, "kinds": kinds}

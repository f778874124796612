"""`manage.py export_clean --out DIR`: build a release from the clean records, and from nothing else."""

import json
import logging
import os
import sys
from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import DatabaseError
from django.utils import timezone
from django.utils.translation import gettext as _
from tqdm import tqdm

from annotation.management.watching import Bars
from annotation.models import CleanRule
from annotation.release.build import (
    VERIFIER_FILE,
    Built,
    clean_folder_check,
    release_build,
    release_finished,
    release_remove,
)
from annotation.release.keys import key_in_force
from annotation.release.register import release_building, release_record
from annotation.release.source import Filters, clean_snapshot
from annotation.release.tile_files import TILES
from annotation.selectors.making import making_figures
from annotation.selectors.operations import clean_tally
from annotation.selectors.releases import checkpoint_published
from annotation.selectors.withdrawals import withdrawal_entries
from annotation.services.clearance import clearance_run
from annotation.services.commitment_log import checkpoint_for_release
from annotation.services.tiles import tiles_for_release
from config.errors import DomainError
from config.moves import Actor

log = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Check every accepted text against all references, then write the clean records to a new folder."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--out", type=Path, metavar="DIR", help="a folder that is not there yet")
        what.add_argument(
            "--dry-run", action="store_true", help="check every text, and say what would go in; write no file"
        )
        parser.add_argument("--release", metavar="NAME", help="the release's name; by default that of the folder")
        chosen = parser.add_argument_group("which of the clean records; without any of these, all")
        chosen.add_argument("--language", action="append", default=[], metavar="CODE")
        chosen.add_argument("--category", action="append", default=[], metavar="NAME")
        chosen.add_argument(
            "--vendor", action="append", default=[], metavar="ID", type=UUID, help="a vendor's public id"
        )
        chosen.add_argument(
            "--since", metavar="DAY", type=date.fromisoformat, help="written on this day (UTC) or later"
        )
        chosen.add_argument(
            "--until", metavar="DAY", type=date.fromisoformat, help="written on this day (UTC) or earlier"
        )
        chosen.add_argument("--strict", action="store_true", help="only what raised no flag and needed nobody's word")
        parser.add_argument(
            "--tiles",
            action="store_true",
            help="add hashes of pieces of the models' answers, by which anyone can look for them; ask a lawyer before you do",
        )
        parser.add_argument("--json", action="store_true", help="print the manifest as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.filters = Filters(
            languages=tuple(options["language"]),
            categories=tuple(options["category"]),
            vendors=tuple(str(one) for one in options["vendor"]),
            since=str(options["since"] or ""),
            until=str(options["until"] or ""),
            is_strict=options["strict"],
        )
        try:
            if options["dry_run"]:
                self._rehearse(is_quiet=options["json"])
                return
            folder = options["out"]
            name = options["release"] or folder.absolute().name
            built = self._export(name, folder, is_quiet=options["json"], has_tiles=options["tiles"])
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        except DatabaseError as error:
            log.exception("The export could not use the database.")
            raise CommandError(_("The database went away. Nothing was released."), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(built.manifest(), ensure_ascii=False, sort_keys=True))
        else:
            self._tell(built)

    def _export(self, name: str, folder: Path, *, is_quiet: bool, has_tiles: bool) -> Built:
        started_at = timezone.now()
        key = key_in_force()
        with clean_snapshot():
            pass  # a role that will be refused is refused before the long part
        with release_building(name=name, created_by="export_clean") as building:
            finished = release_finished(folder=folder, name=name, key=key) if building.was_begun else None
            if finished and bool(finished.tiles) == has_tiles:
                release_record(release=building.release, built=finished, by=Actor.system("export_clean"))
                self.elapsed = timezone.now() - started_at
                return finished
            folder = clean_folder_check(folder, name)
            with Bars(self, is_quiet=is_quiet) as bars:
                clearance = clearance_run(watch=bars, processes=os.cpu_count() or 1)
            # At most so many are clean. To count them would take as long as to read them.
            total = clearance.checked_count
            # Before the records: what is taken back from here on may still be in the snapshot, or not; the list of the
            # next release tells it, and this one never contradicts itself.
            tombstones = list(withdrawal_entries())
            operation = making_figures()
            checkpoint = checkpoint_for_release(checkpoint_published())
            tiles = tiles_for_release(checkpoint) if has_tiles else None
            with clean_snapshot() as snapshot, self._bar(_("Writing the file"), is_quiet, total) as bar:
                built = release_build(
                    rows=snapshot.rows(self.filters),
                    folder=folder,
                    name=name,
                    key=key,
                    tombstones=tombstones,
                    filters=self.filters.listed(),
                    operation=operation,
                    checkpoint=checkpoint,
                    tiles=tiles,
                    progress=bar.update,
                )
            try:
                release_record(release=building.release, built=built, by=Actor.system("export_clean"))
            except BaseException:
                release_remove(built)
                raise
        self.elapsed = timezone.now() - started_at
        return built

    def _rehearse(self, *, is_quiet: bool) -> None:
        """Clear, and tell how many records would be released, and which rule keeps how many others out."""
        with Bars(self, is_quiet=is_quiet) as bars:
            clearance_run(watch=bars, processes=os.cpu_count() or 1)
        found = clean_tally()
        with clean_snapshot() as snapshot:
            chosen = snapshot.count(self.filters)
        if is_quiet:
            told = {"clean": found.clean, "delivered": found.delivered, "kept_out": found.kept_out, "chosen": chosen}
            self.stdout.write(json.dumps(told))
            return
        self.stdout.write(
            _("%(clean)d of %(delivered)d delivered texts would be released.")
            % {"clean": found.clean, "delivered": found.delivered}
        )
        if self.filters.listed():
            self.stdout.write(_("%(count)d of them are chosen by what was asked for.") % {"count": chosen})
        for rule in CleanRule._meta.fields:
            if count := found.kept_out.get(rule.name):
                self.stdout.write(f"{count:>8}  {rule.verbose_name}")

    def _bar(self, label: str, is_quiet: bool, total: int | None = None) -> "tqdm[Any]":
        return tqdm(desc=label, total=total, unit="", disable=is_quiet or not sys.stderr.isatty(), leave=False)

    def _tell(self, built: Built) -> None:
        self.stdout.write(
            _("%(count)d clean records in %(folder)s (%(size).1f MB, %(seconds).1f s)")
            % {
                "count": built.record_count,
                "folder": built.folder,
                "size": built.data_bytes / 1e6,
                "seconds": self.elapsed.total_seconds(),
            }
        )
        self.stdout.write(f"SHA-256 {built.data_sha256}")
        self.stdout.write(
            _("Signed with key %(key)s. Check it: python %(verifier)s")
            % {"key": built.public_key[:16], "verifier": built.folder / VERIFIER_FILE}
        )
        if built.tiles:
            self.stdout.write(
                self.style.WARNING(
                    _(
                        "It carries hashes of pieces of the models' answers (%(path)s). Before you publish it, ask a lawyer "
                        "whether you may."
                    )
                    % {"path": built.folder / TILES}
                )
            )
        if built.is_demonstration:
            self.stdout.write(self.style.WARNING(_("This is a demonstration: practice text, not for training.")))

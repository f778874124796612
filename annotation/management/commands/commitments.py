"""`manage.py commitments checkpoint|verify|prove|grown|open|check`: the log of commitments to references."""

import json
import sys
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from annotation.cleanroom.merkle_proofs import BrokenProof
from annotation.services.commitment_check import log_verify
from annotation.services.commitment_log import (
    Opening,
    audit_open,
    checkpoint_record,
    consistency_prove,
    inclusion_prove,
    opening_check,
)
from config.errors import DomainError

SAMPLE = 300


class Command(BaseCommand):
    help = "Print, prove, open and check the log of commitments. Exit code 0: sound; 1: not sound; 2: could not check."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true")
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("checkpoint", help="write down and print the log's size and root")
        verify = acts.add_parser("verify", help="check the whole log against the references")
        verify.add_argument("--size", type=int, help="of a checkpoint that you kept")
        verify.add_argument("--root", help="of that checkpoint, hexadecimal")
        prove = acts.add_parser("prove", help="print the proof that a position is in the log")
        prove.add_argument("position", type=int)
        prove.add_argument("--size", type=int, help="of the checkpoint to prove it in; the whole log by default")
        grown = acts.add_parser("grown", help="print the proof that the log grew from an earlier size")
        grown.add_argument("first", type=int)
        grown.add_argument("second", type=int, nargs="?")
        sample = acts.add_parser(
            "open", help="open a random sample to an auditor; the references are written to a file"
        )
        sample.add_argument("--for", dest="auditor", required=True, help="who gets to read them; it is kept")
        sample.add_argument("--seed", required=True, help="chosen by the auditor, after the checkpoint was published")
        sample.add_argument("--count", type=int, default=SAMPLE)
        sample.add_argument("--size", type=int, help="of the published checkpoint; the whole log by default")
        sample.add_argument("--out", type=Path, required=True, metavar="FILE")
        check = acts.add_parser("check", help="check a file of opened commitments against a root; needs no database")
        check.add_argument("file", type=Path)
        check.add_argument("--size", type=int, required=True)
        check.add_argument("--root", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['act']}")(options)
        except DomainError as error:
            raise CommandError(str(error), returncode=2) from error

    def _checkpoint(self, options: dict[str, Any]) -> None:
        row = checkpoint_record()
        facts = {"size": row.size, "root": row.root, "at": row.at.isoformat()}
        self._say(options, facts, _("%(size)d commitments, root %(root)s, %(at)s") % facts)

    def _verify(self, options: dict[str, Any]) -> None:
        known = (options["size"], options["root"]) if options["size"] and options["root"] else None
        with tqdm(unit="", disable=options["json"] or not sys.stderr.isatty(), leave=False) as bar:
            state = log_verify(known=known, progress=bar.update)
        if not options["json"]:
            for problem in state.problems:
                self.stderr.write(problem)
        said = _(
            "%(size)d commitments, root %(root)s: %(opened)d open, %(destroyed)d closed for ever, %(checkpoints)d checkpoints"
        )
        self._say(options, asdict(state), said % asdict(state))
        if not state.is_sound:
            raise CommandError(_("The log is not sound: %(count)d problems.") % {"count": state.problem_count})

    def _prove(self, options: dict[str, Any]) -> None:
        self._print(inclusion_prove(options["position"], options["size"]))

    def _grown(self, options: dict[str, Any]) -> None:
        self._print(consistency_prove(options["first"], options["second"]))

    def _open(self, options: dict[str, Any]) -> None:
        asked = {
            "auditor": options["auditor"],
            "seed": options["seed"],
            "count": options["count"],
            "size": options["size"],
        }
        try:
            with options["out"].open("x", encoding="utf-8") as file:
                audit, openings = audit_open(**asked)
                for opening in openings:
                    file.write(json.dumps(asdict(opening), ensure_ascii=False) + "\n")
        except OSError as error:
            message = _("The file %(path)s cannot be written: %(reason)s")
            raise CommandError(message % {"path": options["out"], "reason": error.strerror}, returncode=2) from error
        except BaseException:
            options["out"].unlink(missing_ok=True)
            raise
        opened = sum(one.is_open for one in openings)
        facts = {"size": audit.size, "root": audit.root, "opened": opened, "closed": len(openings) - opened}
        said = _("%(opened)d opened, %(closed)d closed for ever, of %(size)d with root %(root)s")
        self._say(options, facts, said % facts)

    def _check(self, options: dict[str, Any]) -> None:
        wrong = []
        count = closed = 0
        for number, opening in enumerate(_openings(options["file"]), 1):
            count += 1
            closed += not opening.is_open
            try:
                opening_check(opening, size=options["size"], root=options["root"])
            except BrokenProof as error:
                wrong.append({"line": number, "position": opening.position, "problem": str(error)})
        for one in wrong[:100] if not options["json"] else []:
            self.stderr.write(_("Line %(line)d, position %(position)d: %(problem)s") % one)
        facts = {"checked": count, "closed": closed, "wrong": wrong}
        self._say(
            options,
            facts,
            _("%(count)d checked, %(closed)d of them closed for ever") % {"count": count, "closed": closed},
        )
        if wrong or not count:
            raise CommandError(_("%(count)d do not fit the root.") % {"count": len(wrong)})

    def _say(self, options: dict[str, Any], facts: dict[str, Any], words: str) -> None:
        if options["json"]:
            self._print(facts)
        else:
            self.stdout.write(words)

    def _print(self, facts: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(facts, ensure_ascii=False))


def _openings(file: Path) -> list[Opening]:
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [Opening(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError) as error:
        message = _("The file %(path)s does not hold opened commitments: %(reason)s")
        raise CommandError(message % {"path": file, "reason": error}, returncode=2) from error

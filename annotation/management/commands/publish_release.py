"""`manage.py publish_release NAME --repo ORG/NAME`: send a published release to a dataset repository of the Hugging Face Hub, or take a
retracted one off it."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from annotation.models import Release
from annotation.release.hub import release_send
from annotation.release.hub_retraction import release_take_off
from annotation.selectors.releases import release_get_named
from config.errors import DomainError


class Command(BaseCommand):
    help = (
        "Make a dataset repository hold exactly this release, with the token in HF_TOKEN. May be run again after an "
        "interruption: what is there already is not sent again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the release's name")
        parser.add_argument("--repo", required=True, metavar="ORG/NAME", help="made when it is not there yet")
        parser.add_argument(
            "--retract", action="store_true", help="take a retracted release off again, and put the reason there"
        )
        parser.add_argument("--practice", action="store_true", help="send a demonstration too, for a rehearsal")
        parser.add_argument("--json", action="store_true", help="print what was done as JSON")

    def handle(self, *args: Any, name: str, repo: str, practice: bool, **options: Any) -> None:
        try:
            release = release_get_named(name)
            if options["retract"]:
                self._take_off(release, repo, options)
            else:
                self._send(release, repo, practice, options)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error

    def _take_off(self, release: Release, repo: str, options: dict[str, Any]) -> None:
        done = release_take_off(release=release, repo=repo)
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(done), sort_keys=True))
            return
        said = (
            _(
                "%(name)s is off %(repo)s, and the reason stands there. Its files remain in the history: delete the repository to erase them."
            )
            if done.commit
            else _("The tag of %(name)s is off %(repo)s; a newer release stands there, and remains.")
        )
        self.stdout.write(said % {"name": release.name, "repo": repo})

    def _send(self, release: Release, repo: str, practice: bool, options: dict[str, Any]) -> None:
        words = {"sent": _("sent"), "there": _("there already"), "removed": _("taken away")}

        def tell(what: str, path: str, size: int) -> None:
            if not options["json"]:
                self.stdout.write(f"{words[what]}  {path}  {filesizeformat(size)}")

        done = release_send(release=release, repo=repo, allow_practice=practice, told=tell)
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(done), sort_keys=True))
            return
        for path in done.removed:
            self.stdout.write(f"{words['removed']}  {path}")
        self.stdout.write(
            _("%(name)s is at %(url)s (commit %(commit)s, tag %(tag)s).")
            % {"name": release.name, "url": done.url, "commit": done.commit[:12], "tag": done.tag or "—"}
        )

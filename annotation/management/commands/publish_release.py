"""`manage.py publish_release NAME --repo ORG/NAME`: send a published release to a dataset repository of the Hugging Face Hub."""

import dataclasses
import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from annotation.release.hub import release_send
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
        parser.add_argument("--practice", action="store_true", help="send a demonstration too, for a rehearsal")
        parser.add_argument("--json", action="store_true", help="print what was done as JSON")

    def handle(self, *args: Any, name: str, repo: str, practice: bool, **options: Any) -> None:
        words = {"sent": _("sent"), "there": _("there already"), "removed": _("taken away")}

        def tell(what: str, path: str, size: int) -> None:
            if not options["json"]:
                self.stdout.write(f"{words[what]}  {path}  {filesizeformat(size)}")

        try:
            done = release_send(release=release_get_named(name), repo=repo, allow_practice=practice, told=tell)
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["json"]:
            self.stdout.write(json.dumps(dataclasses.asdict(done), sort_keys=True))
            return
        for path in done.removed:
            self.stdout.write(f"{words['removed']}  {path}")
        self.stdout.write(
            _("%(name)s is at %(url)s (commit %(commit)s, tag %(tag)s).")
            % {"name": name, "url": done.url, "commit": done.commit[:12], "tag": done.tag or "—"}
        )

"""`manage.py synthetic_model`: the models whose outputs may train others. `add` enters one, `revoke` takes the word on it back."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.models import SyntheticModel
from annotation.services.synthetic_models import model_add, model_revoke
from config.errors import DomainError


class Command(BaseCommand):
    help = "List the models for synthetic releases, enter one with its licence, or revoke one. OpenAI's are refused."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        add = what.add_parser("add", help="enter a model")
        add.add_argument("name", help="the name that the server knows it by")
        add.add_argument("--licence", required=True, help="such as Apache-2.0")
        add.add_argument("--source", required=True, metavar="URL", help="the address where model and licence are found")
        add.add_argument("--confirmed-by", required=True, metavar="WHO", help="who has read the licence")
        add.add_argument(
            "--training-allowed", action="store_true", help="they confirm: its outputs may train other models"
        )
        revoke = what.add_parser("revoke", help="take the confirmation back; nothing of the model is released any more")
        revoke.add_argument("name")
        revoke.add_argument("--by", required=True, metavar="WHO")
        what.add_parser("list", help="every entry, oldest first")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        try:
            if what == "add":
                model_add(
                    name=options["name"],
                    licence=options["licence"],
                    source=options["source"],
                    confirmed_by=options["confirmed_by"],
                    is_training_allowed=options["training_allowed"],
                )
            elif what == "revoke":
                model_revoke(name=options["name"], by=options["by"])
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        rows = SyntheticModel.objects.order_by("name", "version")
        if what != "list":
            rows = rows.filter(name=options["name"])
        for row in rows:
            word = _("training allowed") if row.is_training_allowed else _("revoked")
            facts = (row.name, f"v{row.version}", row.licence, row.source, word, row.confirmed_by, f"{row.at:%Y-%m-%d}")
            self.stdout.write("  ".join(facts))
        if not rows:
            self.stdout.write(_("There is no model yet. Enter one with `manage.py synthetic_model add`."))

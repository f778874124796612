"""`manage.py seed_demo`: fill an empty database with the demonstration."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from annotation.demonstration import PASSWORD, SIGN_INS
from annotation.demonstration.history import history_spread
from annotation.demonstration.scene import Scene
from annotation.demonstration.story import Story, practising
from annotation.services.clearance import clearance_run
from annotation.services.figures import figures_refresh
from collection.models import Instruction
from vendors.models import User


class Command(BaseCommand):
    help = (
        "Fill an empty database with invented people, instructions, orders and a month of work, through the services."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.exists() or Instruction.objects.exists():
            raise CommandError(_("There is data in this database. The demonstration needs an empty one."), returncode=1)
        chapters = {
            "people": _("people"),
            "instructions": _("instructions"),
            "orders": _("orders"),
            "texts": _("texts and verdicts"),
        }
        with practising():
            Story(Scene(), lambda chapter: self.stdout.write(f"  {chapters[chapter]} …")).play()
        history_spread()
        clearance_run()
        figures_refresh(everything=True)
        self.stdout.write(_("The demonstration is ready. Everybody’s password: %(password)s") % {"password": PASSWORD})
        if options["verbosity"] > 1:
            for sign_in in SIGN_INS:
                self.stdout.write(f"  {sign_in.door}  {sign_in.path}  {sign_in.email}")

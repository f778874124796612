"""Bar a participant who abuses the site, by one of their instructions or by their own id, or let them back in."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models import Q
from django.utils.translation import gettext as _

from collection.models import Participant
from collection.services.bans import participant_bar, participant_readmit
from config.errors import DomainError


class Command(BaseCommand):
    help = "Take no more questions from a participant, nor today from their addresses; or let them back in."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("id", type=UUID, help="of the participant, or of one of their instructions")
        parser.add_argument("--why", required=True, help="the reason; it is kept")
        parser.add_argument("--lift", action="store_true", help="let them back in")

    def handle(self, *args: Any, **options: Any) -> None:
        named = Q(public_id=options["id"]) | Q(instructions__public_id=options["id"])
        participant = Participant.objects.filter(named).distinct().first()
        if participant is None:
            raise CommandError(_("There is no participant or instruction with this id."))
        decide = participant_readmit if options["lift"] else participant_bar
        try:
            is_complete = decide(participant=participant, by="bar_participant", why=options["why"])
        except DomainError as error:
            raise CommandError(str(error)) from None
        if not is_complete:
            self.stderr.write(_("Redis does not answer: of the addresses used today nothing could be noted."))
        if options["lift"]:
            self.stdout.write(_("Questions are taken from this participant again."))
        else:
            self.stdout.write(_("No more questions are taken from this participant."))

"""Give a partner a key to the API, list the keys, or revoke one."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from collection.models import PartnerKey
from collection.selectors import partner_key_list
from collection.services.partners import partner_key_create, partner_key_revoke
from config.errors import DomainError


class Command(BaseCommand):
    help = "Give a partner a key to the API, list the keys, or revoke one."

    def add_arguments(self, parser: CommandParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        create = actions.add_parser("create", help="make a key; it is printed once")
        create.add_argument("name")
        create.add_argument("--origin", action="append", default=[], help="a site whose scripts may use it; repeatable")
        create.add_argument("--daily", type=int, default=200, help="questions a day (200)")
        create.add_argument("--by", default="", help="who gives it")
        listing = actions.add_parser("list", help="list the keys")
        listing.add_argument("--json", action="store_true", help="as JSON")
        revoke = actions.add_parser("revoke", help="end the use of a key")
        revoke.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            getattr(self, f"_{options['action']}")(options)
        except DomainError as error:
            raise CommandError(str(error)) from None

    def _create(self, options: dict[str, Any]) -> None:
        _partner, key = partner_key_create(
            name=options["name"],
            allowed_origins=options["origin"],
            daily_questions=options["daily"],
            by=options["by"],
        )
        self.stderr.write(_("This key is shown once. Keep it where nobody else can read it:"))
        self.stdout.write(key)

    def _list(self, options: dict[str, Any]) -> None:
        rows = [_row(partner) for partner in partner_key_list()]
        if options["json"]:
            self.stdout.write(json.dumps(rows, ensure_ascii=False))
            return
        for row in rows:
            state = row["revoked_at"] or _("in use")
            self.stdout.write(
                f"{row['prefix']}…  {row['name']}  {row['asked_today']}/{row['daily_questions']}  {state}"
            )

    def _revoke(self, options: dict[str, Any]) -> None:
        partner = partner_key_revoke(name=options["name"])
        self.stdout.write(_("The key of %(name)s works no longer.") % {"name": partner.name})


def _row(partner: PartnerKey) -> dict[str, Any]:
    return {
        "name": partner.name,
        "prefix": partner.prefix,
        "allowed_origins": partner.allowed_origins,
        "daily_questions": partner.daily_questions,
        "asked_today": partner.asked_today,  # type: ignore[attr-defined]
        "created_at": partner.created_at.isoformat(),
        "revoked_at": partner.revoked_at.isoformat() if partner.revoked_at else None,
    }

"""`manage.py ensure_export_role`: let the roles of releases sign in, and read one view each and nothing else: hitode_export
`clean_record`, and hitode_synthetic `synthetic_record`.
"""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from annotation.release.source import EXPORT, SYNTHETIC, Door, door_open
from config.errors import DomainError


class Command(BaseCommand):
    help = "Give the roles of releases the passwords of their addresses, take every other right away, and try them."

    def handle(self, *args: Any, **options: Any) -> None:
        for door in (EXPORT, SYNTHETIC):
            parts = urlsplit(door.url)
            if unquote(parts.username or "") != door.role:
                message = _("%(variable)s must sign in as %(role)s.") % {"variable": door.variable, "role": door.role}
                raise CommandError(message, returncode=1)
            try:
                self._settle(door, unquote(parts.password or ""))
                if door is EXPORT or parts.password or not settings.EXPORT_DATABASE_URL_IS_SET:
                    with door_open(door):  # without a password of its own, a server lets no second role in
                        pass
            except ProgrammingError as error:
                raise CommandError(
                    _("The database user of DATABASE_URL may not manage the role %(role)s: %(error)s")
                    % {"role": door.role, "error": error},
                    returncode=1,
                ) from error
            except DomainError as error:
                raise CommandError(str(error), returncode=1) from error
            if options["verbosity"] > 1:
                self.stdout.write(
                    _("The role %(role)s reads %(view)s and nothing else.") % {"role": door.role, "view": door.view}
                )

    @transaction.atomic
    def _settle(self, door: Door, password: str) -> None:
        role, view = sql.Identifier(door.role), sql.Identifier(door.view)
        statements = [
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
            sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(role),
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(str(connection.settings_dict["NAME"]))
            ),
            sql.SQL("GRANT SELECT ON {} TO {}").format(view, role),
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role),
        ]
        if password:
            statements.append(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.as_string(cursor.connection))
            cursor.execute("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [door.role])
            for (quoted,) in cursor.fetchall():
                cursor.execute(f"REVOKE {quoted} FROM {door.role}")

"""`manage.py ensure_export_role`: let the role hitode_export sign in, and read `clean_record` and nothing else."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from django.utils.translation import gettext as _
from psycopg import sql

from annotation.release.source import clean_snapshot
from config.errors import DomainError

ROLE = "hitode_export"


class Command(BaseCommand):
    help = "Give the export role its password from EXPORT_DATABASE_URL, take every other right away, and try it."

    def handle(self, *args: Any, **options: Any) -> None:
        parts = urlsplit(settings.EXPORT_DATABASE_URL)
        if unquote(parts.username or "") != ROLE:
            raise CommandError(_("EXPORT_DATABASE_URL must sign in as hitode_export."), returncode=1)
        try:
            self._settle(unquote(parts.password or ""))
            with clean_snapshot():
                pass
        except ProgrammingError as error:
            raise CommandError(
                _("The database user of DATABASE_URL may not manage the role hitode_export: %(error)s")
                % {"error": error},
                returncode=1,
            ) from error
        except DomainError as error:
            raise CommandError(str(error), returncode=1) from error
        if options["verbosity"] > 1:
            self.stdout.write(_("The export role reads clean_record and nothing else."))

    @transaction.atomic
    def _settle(self, password: str) -> None:
        role = sql.Identifier(ROLE)
        statements = [
            sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}").format(role),
            sql.SQL("REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {}").format(role),
            sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(
                sql.Identifier(str(connection.settings_dict["NAME"]))
            ),
            sql.SQL("GRANT SELECT ON clean_record TO {}").format(role),
            sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role),
        ]
        if password:
            statements.append(sql.SQL("ALTER ROLE {} PASSWORD {}").format(role, sql.Literal(password)))
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement.as_string(cursor.connection))
            cursor.execute("SELECT roleid::regrole::text FROM pg_auth_members WHERE member = %s::regrole", [ROLE])
            for (quoted,) in cursor.fetchall():
                cursor.execute(f"REVOKE {quoted} FROM {ROLE}")

"""Django's `flush`, for the tests: leaves the database as the migrations left it, and takes milliseconds.

Django's own truncates every table, which takes a new file for each of them and their indexes, and tells every app that
it was migrated. It calls this one after each test that commits, because a command of an app stands before its own.
"""

from typing import Any

from django.core.management.commands import flush

from tests.database import database_restore


class Command(flush.Command):
    help = "Put the test database back as it was made."

    def handle(self, **options: Any) -> None:
        database_restore()

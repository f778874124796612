"""Other processes that know Django and work on the same database, for long work on several cores.

Imports nothing that needs the applications: a new process reads this file before they are ready.
"""

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import django


def process_pool(count: int) -> ProcessPoolExecutor:
    """Return a pool of `count` new processes. They see what is committed, and nothing of an open transaction."""
    from django.db import connection

    database = str(connection.settings_dict["NAME"])
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin, initargs=(database,))


def _begin(database: str) -> None:
    django.setup()
    from django.db import connection

    connection.settings_dict["NAME"] = database

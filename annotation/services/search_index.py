"""Keeping the indexes of the search in order."""

from django.db import connection

INDEXES = ("instruction_pairs", "submission_pairs")


def waiting_sort_in() -> int:
    """Sort what was written since into the indexes, so that no writer does it and no search reads it one by one; returns pages."""
    pages = 0
    with connection.cursor() as cursor:
        for name in INDEXES:
            cursor.execute("SELECT gin_clean_pending_list(%s::regclass)", [name])
            pages += cursor.fetchone()[0]
    return pages

"""What somebody saw, took out or changed that no table of its own keeps: said here, in the transaction of the act.

Who keeps the record listens to `act_done`. An act that has a row of its own, such as a move or a verdict, is not said
here: the record is made from that row.
"""

from typing import Any

from django.dispatch import Signal

# Sent with what `act_note` takes.
act_done = Signal()


def act_note(
    *, by: Any, act: str, subject_kind: str = "", subject_id: object = "", why: str = "", **details: Any
) -> None:
    """Say that `by` (a user, or None for the system) did `act`, a word of `annotation.models.AuditAct`.

    `subject_kind` and `subject_id` name what it was done to, by its public id; `details` go to JSON, and hold no text
    that may have to be erased.
    """
    act_done.send(
        sender=None,
        by=by,
        act=act,
        subject_kind=subject_kind,
        subject_id=str(subject_id),
        why=why,
        details=details,
    )

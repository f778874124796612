"""The statements that say which threads a person reads; every page of theirs counts those with something new."""

from enum import Enum

from config.statements import Statement

# Whether the message is new to the person, who has at most one mark in a thread.
_IS_UNREAD = "m.author_id <> %(user)s::bigint AND coalesce(mark.newest, 0) < m.id"

_MESSAGES = """
FROM annotation_message m
JOIN vendors_workorder o ON o.id = m.work_order_id
LEFT JOIN annotation_task t ON t.id = m.task_id
LEFT JOIN annotation_messagemark mark ON mark.user_id = %(user)s::bigint AND mark.work_order_id = m.work_order_id
    AND coalesce(mark.task_id, 0) = coalesce(m.task_id, 0)
WHERE {readable}
"""


class Reading(Enum):
    """Whose messages a person reads. Its statements take `user`, and where it names them `vendor` and `running`."""

    ALL = "true"
    VENDORS = "o.vendor_id = %(vendor)s::bigint"
    # Those of the vendor's running orders, and of tasks that they write or have asked about.
    OWN = """o.vendor_id = %(vendor)s::bigint AND CASE
        WHEN m.task_id IS NULL THEN o.status = ANY(%(running)s::text[])
        ELSE t.writer_id = %(user)s::bigint
            OR EXISTS (SELECT FROM annotation_message asked WHERE asked.task_id = m.task_id AND asked.author_id = %(user)s::bigint)
    END"""

    def __init__(self, readable: str) -> None:
        messages = _MESSAGES.format(readable=readable)
        # How many threads have something new.
        self.unread_count = Statement(
            f"SELECT count(DISTINCT (m.work_order_id, m.task_id)) {messages} AND {_IS_UNREAD}"
        )
        # The order, the task or None, the newest message, how many there are, and whether one is new; the newest first.
        self.threads = Statement(
            f"""
SELECT m.work_order_id, m.task_id, max(m.id) AS newest, count(*), bool_or({_IS_UNREAD})
{messages}
GROUP BY m.work_order_id, m.task_id
ORDER BY newest DESC
LIMIT %(most)s::integer
"""
        )

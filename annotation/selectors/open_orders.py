"""Which running orders a writer may take tasks of, as SQL: the claim decides by it, and the pages explain by it."""

from typing import Any

from vendors.models import User
from vendors.selectors import codes_of

# Of the vendor's orders, the most pressing first: in a language that the writer writes, in a field that is theirs if the order
# asks for one, with a qualification that they hold if it asks for one. The tasks repeat their order's urgency and due date, so
# that the first free task of the first order is the most pressing of all; and one order's queue, however long, that is closed
# to a writer costs their claim nothing.
OPEN_ORDERS = """
    SELECT o.id
    FROM vendors_workorder o
    WHERE o.vendor_id = %(vendor)s AND o.status = 'active' AND o.language = ANY (%(languages)s::text[])
        AND (o.competence = '' OR o.competence = ANY (%(competences)s::text[]))
        AND (
            o.qualification_id IS NULL
            OR EXISTS (
                SELECT FROM vendors_holding h
                WHERE h.user_id = %(writer)s AND h.qualification_id = o.qualification_id AND h.status = 'held'
            )
        )
    ORDER BY o.priority DESC, o.due_on, o.id
"""


def claimant(writer: User, vendor_id: int) -> dict[str, Any]:
    """The values that `OPEN_ORDERS` asks for."""
    return {
        "writer": writer.pk,
        "vendor": vendor_id,
        "languages": codes_of(writer.writes_languages),
        "competences": codes_of(writer.competences),
    }

"""The rules of an order for the words of its texts."""

from dataclasses import dataclass

from annotation.models import OrderRules
from annotation.proofreading.remarks import Term


@dataclass(frozen=True, slots=True)
class Rules:
    """The words an order avoids, and the checks that it wants settled before a text is sent."""

    terms: tuple[Term, ...] = ()
    blocking: frozenset[str] = frozenset()


def order_rules_of(work_order_id: int) -> Rules:
    """Return the rules that hold now. One query."""
    newest = OrderRules.objects.filter(work_order=work_order_id).order_by("-id").first()
    if newest is None:
        return Rules()
    return Rules(tuple(Term(unwanted, wanted) for unwanted, wanted in newest.terms), frozenset(newest.blocking))

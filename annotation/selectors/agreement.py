"""How well reviewers who read the same text without seeing each other's verdict agree."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from django.db.models import Count
from numpy.typing import NDArray

from annotation.cleanroom.agreement import Agreement, agreement_of
from annotation.models import BlindVerdict, Review
from vendors.models import WorkOrder

VERDICTS = tuple(Review.Verdict.values)


@dataclass(frozen=True, slots=True)
class ReviewersAgreement:
    """All texts that two have read, and each order with such texts, the newest first.

    `table` counts the pairs: a row for each verdict of the first, with a column for each of the second.
    """

    overall: Agreement
    table: list[list[int]]
    by_order: list[tuple[WorkOrder, Agreement]]


def reviewers_agreement() -> ReviewersAgreement:
    """Two queries, however many orders and texts there are."""
    second = "submission__blind_verdicts__verdict"
    pairs = (
        BlindVerdict.objects.filter(position=1, submission__blind_verdicts__position=2)
        .order_by()
        .values_list("submission__task__work_order", "verdict", second)
        .annotate(count=Count("pk"))
    )
    tables: dict[int, NDArray[np.int64]] = defaultdict(lambda: np.zeros((len(VERDICTS), len(VERDICTS)), dtype=np.int64))
    for order, one, other, count in pairs:
        tables[order][VERDICTS.index(one), VERDICTS.index(other)] = count
    orders = WorkOrder.objects.filter(pk__in=tables).select_related("vendor").order_by("-created_at", "-pk")
    total = sum(tables.values(), np.zeros((len(VERDICTS), len(VERDICTS)), dtype=np.int64))
    return ReviewersAgreement(
        overall=agreement_of(total),
        table=total.tolist(),
        by_order=[(order, agreement_of(tables[order.pk], with_range=False)) for order in orders],
    )

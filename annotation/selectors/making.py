"""What a release's card tells of all the work behind it: verdicts and their reasons, the gate's word, prices. Counts alone."""

from typing import Any

from django.db import connection
from django.db.models import Count, Q

from annotation.models import GateAdjudication, GateReport, GateSettings, Review
from vendors.selectors import price_spread

REASONS = """
SELECT reason, count(*)
FROM annotation_review review CROSS JOIN LATERAL jsonb_array_elements_text(review.reasons) AS given (reason)
WHERE review.verdict = %s
GROUP BY reason ORDER BY reason
"""


def making_figures() -> dict[str, Any]:
    """Return the figures of everything that was ever handed in, released or not; practice is counted with it.

    `reviews` by verdict, `returned_for` and `rejected_for` by reason code, `gate_at_submission` by decision, `gate_overrides`
    (texts that the gate asked about and a person let pass), `gate_settings` in force, `price_per_record` in the smallest
    unit of its currency.
    """
    reviews = Review.objects.aggregate(
        **{verdict: Count("pk", filter=Q(verdict=verdict)) for verdict in Review.Verdict.values}
    )
    checked = GateReport.objects.filter(occasion=GateReport.Occasion.SUBMIT).order_by()
    newest = GateSettings.objects.order_by("-version").first()
    return {
        "reviews": reviews,
        "returned_for": _reasons(Review.Verdict.RETURN),
        "rejected_for": _reasons(Review.Verdict.REJECT),
        "gate_at_submission": dict(checked.values_list("decision").annotate(Count("pk"))),
        "gate_overrides": GateAdjudication.objects.values("submission").distinct().count(),
        "gate_settings": {}
        if newest is None
        else {"version": newest.version, "thresholds": newest.thresholds, "why": newest.why},
        "price_per_record": price_spread(),
    }


def _reasons(verdict: str) -> dict[str, int]:
    with connection.cursor() as cursor:
        cursor.execute(REASONS, [verdict])
        return dict(cursor.fetchall())

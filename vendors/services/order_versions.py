"""The versions of an order's terms, with the words of its document: written at issue, and for every amendment."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils import timezone, translation

from vendors.models import Competence, GuidelineVersion, OrderVersion, Qualification, User, WorkOrder
from vendors.papers.order import OrderFacts, order_document
from vendors.prices import Price
from vendors.selectors import operator_get
from vendors.supply import categories

# The terms as they are written down; the vendor and the number never change.
WRITTEN = (
    "title", "quantity", "outputs_each", "price_kind", "unit_price", "price_floor", "price_cap", "class_prices", "currency",
    "language", "reference_policy", "min_characters", "max_characters", "lease_seconds", "rework_rounds", "inspection_days",
    "review_rule", "review_share", "reviewers_each", "note", "competence", "inspection", "lot_level", "lot_aql", "lot_size",
    "lot_days", "lot_failed", "known_every",
)  # fmt: skip


def terms_of(order: WorkOrder) -> dict[str, Any]:
    """Every term of an order by its name, as JSON keeps it."""
    terms = {name: getattr(order, name) for name in WRITTEN}
    return {
        **terms,
        "due_on": order.due_on.isoformat(),
        "guideline_version": order.guideline_version_id,
        "qualification": order.qualification_id,
    }


def version_write(
    *, order: WorkOrder, version: int, terms: Mapping[str, Any], by: User, is_by_operator: bool, why: str = ""
) -> OrderVersion:
    """Write down a version with its document, as both parties are called today. Call inside a transaction."""
    guideline = GuidelineVersion.objects.select_related("guideline").get(pk=terms["guideline_version"])
    facts = OrderFacts(
        number=order.number,
        version=version,
        dated=timezone.localdate(),
        first_dated=timezone.localdate(order.issued_at) if order.issued_at else timezone.localdate(),
        operator=operator_get(),
        vendor=order.vendor,
        price=Price.of_terms(terms),
        due_on=date.fromisoformat(terms["due_on"]),
        guideline=f"{guideline.guideline.name} 第{guideline.version}版",
        terms={**terms, "class_names": _named(terms["class_prices"])},
        asked=_asked(terms),
        why=why,
    )
    return OrderVersion.objects.create(
        work_order=order,
        version=version,
        terms=dict(terms),
        document=order_document(facts),
        why=why,
        proposed_by=by,
        is_by_operator=is_by_operator,
    )


def _asked(terms: Mapping[str, Any]) -> str:
    """What the writers must have, in Japanese; versions from before there was such a term ask nothing."""
    asked = []
    if terms.get("qualification"):
        asked.append(f"資格「{Qualification.objects.get(pk=terms['qualification']).name}」を保有する者")
    if terms.get("competence"):
        with translation.override("ja"):
            asked.append(f"専門分野「{Competence(terms['competence']).label}」の登録がある者")
    return "かつ".join(asked)


def _named(prices: Mapping[str, int]) -> dict[str, int]:
    """Prices under the Japanese names of their kinds of work."""
    with translation.override("ja"):
        return {str(label): prices[key] for key, label in categories() if key in prices}

"""Partners and their keys."""

from django.db.models import F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from collection.models import PartnerDay, PartnerKey


def partner_key_list() -> QuerySet[PartnerKey]:
    """Every key, those in use first, with how many questions came through it today."""
    today = PartnerDay.objects.filter(partner=OuterRef("pk"), day=timezone.localdate()).values("asked")
    return PartnerKey.objects.annotate(asked_today=Coalesce(Subquery(today), 0)).order_by(
        F("revoked_at").asc(nulls_first=True), "name"
    )

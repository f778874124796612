"""What the owner allows the site to spend, and what it spent. All amounts are micro-dollars."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from collection.models.references import Reference
from config.models import AppendOnly


class Cap(models.Model):
    """One limit and what is reserved and spent under it; a single conditional UPDATE reserves."""

    class Scope(models.TextChoices):
        TOTAL = "total", _("in all")
        DAY = "day", _("per day")
        PARTICIPANT_DAY = "participant_day", _("per participant and day")
        ADDRESS_DAY = "address_day", _("per address and day")

    scope = models.CharField(max_length=16, choices=Scope.choices)
    key = models.CharField(max_length=120, blank=True)
    limit_microusd = models.BigIntegerField()
    reserved_microusd = models.BigIntegerField(default=0)
    spent_microusd = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="cap_once_per_scope", fields=["scope", "key"]),
            models.CheckConstraint(
                name="cap_holds_no_negative",
                condition=Q(reserved_microusd__gte=0, spent_microusd__gte=0, limit_microusd__gte=0),
            ),
        ]


class LedgerEntry(AppendOnly):
    """One line of the spending ledger; at most one of each kind for a reference."""

    class Kind(models.TextChoices):
        RESERVED = "reserved", _("reserved")
        SETTLED = "settled", _("settled")

    reference = models.ForeignKey(Reference, on_delete=models.PROTECT, related_name="ledger")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    amount_microusd = models.BigIntegerField()
    cap_keys = models.JSONField(default=dict)
    is_estimated = models.BooleanField(default=False)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        verbose_name_plural = "ledger entries"
        constraints = [models.UniqueConstraint(name="ledger_once_per_kind", fields=["reference", "kind"])]


class SiteSwitch(models.Model):
    """The single row with which an operator stops and starts answering."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    is_answering = models.BooleanField(default=True)
    reason = models.CharField(max_length=200, blank=True)
    changed_by = models.CharField(max_length=200, blank=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name_plural = "site switches"
        constraints = [models.CheckConstraint(name="site_switch_is_single", condition=Q(id=1))]
        triggers = [pgtrigger.Protect(name="kept", operation=pgtrigger.Delete)]

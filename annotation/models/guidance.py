"""What an order and its guideline say to those who write: rules of an order, who has read what, examples."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from annotation.models.writing import Submission
from config.models import AppendOnly, PublicId
from vendors.models import Guideline, GuidelineVersion, User, WorkOrder


class OrderRules(AppendOnly):
    """What an order wants of the words; the newest row of an order holds.

    `terms` are pairs of an unwanted word and the one for it, which may be ""; `blocking` are ids of checks that must be
    settled before a text is sent.
    """

    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="rules")
    terms = models.JSONField(default=list)
    blocking = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(name="order_rules_newest", fields=["work_order", "-id"])]


class GuidelineReading(AppendOnly):
    """A writer's word that they have read a version of a guideline."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(GuidelineVersion, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="guideline_read_once", fields=["user", "version"])]


class Example(PublicId):
    """An accepted text that the operator shows beside a guideline, with a word on what is good about it."""

    guideline = models.ForeignKey(Guideline, on_delete=models.PROTECT, related_name="examples")
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="example")
    note = models.CharField(_("what is good about it"), max_length=300)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

"""Answers whose worth is known, which writers judge now and then to find out whether they see what a reviewer sees."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId
from vendors.models import Guideline, User, WorkOrder


class KnownAnswer(PublicId):
    """An instruction with an answer that an operator wrote, good or bad, and why. Never a task: nothing of it is released or paid."""

    guideline = models.ForeignKey(
        Guideline, verbose_name=_("guideline"), on_delete=models.PROTECT, related_name="known_answers"
    )
    language = models.CharField(_("language"), max_length=8, default="ja")
    instruction = models.TextField(_("instruction"))
    input = models.TextField(_("input"), blank=True)
    text = models.TextField(_("answer"))
    is_good = models.BooleanField(_("good enough to be accepted"))
    explanation = models.CharField(_("why"), max_length=1000)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(name="known_answer_in_use", fields=["guideline", "language"], condition=Q(retired_at=None))
        ]


class KnownJudgement(AppendOnly):
    """What a writer said of a known answer, once; the order is the one whose work it came between."""

    answer = models.ForeignKey(KnownAnswer, on_delete=models.PROTECT, related_name="judgements")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    work_order = models.ForeignKey(WorkOrder, on_delete=models.PROTECT, related_name="+")
    says_good = models.BooleanField()
    is_right = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="known_answer_judged_once", fields=["user", "answer"])]
        indexes = [models.Index(name="known_judgement_newest", fields=["user", "work_order", "-at"])]

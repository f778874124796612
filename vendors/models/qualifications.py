"""What somebody must be able to do before an order of that kind is theirs to write: quizzes, trials, and who holds what."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from config.models import AppendOnly, PublicId, Transition, legal_moves
from vendors.models.agreements import Guideline
from vendors.models.people import User
from vendors.states import HOLDING_MOVES, HoldingStatus


class Qualification(PublicId):
    """A qualification under one name, for the work of one guideline; how it is earned lives in versions."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    guideline = models.ForeignKey(
        Guideline, verbose_name=_("guideline"), on_delete=models.PROTECT, related_name="qualifications"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class QualificationVersion(PublicId, AppendOnly):
    """How the qualification is earned from then on: the newest version counts, and none ever changes.

    `questions` are objects of `text`, `choices`, `right` (indices into them) and `explanation`; `trials` are the instructions
    of trial tasks, of which `trials_needed` have to be accepted.
    """

    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    questions = models.JSONField(default=list)
    pass_percent = models.PositiveSmallIntegerField(_("pass mark"), default=80)
    pause_hours = models.PositiveSmallIntegerField(_("pause before another try"), default=24)
    trials = models.JSONField(default=list)
    trials_needed = models.PositiveSmallIntegerField(_("trials that have to be accepted"), default=0)
    asks_again = models.BooleanField(_("everybody has to earn it again"), default=False)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        ordering = ["qualification", "-version"]
        constraints = [
            models.UniqueConstraint(name="qualification_version_once", fields=["qualification", "version"]),
            models.CheckConstraint(
                name="qualification_mark_is_a_share", condition=Q(pass_percent__gte=1, pass_percent__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.qualification} {self.version}"


class QuizAttempt(PublicId, AppendOnly):
    """What somebody answered, once; `answers` are the chosen indices of each question."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="quiz_attempts")
    version = models.ForeignKey(QualificationVersion, on_delete=models.PROTECT, related_name="attempts")
    answers = models.JSONField()
    right_count = models.PositiveSmallIntegerField()
    is_passed = models.BooleanField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(name="quiz_attempt_newest", fields=["user", "version", "-id"])]


class Trial(PublicId):
    """A text written to show that one can: never a task, so that it can be neither paid nor released.

    `number` counts the version's trials from 1, `round` what was written for one of them. Judged, it stands.
    """

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="trials")
    version = models.ForeignKey(QualificationVersion, on_delete=models.PROTECT, related_name="written_trials")
    number = models.PositiveSmallIntegerField()
    round = models.PositiveSmallIntegerField(default=1)
    text = models.TextField(_("your text"))
    saved_at = models.DateTimeField(auto_now=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    is_accepted = models.BooleanField(null=True)
    note = models.CharField(_("a word to the writer"), max_length=1000, blank=True)
    judged_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="trial_round_once", fields=["user", "version", "number", "round"]),
            models.CheckConstraint(
                name="trial_verdict_is_whole",
                condition=Q(is_accepted__isnull=True, judged_by__isnull=True, judged_at__isnull=True)
                | Q(
                    is_accepted__isnull=False,
                    judged_by__isnull=False,
                    judged_at__isnull=False,
                    sent_at__isnull=False,
                ),
            ),
            models.CheckConstraint(
                name="trial_is_not_judged_by_its_writer",
                condition=Q(judged_by__isnull=True) | ~Q(judged_by=models.F("user")),
            ),
        ]
        indexes = [
            models.Index(
                name="trial_waiting", fields=["sent_at"], condition=Q(sent_at__isnull=False, judged_at__isnull=True)
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="verdict_stands",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__judged_at__isnull=False),
            ),
            pgtrigger.Protect(
                name="sent_text_stands",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__sent_at__isnull=False) & pgtrigger.Q(old__text__df=pgtrigger.F("new__text")),
            ),
        ]


class Holding(PublicId):
    """One person's standing in one qualification. An order that asks for it is theirs to claim while it is held."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="holdings")
    qualification = models.ForeignKey(Qualification, on_delete=models.PROTECT, related_name="holdings")
    status = models.CharField(max_length=12, choices=HoldingStatus.choices, default=HoldingStatus.HELD)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="holding_once", fields=["user", "qualification"])]
        triggers = [legal_moves(HOLDING_MOVES)]


class HoldingTransition(Transition):
    subject = models.ForeignKey(Holding, on_delete=models.PROTECT, related_name="transitions")

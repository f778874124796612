"""What reviewers decide, and what the automatic checks of an output found."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from annotation.models.writing import Submission
from config.models import AppendOnly, PublicId, append_only
from vendors.models import User


class ReviewReason(models.Model):
    """A reason code that a reviewer can give for a return or a rejection, as it reads now.

    `section` is a heading of the guideline; the order says which guideline that is, and which version.
    """

    code = models.SlugField(_("code"), max_length=40, unique=True)
    label_ja = models.CharField(_("in Japanese"), max_length=120)
    label_en = models.CharField(_("in English"), max_length=120)
    section = models.CharField(_("heading in the guideline"), max_length=120, blank=True)
    sort_order = models.PositiveSmallIntegerField(_("place in the list"), default=0)
    is_active = models.BooleanField(_("in use"), default=True)
    version = models.PositiveSmallIntegerField(default=1)

    class Meta:
        ordering = ["sort_order", "code"]


class ReviewReasonVersion(AppendOnly):
    """What a reason said from `at` on. `by` is empty for what an installation began with."""

    reason = models.ForeignKey(ReviewReason, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveSmallIntegerField()
    label_ja = models.CharField(max_length=120)
    label_en = models.CharField(max_length=120)
    section = models.CharField(max_length=120, blank=True)
    is_active = models.BooleanField()
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        constraints = [models.UniqueConstraint(name="review_reason_version_once", fields=["reason", "version"])]


ANOTHER_PERSON = """
                    IF NOT EXISTS (
                        SELECT 1 FROM annotation_submission s
                        WHERE s.id = NEW.submission_id
                            AND s.writer_id <> NEW.reviewer_id
                            AND s.edited_by_id IS DISTINCT FROM NEW.reviewer_id
                            AND s.text_sha256 = NEW.text_sha256
                    ) THEN
                        RAISE EXCEPTION 'a review is by another person than who wrote or edited it, of exactly this text'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """


class Review(PublicId):
    """A reviewer's verdict on exactly one text, known by its hash."""

    class Verdict(models.TextChoices):
        ACCEPT = "accept", _("accepted")
        RETURN = "return", _("returned")
        REJECT = "reject", _("rejected")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="reviews")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict.choices)
    text_sha256 = models.CharField(max_length=64)
    reasons = models.JSONField(default=list, help_text=_("Codes of the reasons given."))
    reason_versions = models.JSONField(default=dict, help_text=_("The version of each reason, by its code."))
    comment = models.TextField(blank=True)
    seconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="review_accepts_once", fields=["submission"], condition=Q(verdict="accept"))
        ]
        indexes = [models.Index(fields=["reviewer", "-at", "-id"], name="review_newest_of_reviewer")]
        triggers = [
            append_only(),
            pgtrigger.Trigger(
                name="another_person_and_this_text",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(ANOTHER_PERSON),
            ),
            pgtrigger.Trigger(
                name="two_have_read_it",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(
                    """
                    IF EXISTS (
                        SELECT 1 FROM annotation_submission s
                        JOIN annotation_task t ON t.id = s.task_id
                        JOIN vendors_workorder o ON o.id = t.work_order_id
                        WHERE s.id = NEW.submission_id AND o.reviewers_each = 2
                            AND NOT (o.review_rule = 'share' AND t.review_rank = 2)
                    ) AND NOT EXISTS (
                        SELECT 1 FROM annotation_blindverdict a
                        JOIN annotation_blindverdict b ON b.submission_id = a.submission_id AND b.position = 2
                        WHERE a.submission_id = NEW.submission_id AND a.position = 1 AND CASE
                            WHEN a.verdict = b.verdict THEN NEW.verdict = b.verdict AND NEW.reviewer_id = b.reviewer_id
                            ELSE NEW.reviewer_id NOT IN (a.reviewer_id, b.reviewer_id) END
                    ) THEN
                        RAISE EXCEPTION 'this order has each text read by two, and by a third where they differ'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                    """
                ),
            ),
        ]

    @property
    def reason_keys(self) -> list[str]:
        """Each reason as `code@version`; verdicts from before there were versions were given under the first."""
        return [f"{code}@{self.reason_versions.get(code, 1)}" for code in self.reasons]


class BlindVerdict(AppendOnly):
    """What one of two reviewers thought of a text without knowing the other's verdict.

    Two that agree become a `Review` by the second; where they differ, the review of a third decides. `form` is what the
    reviewer filled in, as `VerdictForm` has it.
    """

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="blind_verdicts")
    reviewer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField()
    verdict = models.CharField(max_length=8, choices=Review.Verdict.choices)
    text_sha256 = models.CharField(max_length=64)
    form = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        ordering = ["submission", "position"]
        constraints = [
            models.UniqueConstraint(name="blind_verdict_once", fields=["reviewer", "submission"]),
            models.UniqueConstraint(name="blind_verdict_position", fields=["submission", "position"]),
            models.CheckConstraint(name="blind_verdicts_are_two", condition=Q(position__in=(1, 2))),
        ]
        indexes = [models.Index(fields=["reviewer", "-at"], name="blind_verdict_newest")]
        triggers = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="another_person_and_this_text",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=pgtrigger.Func(ANOTHER_PERSON),
            ),
        ]


class ReviewPlace(AppendOnly):
    """A reviewer's comment at a place of the text; `start` and `end` count code points."""

    review = models.ForeignKey(Review, on_delete=models.PROTECT, related_name="places")
    start = models.PositiveIntegerField()
    end = models.PositiveIntegerField()
    comment = models.CharField(max_length=500)

    class Meta(AppendOnly.Meta):
        ordering = ["start", "id"]
        constraints = [
            models.CheckConstraint(name="review_place_is_a_range", condition=Q(start__lt=models.F("end"))),
        ]

    @property
    def passage(self) -> str:
        """The words it is about, of a review that came with its submission."""
        return self.review.submission.text[self.start : self.end]


class OutputCheck(AppendOnly):
    """The result of one automatic check (personal data, moderation) of one submission."""

    class Outcome(models.TextChoices):
        PASS = "pass", _("passed")
        HOLD = "hold", _("to be judged")
        FAIL = "fail", _("failed")

    submission = models.ForeignKey(Submission, on_delete=models.PROTECT, related_name="output_checks")
    check_id = models.CharField(max_length=40)
    check_version = models.PositiveSmallIntegerField(default=1)
    outcome = models.CharField(max_length=8, choices=Outcome.choices)
    findings = models.JSONField(default=list)
    decided_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    why = models.CharField(max_length=500, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta(AppendOnly.Meta):
        indexes = [models.Index(fields=["submission", "check_id", "-id"], name="output_check_newest")]

"""Qualifications as they stand: how they are earned, who holds them, and who could take on an order."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import CharField, Count, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Concat, Replace
from django.utils import timezone

from config.errors import NotFound
from vendors.models import (
    Competence,
    Holding,
    HoldingTransition,
    Membership,
    Organisation,
    Qualification,
    QualificationVersion,
    QuizAttempt,
    Role,
    Trial,
    User,
)
from vendors.selectors.seats import MANAGEMENT, one_of
from vendors.states import HoldingStatus

JUDGES = (*MANAGEMENT, Role.REVIEWER)
WAITING = Q(sent_at__isnull=False, judged_at__isnull=True)


@dataclass(frozen=True, slots=True)
class TrialLine:
    """One trial task for one person: what to answer, and the newest text for it, if any."""

    number: int
    prompt: str
    trial: Trial | None

    @property
    def is_accepted(self) -> bool:
        return self.trial is not None and self.trial.is_accepted is True

    @property
    def is_waiting(self) -> bool:
        return self.trial is not None and self.trial.sent_at is not None and self.trial.judged_at is None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one person stands in one qualification, and what to do next.

    `holding` is None before it was ever earned. `attempt` is the newest on the version in force; `next_try_at` is when the
    quiz opens again after one that failed, or None.
    """

    version: QualificationVersion
    holding: Holding | None
    attempt: QuizAttempt | None
    next_try_at: datetime | None
    trials: tuple[TrialLine, ...]

    @property
    def status(self) -> str:
        return self.holding.status if self.holding else ""

    @property
    def is_stopped(self) -> bool:
        """An operator took it away: it is no longer the person's to earn."""
        return self.status in {HoldingStatus.SUSPENDED, HoldingStatus.REVOKED}

    @property
    def has_passed_quiz(self) -> bool:
        return not self.version.questions or (self.attempt is not None and self.attempt.is_passed)

    @property
    def accepted_count(self) -> int:
        return sum(line.is_accepted for line in self.trials)

    @property
    def is_earned(self) -> bool:
        """Whether the quiz and as many trials as are needed are passed."""
        return self.has_passed_quiz and self.accepted_count >= self.version.trials_needed


def codes_of(kept: str) -> list[str]:
    """Codes of languages or fields as a row keeps them: comma separated."""
    return [code.strip() for code in kept.split(",") if code.strip()]


def language_labels(kept: str) -> list[str]:
    """The names of languages."""
    return [str(label) for code, label in settings.LANGUAGES if code in codes_of(kept)]


def competence_labels(kept: str) -> list[str]:
    """The names of fields of competence."""
    return [str(Competence(code).label) for code in codes_of(kept) if code in Competence.values]


def held_ids(user: User) -> set[int]:
    """The qualifications that the person holds now. One query."""
    return set(
        Holding.objects.filter(user=user.pk, status=HoldingStatus.HELD).values_list("qualification_id", flat=True)
    )


def holding_list_for(user: User) -> QuerySet[Holding]:
    """Everything that the person holds or held, by name."""
    return Holding.objects.filter(user=user.pk).select_related("qualification").order_by("qualification__name")


def qualification_list() -> QuerySet[Qualification]:
    """Every qualification by name, with `holder_count`, `waiting_count` of trials to judge, and `newest` version's number."""
    waiting = (
        Trial.objects.filter(WAITING, version__qualification=OuterRef("pk"))
        .order_by()
        .values("version__qualification")
        .annotate(count=Count("pk"))
        .values("count")
    )
    newest = QualificationVersion.objects.filter(qualification=OuterRef("pk")).order_by("-version").values("version")
    return (
        Qualification.objects.select_related("guideline")
        .annotate(
            holder_count=Count("holdings", filter=Q(holdings__status=HoldingStatus.HELD)),
            waiting_count=Subquery(waiting),
            newest=Subquery(newest[:1]),
        )
        .order_by("name")
    )


def qualification_get(public_id: UUID) -> Qualification:
    """One qualification with its counts; raises NotFound."""
    return one_of(qualification_list(), public_id)


def version_newest(qualification: Qualification) -> QualificationVersion:
    """How it is earned now."""
    found = QualificationVersion.objects.filter(qualification=qualification).order_by("-version").first()
    if found is None:
        raise NotFound()
    return found


def holder_list(qualification: Qualification) -> QuerySet[Holding]:
    """Who holds it or held it, those who hold it first, each with the newest word in its log: `why`, and `word_by` what kind of actor."""
    log = HoldingTransition.objects.filter(subject=OuterRef("pk")).order_by("-pk")
    return (
        Holding.objects.filter(qualification=qualification)
        .select_related("user")
        .annotate(why=Subquery(log.values("why")[:1]), word_by=Subquery(log.values("actor_kind")[:1]))
        .annotate(key=Cast("pk", CharField()))
        .order_by("status", "user__name", "pk")
    )


def holding_get(qualification: Qualification, public_id: UUID) -> Holding:
    """One holding of it; raises NotFound."""
    return one_of(Holding.objects.filter(qualification=qualification), public_id)


def writer_list() -> QuerySet[User]:
    """Everybody who writes for a vendor now, by name."""
    return User.objects.filter(Exists(_seats())).order_by("name", "pk")


def trial_list(qualification: Qualification) -> QuerySet[Trial]:
    """The trials of it that wait for a verdict, the oldest first."""
    return (
        Trial.objects.filter(WAITING, version__qualification=qualification)
        .select_related("user", "version__qualification")
        .order_by("sent_at", "pk")
    )


def trial_get(public_id: UUID) -> Trial:
    """One trial that was sent; raises NotFound."""
    sent = Trial.objects.filter(sent_at__isnull=False)
    return one_of(sent.select_related("user", "judged_by", "version__qualification__guideline"), public_id)


def standing_for(user: User, qualification: Qualification) -> Standing:
    """How the person stands in it. Four queries."""
    version = version_newest(qualification)
    holding = Holding.objects.filter(user=user.pk, qualification=qualification).first()
    attempts = QuizAttempt.objects.filter(user=user.pk, version=version).order_by("-is_passed", "-pk")
    attempt = attempts.first()
    opens_at = attempt.at + timedelta(hours=version.pause_hours) if attempt and not attempt.is_passed else None
    newest: dict[int, Trial] = {}
    for trial in Trial.objects.filter(user=user.pk, version=version).order_by("round"):
        newest[trial.number] = trial
    lines = (TrialLine(number, prompt, newest.get(number)) for number, prompt in enumerate(version.trials, start=1))
    return Standing(
        version=version,
        holding=holding,
        attempt=attempt,
        next_try_at=opens_at if opens_at and opens_at > timezone.now() else None,
        trials=tuple(lines),
    )


@dataclass(frozen=True, slots=True)
class Hands:
    """How many writers of a vendor there are, and how many of them have what an order asks for."""

    writers: int
    speaking: int
    competent: int
    qualified: int
    fitting: int


def hands_count(
    vendor: Organisation, *, language: str, competence: str = "", qualification: Qualification | None = None
) -> Hands:
    """Count the hands that an order of these terms would have. One query; nobody who is barred or suspended counts."""
    speaks = Q(codes__contains=f",{language},")
    can = Q(skills__contains=f",{competence},") if competence else Q(pk__isnull=False)
    held = Holding.objects.filter(user=OuterRef("pk"), status=HoldingStatus.HELD, qualification=qualification)
    qualifies = Q(Exists(held)) if qualification else Q(pk__isnull=False)
    writers = User.objects.filter(Exists(_seats().filter(organisation=vendor)), is_active=True, barred_at__isnull=True)
    counts = writers.annotate(codes=_framed("writes_languages"), skills=_framed("competences")).aggregate(
        writers=Count("pk"),
        speaking=Count("pk", filter=speaks),
        competent=Count("pk", filter=can),
        qualified=Count("pk", filter=qualifies),
        fitting=Count("pk", filter=speaks & can & qualifies),
    )
    return Hands(**counts)


def _framed(name: str) -> Any:
    """The codes of a column with a comma on both sides of each, so that one is found whole."""
    return Concat(Value(","), Replace(F(name), Value(" "), Value("")), Value(","))


def _seats() -> QuerySet[Membership]:
    return Membership.objects.filter(user=OuterRef("pk"), role=Role.WRITER, ended_at__isnull=True)

"""The reasons of review: those in force, and what each said in each of its versions."""

from dataclasses import dataclass

from django.db.models import QuerySet

from annotation.models import ReviewReason, ReviewReasonVersion
from config.errors import NotFound


@dataclass(frozen=True, slots=True)
class ReasonWords:
    """What a reason said, in one language, and the heading of the guideline that it points to."""

    label: str
    section: str


def reason_list() -> QuerySet[ReviewReason]:
    """All reasons, those out of use too, in the order of the desk."""
    return ReviewReason.objects.all()


def reason_get(code: str) -> ReviewReason:
    """One reason with its `versions`, the newest first. Raises `NotFound`."""
    found = ReviewReason.objects.filter(code=code).first()
    if found is None:
        raise NotFound()
    return found


def version_list_of(reason: ReviewReason) -> list[ReviewReasonVersion]:
    return list(reason.versions.select_related("by").order_by("-version"))


def reason_words(language: str) -> dict[str, ReasonWords]:
    """Words by code as they are now, and by `code@version` as they were. Two queries."""
    label = "label_ja" if language.startswith("ja") else "label_en"
    now = ReviewReason.objects.values_list("code", label, "section")
    ever = ReviewReasonVersion.objects.values_list("reason__code", "version", label, "section")
    words = {f"{code}@{version}": ReasonWords(said, section) for code, version, said, section in ever}
    return {code: ReasonWords(said, section) for code, said, section in now} | words

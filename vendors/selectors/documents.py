"""Agreements, signatures and guidelines as they stand. Published documents are open to everybody with a seat."""

from typing import Any, cast
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet

from config.errors import NotFound
from vendors.models import Agreement, Guideline, GuidelineVersion, Signature, User

_UNASKED = object()


def agreement_in_force() -> Agreement | None:
    """The newest published version, which writers must have signed."""
    return Agreement.objects.filter(published_at__isnull=False).order_by("-version").first()


def agreement_list() -> QuerySet[Agreement]:
    """Every published version, newest first, with how many signatures stand on it."""
    standing = Q(signatures__revocation__isnull=True)
    return (
        Agreement.objects.filter(published_at__isnull=False)
        .annotate(signature_count=Count("signatures", filter=standing))
        .order_by("-version")
    )


def agreement_get(version: int) -> Agreement:
    """One published version; raises NotFound."""
    found = Agreement.objects.filter(published_at__isnull=False, version=version).first()
    if found is None:
        raise NotFound()
    return found


def signature_in_force_for(user: Any) -> Signature | None:
    """The person's standing signature on the version in force. One query, unless it was read along with the user."""
    kept = getattr(user, "_signature", _UNASKED)
    if kept is not _UNASKED:
        return cast("Signature | None", kept)
    newest = Agreement.objects.filter(published_at__isnull=False).order_by("-version").values("pk")[:1]
    return (
        Signature.objects.filter(user_id=user.pk, agreement=newest, revocation__isnull=True)
        .select_related("agreement")
        .first()
    )


def signature_keep(user: User, signature: Signature | None) -> None:
    """Keep a signature that was read along with the user."""
    user._signature = signature  # type: ignore[attr-defined]


def signature_forget(user: User) -> None:
    """Read the signature again the next time it is asked for."""
    signature_keep(user, _UNASKED)  # type: ignore[arg-type]


def signature_list_for(user: Any) -> QuerySet[Signature]:
    """What the person has signed so far, newest first."""
    return Signature.objects.filter(user_id=user.pk).select_related("agreement", "revocation").order_by("-at")


def guideline_latest_list() -> QuerySet[GuidelineVersion]:
    """The newest published version of every guideline, by name."""
    newest = (
        GuidelineVersion.objects.filter(guideline=OuterRef("guideline"), published_at__isnull=False)
        .order_by("-version")
        .values("pk")[:1]
    )
    return (
        GuidelineVersion.objects.filter(published_at__isnull=False, pk=newest)
        .select_related("guideline")
        .order_by("guideline__name")
    )


def guideline_version_get(public_id: UUID, version: int | None = None) -> GuidelineVersion:
    """A published version of the guideline with this public id, the newest unless one is named; raises NotFound."""
    versions = guideline_version_list(public_id)
    found = (versions if version is None else versions.filter(version=version)).first()
    if found is None:
        raise NotFound()
    return found


def guideline_version_list(public_id: UUID) -> QuerySet[GuidelineVersion]:
    """Published versions of one guideline, newest first."""
    return (
        GuidelineVersion.objects.filter(guideline__public_id=public_id, published_at__isnull=False)
        .select_related("guideline")
        .order_by("-version")
    )


def guideline_name_list() -> QuerySet[Guideline]:
    """Guidelines that exist, by name."""
    return Guideline.objects.order_by("name")

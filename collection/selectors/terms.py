"""Terms and consents: which are in force, and who agreed to what."""

from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Count

from collection.models import Consent, Participant, Terms
from config.errors import NotFound
from config.statements import Statement

_PARTICIPANT_COLUMNS = [field.attname for field in Participant._meta.concrete_fields]
_PARTICIPANT = Statement(
    f"SELECT {', '.join(_PARTICIPANT_COLUMNS)} FROM collection_participant WHERE public_id = %(public_id)s::uuid"
)


def terms_in_force() -> Terms | None:
    """The newest published version."""
    return Terms.objects.filter(published_at__isnull=False).order_by("-version").first()


def terms_draft() -> Terms | None:
    """The version that is being written, if one is."""
    return Terms.objects.filter(published_at__isnull=True).first()


def terms_published_list() -> list[Terms]:
    """Every published version, newest first."""
    return list(Terms.objects.filter(published_at__isnull=False).order_by("-version"))


def consent_counts_by_terms() -> dict[int, int]:
    """How many participants ever agreed to each version."""
    given = Consent.objects.filter(kind=Consent.Kind.GIVEN).values("terms")
    return {row["terms"]: row["count"] for row in given.annotate(count=Count("participant", distinct=True))}


def terms_published_get(version: int) -> Terms:
    """One published version. Raises `NotFound`."""
    found = Terms.objects.filter(published_at__isnull=False, version=version).first()
    if found is None:
        raise NotFound()
    return found


def participant_get(public_id: UUID | str) -> Participant | None:
    """The participant with this id: asked for with every page and every question."""
    rows = _PARTICIPANT.rows(public_id=str(public_id))
    return Participant.from_db(DEFAULT_DB_ALIAS, _PARTICIPANT_COLUMNS, rows[0]) if rows else None


def consent_newest(participant: Participant) -> Consent | None:
    """The participant's latest decision, whichever it was."""
    return participant.consents.select_related("terms").order_by("-pk").first()


def consent_in_force(participant: Participant | None) -> Consent | None:
    """The consent under which a question may be taken now: the latest decision, if it is a yes to the terms in force."""
    if participant is None:
        return None
    newest = consent_newest(participant)
    if newest is None or newest.kind != Consent.Kind.GIVEN:
        return None
    terms = terms_in_force()
    return newest if terms is not None and newest.terms_id == terms.pk else None

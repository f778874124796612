"""Giving and taking back consent: rows that are only ever added."""

from django.db import transaction

from collection.errors import Barred, NoTerms
from collection.models import Consent, Participant, Terms
from collection.selectors import consent_newest, terms_in_force
from collection.services.limits import barred_message


@transaction.atomic
def participant_consent(*, participant: Participant | None, terms: Terms, language: str) -> Participant:
    """Record consent to the terms in force, making the participant if there is none yet; doing it twice adds nothing.

    Raises `NoTerms` for a version that is not in force and `Barred` for a barred participant.
    """
    if terms.published_at is None or terms_in_force() != terms:
        raise NoTerms()
    if participant is None:
        participant = Participant.objects.create(language=language)
    else:
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        if participant.barred_at:
            raise Barred(barred_message())
    newest = consent_newest(participant)
    if newest is None or newest.kind != Consent.Kind.GIVEN or newest.terms_id != terms.pk:
        _consent_add(participant, terms, Consent.Kind.GIVEN, language)
    return participant


@transaction.atomic
def consent_withdraw(*, participant: Participant) -> Consent | None:
    """Take back the consent in force; what was collected under it is withdrawn by `instructions_withdraw`."""
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    newest = consent_newest(participant)
    if newest is None or newest.kind == Consent.Kind.WITHDRAWN:
        return None
    return _consent_add(participant, newest.terms, Consent.Kind.WITHDRAWN, newest.language)


def _consent_add(participant: Participant, terms: Terms, kind: Consent.Kind, language: str) -> Consent:
    """The hash is of the text in the language in which it was read."""
    return Consent.objects.create(
        participant=participant,
        terms=terms,
        kind=kind,
        language=language,
        text_sha256=terms.sha256_ja if language == "ja" else terms.sha256_en,
    )

"""Agreements that writers sign, and guidelines that orders are pinned to: versions, signatures, revocations."""

import hashlib

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from config.audit import act_note
from config.errors import BadInput, Conflict
from vendors.errors import AgreementChanged, AgreementMissing, SignatureRevoked
from vendors.models import Agreement, Guideline, GuidelineVersion, Role, Signature, SignatureRevocation, User
from vendors.permissions import require_management, require_role
from vendors.selectors import agreement_in_force, signature_forget

# Keys of PostgreSQL's advisory locks that this app takes; any numbers that nobody else uses.
AGREEMENT_LOCK = 7_301


def text_hash(text: str) -> str:
    """The SHA-256 by which a signature names the text that was signed."""
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def agreement_publish(*, body_ja: str, body_en: str, by: User | None) -> Agreement:
    """Put a new version in force; everybody must sign again before starting new work. `by` is None for a seed.

    Publishing is serialised, so that versions have no gap and no twin. Raises Conflict when nothing changed.
    """
    if by is not None:
        require_management(by)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [AGREEMENT_LOCK])
    newest = agreement_in_force()
    if newest is not None and (newest.body_ja, newest.body_en) == (body_ja, body_en):
        raise Conflict()
    made = Agreement.objects.create(
        version=newest.version + 1 if newest else 1,
        body_ja=body_ja,
        body_en=body_en,
        sha256_ja=text_hash(body_ja),
        sha256_en=text_hash(body_en),
        published_at=timezone.now(),
    )
    act_note(by=by, act="changed", what="agreement", version=made.version)
    return made


@transaction.atomic
def agreement_sign(
    *, user: User, language: str, name_as_signed: str, address: str | None, text_sha256: str = ""
) -> Signature:
    """Sign the version in force, in the language that was read. Signing twice gives the first signature.

    `text_sha256` is the hash of the text that was on the page, if the caller knows it. Raises AgreementMissing,
    AgreementChanged when another version came into force meanwhile, SignatureRevoked, and BadInput without a name.
    """
    require_role(user)
    agreement = agreement_in_force()
    if agreement is None:
        raise AgreementMissing()
    language = "en" if language == "en" else "ja"
    wanted = agreement.sha256_en if language == "en" else agreement.sha256_ja
    if text_sha256 and text_sha256 != wanted:
        raise AgreementChanged()
    if not name_as_signed.strip():
        raise BadInput()
    signature, _made = Signature.objects.get_or_create(
        user=user,
        agreement=agreement,
        defaults={
            "language": language,
            "text_sha256": wanted,
            "name_as_signed": name_as_signed.strip(),
            "address": address or None,
        },
    )
    signature_forget(user)
    if SignatureRevocation.objects.filter(signature=signature).exists():
        raise SignatureRevoked()
    return signature


@transaction.atomic
def signature_revoke(*, signature: Signature, by: User, why: str) -> SignatureRevocation:
    """End a signature: its signer can start nothing new. A signer may revoke their own, management anybody's."""
    if signature.user_id != by.pk:
        require_management(by)
    revocation, _made = SignatureRevocation.objects.get_or_create(
        signature=signature, defaults={"by": by, "why": why[:500]}
    )
    signature_forget(signature.user)
    signature_forget(by)
    return revocation


@transaction.atomic
def writer_bar(*, user: User, by: User, why: str) -> User:
    """Keep somebody from writing for good: nothing of theirs is clean any more, and their signatures are revoked."""
    require_management(by)
    User.objects.filter(pk=user.pk, barred_at__isnull=True).update(barred_at=timezone.now())
    for signature in Signature.objects.filter(user=user, revocation__isnull=True):
        signature_revoke(signature=signature, by=by, why=why)
    user.refresh_from_db(fields=["barred_at"])
    act_note(by=by, act="changed", subject_kind="person", subject_id=user.public_id, why=why, what="barred")
    return user


@transaction.atomic
def guideline_publish(*, name: str, body_ja: str, body_en: str, by: User | None) -> GuidelineVersion:
    """Publish a version of the guideline called `name`, making the guideline if it is new. `by` is None for a seed.

    Locks the guideline. Orders keep the version they were made with.
    """
    if by is not None:
        require_role(by, Role.OWNER, Role.MANAGER)
    guideline, _made = Guideline.objects.get_or_create(name=name.strip())
    Guideline.objects.select_for_update().get(pk=guideline.pk)
    newest = guideline.versions.aggregate(newest=Max("version"))["newest"] or 0
    made = GuidelineVersion.objects.create(
        guideline=guideline, version=newest + 1, body_ja=body_ja, body_en=body_en, published_at=timezone.now()
    )
    act_note(by=by, act="changed", what="guideline", guideline=str(guideline.public_id), version=made.version)
    return made

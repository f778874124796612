"""Publishing the terms that participants consent to."""

import hashlib

from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from collection.models import Terms


@transaction.atomic
def terms_publish(*, body_ja: str, body_en: str, allows_release: bool = True) -> Terms:
    """Publish the next version. It is in force at once and can never be changed; everybody is asked again."""
    newest = Terms.objects.aggregate(newest=Max("version"))["newest"] or 0
    return Terms.objects.create(
        version=newest + 1,
        body_ja=body_ja,
        body_en=body_en,
        sha256_ja=_sha256(body_ja),
        sha256_en=_sha256(body_en),
        allows_release=allows_release,
        published_at=timezone.now(),
    )


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

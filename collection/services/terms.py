"""Publishing the terms that participants consent to."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from collection.models import Terms
from collection.selectors import terms_in_force

_TEXTS = Path(__file__).resolve().parent.parent / "texts"


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


def terms_ensure() -> Terms:
    """The terms in force; if none were ever published, the ones that come with the product become version 1."""
    return terms_in_force() or terms_publish(body_ja=terms_text("ja"), body_en=terms_text("en"))


def terms_text(language: str) -> str:
    """The product's own terms in a language, with the operator's name and contact filled in."""
    text = (_TEXTS / f"terms.{language}.md").read_text(encoding="utf-8")
    filled = {"operator": settings.OPERATOR_NAME, "contact": settings.OPERATOR_CONTACT}
    for name, value in filled.items():
        text = text.replace("{{ %s }}" % name, value)  # noqa: UP031 - braces
    return text


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

"""Drafting and publishing the terms that participants consent to. A published version never changes."""

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from collection.errors import TermsRefused
from collection.models import Terms
from collection.selectors import terms_draft, terms_in_force
from config.audit import act_note

_TEXTS = Path(__file__).resolve().parent.parent / "texts"


@transaction.atomic
def terms_publish(
    *, body_ja: str, body_en: str, allows_release: bool = True, changes_ja: str = "", changes_en: str = ""
) -> Terms:
    """Publish the next version at once, past any draft. It can never be changed; everybody is asked again."""
    return Terms.objects.create(
        version=_next_version(),
        allows_release=allows_release,
        changes_ja=changes_ja,
        changes_en=changes_en,
        published_at=timezone.now(),
        **_bodies(body_ja, body_en),
    )


@transaction.atomic
def terms_draft_save(*, body_ja: str, body_en: str, changes_ja: str = "", changes_en: str = "") -> Terms:
    """Keep the draft of the next version; there is one at a time, and nobody is asked anything yet."""
    draft = Terms.objects.select_for_update().filter(published_at__isnull=True).first() or Terms(
        version=_next_version()
    )
    fields = {**_bodies(body_ja, body_en), "changes_ja": _plain(changes_ja), "changes_en": _plain(changes_en)}
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save()
    return draft


@transaction.atomic
def terms_draft_publish(*, by: Any, seen: str) -> Terms:
    """Put the draft in force. From then on everybody is asked again; what was given before keeps the terms of its time.

    `seen` is `draft_mark` of the draft as the person read it. Locks the draft. Raises `TermsRefused` when there is none, when
    it changed since, when it says what is in force already, or when it does not tell what is new.
    """
    draft = Terms.objects.select_for_update().filter(published_at__isnull=True).first()
    if draft is None:
        raise TermsRefused(_("There is no draft to publish. Somebody may have published or discarded it."))
    if draft_mark(draft) != seen:
        raise TermsRefused(_("The draft has changed since you read it. Please read it again before you publish it."))
    current = terms_in_force()
    if current and (current.sha256_ja, current.sha256_en) == (draft.sha256_ja, draft.sha256_en):
        raise TermsRefused(_("The draft says the same as the version in force. There is nothing to publish."))
    if current and not (draft.changes_ja and draft.changes_en):
        raise TermsRefused(_("Please say in both languages what is new: it is what people read first."))
    draft.version = (Terms.objects.exclude(pk=draft.pk).aggregate(newest=Max("version"))["newest"] or 0) + 1
    draft.published_at = timezone.now()
    draft.published_by = str(by.pk)
    draft.save()
    act_note(by=by, act="changed", what="terms", version=draft.version)
    return draft


@transaction.atomic
def terms_draft_discard() -> None:
    """Throw the draft away; without one nothing happens."""
    draft = terms_draft()
    if draft is not None:
        draft.delete()


def draft_mark(draft: Terms) -> str:
    """Tells one state of the draft from every other."""
    return _sha256("\x1f".join((draft.body_ja, draft.body_en, draft.changes_ja, draft.changes_en)))


def terms_body(terms: Terms, language: str) -> str:
    """The text in the reader's language; everything but Japanese reads English."""
    return terms.body_ja if language == "ja" else terms.body_en


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


def _next_version() -> int:
    return (Terms.objects.aggregate(newest=Max("version"))["newest"] or 0) + 1


def _bodies(body_ja: str, body_en: str) -> dict[str, str]:
    """Both texts with plain line ends, and the hashes that consents are given to."""
    body_ja, body_en = _plain(body_ja), _plain(body_en)
    return {"body_ja": body_ja, "body_en": body_en, "sha256_ja": _sha256(body_ja), "sha256_en": _sha256(body_en)}


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()

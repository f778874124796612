"""Editing the reasons of review: each change of words is a version, and a verdict keeps the version it was given under."""

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import AuditAct, ReviewReason, ReviewReasonVersion
from annotation.services.audit import note_write
from annotation.services.drafts import text_clean
from config.errors import BadInput, Conflict
from vendors.models import User
from vendors.permissions import require_management

WORDS = ("label_ja", "label_en", "section", "is_active")


class ReasonExists(Conflict):
    code = "reason_exists"
    message = _("There is a reason with this code already. Change that one, or choose another code.")


@transaction.atomic
def reason_add(
    *, by: User, code: str, label_ja: str, label_en: str, section: str = "", sort_order: int = 0, is_active: bool = True
) -> ReviewReason:
    """Make a reason in its first version. Raises `RoleMissing`, `ReasonExists` or `BadInput`."""
    require_management(by)
    words = _words(label_ja, label_en, section, is_active=is_active)
    reason, is_new = ReviewReason.objects.get_or_create(code=code, defaults={**words, "sort_order": sort_order})
    if not is_new:
        raise ReasonExists()
    _version_write(reason, by)
    return reason


@transaction.atomic
def reason_change(
    *,
    by: User,
    reason: ReviewReason,
    label_ja: str,
    label_en: str,
    section: str = "",
    sort_order: int = 0,
    is_active: bool = True,
) -> ReviewReason:
    """Give a reason other words, or take it out of use; where it stands in the list makes no version.

    Locks the reason. Raises `RoleMissing` or `BadInput`.
    """
    require_management(by)
    words = _words(label_ja, label_en, section, is_active=is_active)
    held = ReviewReason.objects.select_for_update().get(pk=reason.pk)
    is_changed = any(getattr(held, name) != value for name, value in words.items())
    for name, value in {**words, "sort_order": sort_order}.items():
        setattr(held, name, value)
    if is_changed:
        held.version += 1
    held.save()
    if is_changed:
        _version_write(held, by)
    return held


def _words(label_ja: str, label_en: str, section: str, *, is_active: bool) -> dict[str, str | bool]:
    said = {"label_ja": label_ja, "label_en": label_en, "section": section}
    words = {name: text_clean(value).strip() for name, value in said.items()}
    if not words["label_ja"] or not words["label_en"]:
        raise BadInput(_("A reason needs its words in Japanese and in English."))
    return {**words, "is_active": is_active}


def _version_write(reason: ReviewReason, by: User) -> None:
    words = {name: getattr(reason, name) for name in WORDS}
    ReviewReasonVersion.objects.create(reason=reason, version=reason.version, by=by, **words)
    details = {"what": "review_reason", "to": f"{reason.code}@{reason.version}"}
    note_write(by=by, act=AuditAct.CHANGED, subject_kind="", subject_id="", why="", details=details)

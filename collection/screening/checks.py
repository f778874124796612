"""Every screening check by its id: what it is called, and which version of it runs. The first part of an id is its family."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from collection.screening import categories, entities, language, model_text, names, neighbours, personal_data, quality

MODERATION_VERSION = 1
DUPLICATE_VERSION = 1

FAMILY_VERSIONS: dict[str, int] = {
    "personal": personal_data.VERSION,
    "name": names.VERSION,
    "entity": entities.VERSION,
    "language": language.VERSION,
    "quality": quality.VERSION,
    "moderation": MODERATION_VERSION,
    "duplicate": DUPLICATE_VERSION,
    "neighbour": neighbours.VERSION,
    "model_text": model_text.VERSION,
    "category": categories.VERSION,
}

CHECK_NAMES: dict[str, Promise] = {
    "personal.secret": _("Key or password"),
    "personal.email": _("E-mail address"),
    "personal.my_number": _("My Number"),
    "personal.card": _("Card number"),
    "personal.social_security": _("Social security number"),
    "personal.phone": _("Phone number"),
    "personal.postal_code": _("Postal code"),
    "personal.address": _("Postal address"),
    "personal.bank_account": _("Bank account"),
    "name.full": _("Somebody's full name"),
    "name.family": _("A family name"),
    "entity.person": _("Somebody's name"),
    "language.other": _("Neither Japanese nor English"),
    "language.detected": _("Reads like another language"),
    "quality.empty": _("No text in it"),
    "quality.short": _("Too short"),
    "quality.url_only": _("Only an address"),
    "quality.repeated": _("One sign repeated"),
    "quality.injection": _("Tells the writer to break the rules"),
    "quality.current": _("Needs today's data"),
    "moderation.passed": _("Moderation passed"),
    "moderation.flagged": _("Moderation flagged it"),
    "moderation.unavailable": _("Moderation did not answer"),
    "duplicate.exact": _("Asked before"),
    "neighbour.close": _("Nearly the same was asked before"),
    "model_text.close": _("Holds passages of an earlier model answer"),
    "model_text.unreadable": _("Cannot be compared with model answers"),
}


# What stands in the text instead of a passage that was destroyed, in Japanese and in English. It is data and may be published,
# so it is the same whatever the language of the pages.
PLACEHOLDERS: dict[str, tuple[str, str]] = {
    "": ("伏せ字", "left out"),
    "personal.secret": ("秘密の文字列", "secret"),
    "personal.email": ("メールアドレス", "e-mail address"),
    "personal.my_number": ("個人番号", "individual number"),
    "personal.card": ("カード番号", "card number"),
    "personal.social_security": ("社会保障番号", "social security number"),
    "personal.phone": ("電話番号", "phone number"),
    "personal.postal_code": ("郵便番号", "postal code"),
    "personal.address": ("住所", "address"),
    "personal.bank_account": ("口座番号", "bank account"),
    "name.full": ("氏名", "name"),
    "name.family": ("姓", "family name"),
    "entity.person": ("氏名", "name"),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it runs now."""

    id: str
    name: Promise | str
    version: int


def check_of(check_id: str) -> Check:
    """The check by its id; one that was renamed since is called by its id."""
    return Check(check_id, CHECK_NAMES.get(check_id, check_id), FAMILY_VERSIONS.get(check_id.partition(".")[0], 1))


def families_present() -> dict[str, int]:
    """The families that can run in this process, with their versions: what a screening writes down about itself."""
    absent = set() if neighbours.is_present() else {"neighbour"}
    if not model_text.is_present():
        absent.add("model_text")
    if not entities.is_present():
        absent.add("entity")
    found = {name: version for name, version in FAMILY_VERSIONS.items() if name not in absent}
    if language.is_statistical():
        found["language.detected"] = language.DETECTED_VERSION
    return found

"""Every check by its id: its name, a line of help, and which version of it runs. The first part of an id is its family."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from annotation.proofreading import markdown_checks, sign_checks, task_checks, wording_checks

FAMILY_VERSIONS: dict[str, int] = {
    "task": task_checks.VERSION,
    "wording": wording_checks.VERSION,
    "sign": sign_checks.VERSION,
    "markdown": markdown_checks.VERSION,
}

WORDS: dict[str, tuple[Promise, Promise]] = {
    "task.empty": (_("Nothing written"), _("There is no letter or digit in the text yet.")),
    "task.short": (_("Shorter than ordered"), _("The order asks for a longer text.")),
    "task.long": (_("Longer than ordered"), _("The order asks for a shorter text.")),
    "task.same_as_question": (_("The question given back"), _("The text is what was asked, word for word.")),
    "task.copied_from_question": (
        _("Much copied from the question"),
        _("Half of the text or more stands in the question. Quote only what you need."),
    ),
    "task.language": (_("Another language"), _("The order is for another language than this text seems to be in.")),
    "task.link": (_("A link"), _("Links age, and nobody can check them later. Say what matters in words.")),
    "task.personal_data": (
        _("Looks like personal data"),
        _("Names of private people, addresses, numbers: make them up so that they cannot be real, or leave them out."),
    ),
    "task.term": (_("A word the order avoids"), _("The order's list of terms has another word for it.")),
    "task.pasted": (
        _("Pasted from elsewhere"),
        _("Say it in your own words, or name where it comes from. A reviewer sees the passage and its source."),
    ),
    "wording.mixed_styles": (
        _("Polite and plain style mixed"),
        _("Most sentences end the other way. Keep to one style outside quotations."),
    ),
    "wording.doubled_particle": (_("A particle twice"), _("Probably a slip of the keyboard.")),
    "wording.repeated": (_("A word twice"), _("The same word stands here twice in a row.")),
    "wording.long_sentence": (_("A very long sentence"), _("Cut it in two: readers lose the thread.")),
    "sign.unbalanced": (
        _("A bracket without its partner"),
        _("It is opened and not closed, or closed and not opened."),
    ),
    "sign.mixed_width": (
        _("Full and half width mixed"),
        _("The same kind of sign stands in both widths. Keep to the one you use more."),
    ),
    "sign.half_kana": (_("Half-width katakana"), _("Write katakana in full width.")),
    "sign.trailing_space": (_("A blank at the end of a line"), _("Nobody sees it, but it stays in the data.")),
    "sign.blank_lines": (_("Many empty lines"), _("One empty line parts two paragraphs.")),
    "sign.invisible": (_("An invisible character"), _("It came with something pasted. Delete it and write it anew.")),
    "markdown.open_fence": (_("A code block that does not close"), _("End it with a line of the same three marks.")),
    "markdown.open_code": (_("Code that does not close"), _("There is a ` too many or too few in this paragraph.")),
    "markdown.open_strong": (
        _("Emphasis that does not close"),
        _("There is a ** too many or too few in this paragraph."),
    ),
    "markdown.open_link": (_("A link that does not close"), _("The closing bracket is missing.")),
    "markdown.heading": (_("A heading without a space"), _("Put a space after the # marks.")),
    "markdown.uneven_table": (
        _("A table with uneven rows"),
        _("This row has another number of cells than the one above."),
    ),
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check as it runs now."""

    id: str
    name: Promise | str
    help: Promise | str
    version: int


def check_of(check_id: str) -> Check:
    """The check by its id; one that was renamed since is called by its id."""
    name, help_line = WORDS.get(check_id, (check_id, ""))
    return Check(check_id, name, help_line, FAMILY_VERSIONS.get(check_id.partition(".")[0], 1))

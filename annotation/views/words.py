"""The words of the writer's room that are chosen by code: why the queue is empty, and what the editor's script says."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from annotation.selectors.queue import QueueState

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Why:
    """Why there is nothing to start, what to do about it, and where."""

    title: Words
    text: Words
    url_name: str = ""
    action: Words = ""
    url_args: tuple[object, ...] = ()

    @property
    def url(self) -> str:
        return reverse(self.url_name, args=self.url_args) if self.url_name else ""


QUEUE_WORDS = {
    "barred": Why(
        _("You cannot start new work"),
        _("The operator has closed this account for new work. Ask the operator why."),
    ),
    "no_agreement": Why(
        _("No agreement is in force yet"),
        _("Writing starts once the operator has published the agreement. There is nothing you need to do."),
    ),
    "unsigned": Why(
        _("First, the agreement"),
        _("Please read and sign the agreement in force. Then the tasks open to you."),
        "vendors:agreements",
        _("Read and sign"),
    ),
    "no_order": Why(
        _("No order is running"),
        _("Your organisation has no running order at the moment. New tasks appear here as soon as it accepts one."),
    ),
    "competence": Why(
        _("Nothing in your fields"),
        _(
            "The running orders ask for a field of competence that is not in your account. If it is yours, ask your lead to add it."
        ),
    ),
    "language": Why(
        _("Nothing in your languages"),
        _(
            "The running orders are in languages you do not write. If you do, ask your lead to add them to your account."
        ),
    ),
    "seen": Why(
        _("Nothing new for you"),
        _("What is left, you have passed on, written or read before. Others will take it; new orders appear here."),
    ),
    "done": Why(
        _("Everything is written"),
        _("Every task of the running orders has been handed in. What is returned to you will appear here."),
    ),
    "": Why(_("Ready when you are"), _("Somebody took the last free task just now. Please try again.")),
}


def queue_words(state: QueueState) -> Why:
    """Say why the queue is as it is."""
    if state.reason == "qualification" and state.qualification is not None:
        name = state.qualification.name
        return Why(
            gettext("First, the qualification “%(name)s”") % {"name": name},
            _(
                "The running orders ask for it. You earn it with a short quiz on the guideline, and trial texts where it has them."
            ),
            "vendors:qualification_earn",
            _("Earn the qualification"),
            (state.qualification.public_id,),
        )
    if state.reason != "held":
        return QUEUE_WORDS[state.reason]
    if state.next_lease_ends_at is None:
        return Why(_("Others are at work"), _("Every task is in somebody's hands. What they put back appears here."))
    clock = formats.time_format(timezone.localtime(state.next_lease_ends_at), "H:i")
    text = gettext("Every task is in somebody's hands. The next may come free at %(time)s.") % {"time": clock}
    return Why(_("Others are at work"), text)


EDITOR_WORDS: dict[str, Words] = {
    "saved": _("Saved %(time)s"),
    "saving": _("Saving"),
    "unsaved": _("Kept on this device, not saved yet"),
    "offline": _("Offline: kept on this device"),
    "server": _("The server does not answer: kept on this device"),
    "signed_out": _("Signed out: kept on this device"),
    "lost": _("No longer yours: kept on this device"),
    "conflict": _("Two versions: choose one"),
    "refused": _("Not saved: kept on this device"),
    "unkept": _("Not saved, and this browser keeps no copy: do not close this page"),
    "restored": _("What this browser had kept is back in the text."),
    "close": _("Marked above, close to a model’s text: %(count)s. Please say it in your own words."),
    "close_whole": _("The text as a whole follows a model’s text closely. Please say it in your own words."),
    "remarks_new": _("New remarks on the text: %(count)s"),
    "sent": _("Sent. Here is the next one."),
    "copied": _("Copied."),
    "lease": _("Yours until %(time)s"),
    "range": _("of %(least)s–%(most)s characters · %(minutes)s min to read"),
    "too_short": _("%(count)s more characters are needed."),
    "too_long": _("%(count)s characters too many."),
    "in_range": _("The length is right."),
    "empty": _("There is no text yet."),
    "preview_empty": _("Nothing to preview yet."),
    "preview_failed": _("The preview needs a connection. Your text is safe."),
    "failed": _("That did not work. Your text is kept; please try again."),
}

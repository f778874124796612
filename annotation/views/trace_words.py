"""A writing trace in plain words and as a plot, for the person who wrote and for the one who reviews."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotation.cleanroom.trace import BUCKET_SECONDS, Bucket, merge_slots
from annotation.selectors.traces import KeptTrace
from config.plots import Plot, course_plot

Words = str | Promise

# What a flag means. It keeps the text from the dataset until a reviewer has said why it does not speak against it.
FLAG_MEANS: dict[str, Words] = {
    "trace_missing": gettext_lazy(
        "Nothing was recorded: the text came without the editor's script, or the record did not arrive."
    ),
    "trace_off": gettext_lazy("The text was written without the record, as its writer chose."),
    "chain_broken": gettext_lazy(
        "A piece of the record is missing, or belongs to another text. A lost connection can do that."
    ),
    "sums_do_not_fit": gettext_lazy("What was written and deleted does not add up to the text that was sent."),
    "autosaves_do_not_fit": gettext_lazy(
        "The server's own copies hold text that the record does not tell of, or the record tells of more time than passed."
    ),
    "untrusted_events": gettext_lazy("A program put text into the editor: an extension, for example."),
    "paste_share": gettext_lazy("More than a tenth of the text was pasted or dropped in from elsewhere."),
    "large_insertion": gettext_lazy(
        "More than 40 characters appeared at once that were neither the writer's own nor from the instruction."
    ),
    "too_fast": gettext_lazy("At least a minute was written more than twice as fast as this writer's fastest."),
    "looks_copied": gettext_lazy(
        "It looks as if it was copied out by hand, by the signs below. They can be wrong about a person, and decide nothing."
    ),
}
SIGN_MEANS: dict[str, Words] = {
    "hardly_any_deletion": gettext_lazy("hardly anything was deleted"),
    "written_straight_through": gettext_lazy("hardly anything was inserted before the end"),
    "flat_rate": gettext_lazy("the pace hardly changed"),
    "few_thinking_pauses": gettext_lazy("there were few pauses of 2 to 30 seconds"),
    "bursts_after_blur": gettext_lazy("the window was left, and much was typed on return, again and again"),
}


@dataclass(frozen=True, slots=True)
class FlagTold:
    """A flag in words, and whether a reviewer has answered it."""

    words: Words
    is_cleared: bool


@dataclass(frozen=True, slots=True)
class TraceTold:
    """A trace as a page shows it: sentences, flags, signs of transcription, and the plot when there is something to plot."""

    sentences: list[str]
    flags: list[FlagTold]
    signs: list[Words]
    plot: Plot | None


def trace_told(kept: KeptTrace) -> TraceTold:
    """Say what is kept of how a text was written."""
    slots = merge_slots(kept.buckets)
    return TraceTold(
        sentences=_sentences(slots),
        flags=[FlagTold(FLAG_MEANS.get(flag, flag), flag in kept.cleared) for flag in kept.flags],
        signs=[SIGN_MEANS.get(sign, sign) for sign in kept.totals.get("signs", [])],
        plot=_plot(slots) if slots else None,
    )


def _sentences(slots: list[Bucket]) -> list[str]:
    if not slots:
        return []
    active = sum(slot.is_active for slot in slots)
    written, elsewhere, deleted, undone = (
        _sum(slots, names)
        for names in (("typed", "composed", "replaced"), ("pasted", "dropped"), ("deleted",), ("undone",))
    )
    own, quoted = _sum(slots, ("pasted_own",)), _sum(slots, ("pasted_quote",))
    minutes = max(1, round(active * BUCKET_SECONDS / 60))
    told = [
        ngettext("About %(minutes)s minute of writing.", "About %(minutes)s minutes of writing.", minutes)
        % {"minutes": minutes},
        _("%(written)s characters typed, %(deleted)s deleted.") % {"written": written, "deleted": deleted},
    ]
    if elsewhere:
        told.append(_("%(count)s characters pasted or dropped in from elsewhere.") % {"count": elsewhere})
    else:
        told.append(_("Nothing was pasted from elsewhere."))
    if own or quoted:
        told.append(
            _("%(own)s characters moved within the text, %(quoted)s quoted from the instruction.")
            % {"own": own, "quoted": quoted}
        )
    if undone:
        told.append(_("%(count)s characters put back by undo.") % {"count": undone})
    losses = sum(slot.focus_losses for slot in slots)
    if losses:
        away = round(sum(slot.blurred_ms for slot in slots) / 60_000)
        told.append(
            ngettext(
                "The window was left %(times)s time (%(minutes)s min).",
                "The window was left %(times)s times (%(minutes)s min).",
                losses,
            )
            % {"times": losses, "minutes": away}
        )
    return told


def _sum(slots: Iterable[Bucket], names: Iterable[str]) -> int:
    names = list(names)
    return sum(getattr(slot, name) for slot in slots for name in names)


def _plot(slots: list[Bucket]) -> Plot:
    """The text's length over the time in which somebody wrote; pauses and pastes stand where they happened."""
    line: list[tuple[float, float]] = [(0, 0)]
    pasted, paused, left = [], [], []
    active = 0
    for slot in slots:
        active += slot.is_active
        point = (round(active * BUCKET_SECONDS / 60, 2), slot.length)
        if slot.is_active:
            line.append(point)
        if slot.pasted + slot.dropped:
            pasted.append(point)
        if slot.pauses[5]:
            paused.append(point)
        if slot.focus_losses:
            left.append(point)
    return course_plot(
        title=_("How the text grew"),
        across=_("Minutes of writing"),
        upward=_("Characters"),
        line=line,
        marks={
            _("pasted from elsewhere"): pasted,
            _("paused for more than 30 seconds"): paused,
            _("left the window"): left,
        },
    )

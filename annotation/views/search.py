"""The search page: one field for words and ids, filters in the address, and what was found with the words marked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from annotation.models import BulkJob, GateReport, HourFigure, SavedView
from annotation.selectors.bulk import BULK_ROLES, KIND_OF
from annotation.selectors.happened import happened_read
from annotation.selectors.operations import OPERATING_ROLES
from annotation.selectors.saved import view_list_of
from annotation.selectors.search import KINDS, ROWS_A_PAGE, Hit, SearchFilter, search_for
from annotation.states import TaskStatus
from annotation.wording import Segment
from collection.screening.language import LANGUAGES
from collection.states import InstructionStatus
from collection.texts import CATEGORY_LABELS, LANGUAGE_LABELS
from config.access import role_required, seat_of
from config.text_search import fold
from vendors.selectors import JAPAN

KIND_LABELS = {
    "instruction": _("Instructions"),
    "record": _("Records with their texts"),
    "person": _("People"),
    "order": _("Orders"),
    "participant": _("Participants"),
    "release": _("Releases"),
}
GATE_WORDS = {
    "pass": _("Only records of which the gate passed a text."),
    "review": _("Only records of which the gate left a text to be judged."),
    "block": _("Only records of which the gate blocked a text."),
}
TRACE_WORDS = {
    "flagged": _("Only records with a writing trace that raised flags."),
    "unflagged": _("Only records with a writing trace that raised no flag."),
}
BEFORE, PASSAGE = 24, 140
PAGES_AT_MOST = 400


class SearchForm(forms.Form):
    """The filters of the address; what does not fit is as if it had not been given."""

    q = forms.CharField(
        label=_("Words or an id"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "autofocus": True}),
    )
    kind = forms.ChoiceField(required=False, choices=[("", ""), *KIND_LABELS.items()], widget=forms.HiddenInput)
    status = forms.ChoiceField(
        label=_("Status"),
        required=False,
        choices=[
            ("", _("any")),
            (_("Instructions"), InstructionStatus.choices),
            (
                _("Records with their texts"),
                [choice for choice in TaskStatus.choices if choice[0] not in InstructionStatus.values],
            ),
        ],
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("All languages")), *((code, LANGUAGE_LABELS[code]) for code in LANGUAGES)],
    )
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All categories")), *CATEGORY_LABELS.items()]
    )
    order = forms.CharField(label=_("Number of the order"), required=False, max_length=20)
    vendor = forms.CharField(required=False, max_length=200, widget=forms.HiddenInput)
    writer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    reviewer = forms.UUIDField(required=False, widget=forms.HiddenInput)
    guideline = forms.UUIDField(required=False, widget=forms.HiddenInput)
    gate = forms.ChoiceField(required=False, choices=[("", ""), *GateReport.Decision.choices], widget=forms.HiddenInput)
    trace = forms.ChoiceField(
        required=False, choices=[("", ""), ("flagged", ""), ("unflagged", "")], widget=forms.HiddenInput
    )
    waits = forms.CharField(required=False, max_length=12, widget=forms.HiddenInput)
    happened = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def chosen(self) -> SearchFilter:
        self.is_valid()
        given = {name: str(self.cleaned_data.get(name) or "") for name in self.fields}
        return SearchFilter(text=given.pop("q"), **given)


@dataclass(frozen=True, slots=True)
class Row:
    """A hit with the passages of its title and its text in which the words stand, in pieces."""

    hit: Hit
    title: list[Segment]
    text: list[Segment]


@require_GET
@role_required(*OPERATING_ROLES)
def search(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET)
    chosen = form.chosen()
    page = request.GET.get("page", "")
    number = min(int(page), PAGES_AT_MOST) if page.isdecimal() and 0 < len(page) < 6 else 1
    found = search_for(request.user, chosen, start=(max(number, 1) - 1) * ROWS_A_PAGE)
    words = chosen.words
    query = request.GET.copy()
    query.pop("page", None)
    context = {
        "form": form,
        "chosen": chosen,
        "found": [
            (one, KIND_LABELS[one.kind], [_row(hit, words) for hit in one.hits], _of(request, one.kind))
            for one in found
        ],
        "is_found": any(one.hits for one in found),
        "tabs": [("", _("Everything"), _of(request, ""))]
        + [(kind, KIND_LABELS[kind], _of(request, kind)) for kind in KINDS],
        "number": number,
        "only": _only(chosen),
        "views": view_list_of(request.user, SavedView.Page.SEARCH),
        "acts": _acts(request, chosen.kind),
        "query": f"{query.urlencode()}&" if query else "",
    }
    return render(request, "annotation/search.html", context)


def _only(chosen: SearchFilter) -> list[Any]:
    """What narrows the search without a field of its own: it came with a link of the dashboard."""
    said = [
        (chosen.vendor, _("Only what %(name)s delivers.") % {"name": chosen.vendor}),
        (chosen.writer, _("Only one person’s texts.")),
        (chosen.reviewer, _("Only what one person judged.")),
        (chosen.guideline, _("Only under one version of a guideline.")),
        (chosen.gate, GATE_WORDS.get(chosen.gate)),
        (chosen.trace, TRACE_WORDS.get(chosen.trace)),
        (chosen.waits, _("Only what has waited so long.")),
        (chosen.happened, _when_words(chosen.happened)),
    ]
    return [words for value, words in said if value and words]


def _when_words(name: str) -> str:
    """What happened when, as the search is narrowed to it."""
    when = happened_read(name)
    if when is None:
        return str(_("Only what happened at one time."))
    form = "SHORT_DATETIME_FORMAT" if when.end - when.start < timedelta(days=1) else "SHORT_DATE_FORMAT"
    first, last = (date_format(at.astimezone(JAPAN), form) for at in (when.start, when.end - timedelta(seconds=1)))
    words = {"event": HourFigure.Event(when.event).label, "first": first, "last": last}
    return str(
        (_("Only: %(event)s, %(first)s.") if first == last else _("Only: %(event)s, %(first)s to %(last)s.")) % words
    )


def _acts(request: HttpRequest, kind: str) -> list[tuple[str, Any]]:
    """What the person may do with everything that is found of a kind."""
    seat = seat_of(request)
    if seat is None or not seat.has_role(*BULK_ROLES):
        return []
    return [(action.value, action.label) for action in BulkJob.Action if KIND_OF[action] == kind]


def _of(request: HttpRequest, kind: str) -> str:
    """The same search among one kind."""
    query = request.GET.copy()
    query.pop("page", None)
    query["kind"] = kind
    return f"?{query.urlencode()}"


def _row(hit: Hit, words: Sequence[str]) -> Row:
    return Row(hit, passage_of(hit.title, words), passage_of(hit.text, words))


def passage_of(text: str, words: Sequence[str]) -> list[Segment]:
    """The text from a little before the first word on, in pieces of which those are marked that are one of the words."""
    folded, places = _folded(text)
    first = min((at for word in words if (at := folded.find(word)) >= 0), default=0)
    start = max(0, places[first] - BEFORE) if places else 0
    end = min(len(text), start + PASSAGE)
    spans = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            span = (places[at], places[at + len(word) - 1] + 1)
            if start <= span[0] and span[1] <= end:
                spans.append(span)
            at = folded.find(word, at + len(word))
    pieces, here = [Segment("…", False)] if start else [], start
    for left, right in sorted(spans):
        if left < here:
            continue
        pieces += [Segment(text[here:left], False), Segment(text[left:right], True)]
        here = right
    pieces.append(Segment(text[here:end], False))
    if end < len(text):
        pieces.append(Segment("…", False))
    return [piece for piece in pieces if piece.text]


@lru_cache(maxsize=8192)
def _sign_folded(sign: str) -> str:
    return fold(sign)


def _folded(text: str) -> tuple[str, list[int]]:
    """The text folded sign by sign, and of each of its signs the place that it came from."""
    signs = [(sign, at) for at, one in enumerate(text) for sign in _sign_folded(one)]
    return "".join(sign for sign, _at in signs), [at for _sign, at in signs]

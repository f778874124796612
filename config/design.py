"""The living page of the design system: every component once, to look at while building. Demonstration only."""

from datetime import date

from django import forms
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

STATUSES = {
    "queued": _("Queued"),
    "claimed": _("Being written"),
    "submitted": _("Submitted"),
    "in_review": _("In review"),
    "accepted": _("Accepted"),
    "returned": _("Returned"),
    "rejected": _("Rejected"),
    "cancelled": _("Cancelled"),
}
TONES = {"info": _("For your information"), "ok": _("Done"), "warn": _("Take care"), "danger": _("Refused")}
COLOURS = [
    "paper",
    "sheet",
    "sunk",
    "line",
    "line-strong",
    "ink",
    "ink-soft",
    "ink-faint",
    "accent",
    "accent-wash",
    "seal",
    "ok",
    "warn",
    "danger",
    "info",
]


class SampleForm(forms.Form):
    """One field of each kind."""

    title = forms.CharField(label=_("Title"), help_text=_("A few words that say what it is about."))
    email = forms.EmailField(label=_("E-mail address"))
    note = forms.CharField(label=_("Remarks"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    language = forms.ChoiceField(label=_("Language"), choices=[("ja", _("Japanese")), ("en", _("English"))])
    speed = forms.ChoiceField(
        label=_("Urgency"), choices=[("calm", _("When there is time")), ("soon", _("Soon"))], widget=forms.RadioSelect
    )
    agreed = forms.BooleanField(label=_("I have read the guideline"))


def design(request: HttpRequest) -> HttpResponse:
    """Show the components, in every state that can be shown at once."""
    messages.success(request, _("Saved."))
    context = {
        "doors": [
            {"url": "#forms", "label": _("Forms"), "is_current": True, "count": 3},
            {"url": "#tables", "label": _("Tables"), "is_current": False, "count": 0},
            {"url": "#writing", "label": _("Writing"), "is_current": False, "count": 12},
        ],
        "form": SampleForm({"email": "haruka", "title": "朝の挨拶", "speed": "calm"}),
        "statuses": STATUSES,
        "tones": TONES,
        "colours": COLOURS,
        "day": date(2026, 11, 22),
        "page_obj": Paginator(range(248), 25).page(3),
    }
    return render(request, "design.html", context)

"""What a token is for, and how long."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from vendors.models import Event, Scope

DAYS = (30, 90, 365)


class TokenForm(forms.Form):
    """A new token. Only what the person's roles allow is offered."""

    name = forms.CharField(
        label=_("Name"), max_length=80, help_text=_("Which program it is for. You will know it by this name.")
    )
    scopes = forms.MultipleChoiceField(label=_("What it may do"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(
        label=_("Valid for"),
        coerce=int,
        initial=90,
        choices=lambda: [(days, ngettext("%d day", "%d days", days) % days) for days in DAYS],
    )

    def __init__(self, *args: Any, scopes: list[Scope], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in scopes]  # type: ignore[attr-defined]


class WebhookForm(forms.Form):
    """A new address to tell of events."""

    url = forms.URLField(
        label=_("Web address"),
        max_length=500,
        assume_scheme="https",
        help_text=_("It gets a POST with JSON for each event."),
        widget=forms.URLInput(attrs={"placeholder": "https://example.com/hitode"}),
    )
    events = forms.MultipleChoiceField(label=_("Events"), choices=Event.choices, widget=forms.CheckboxSelectMultiple)

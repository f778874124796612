"""Publishing and signing documents."""

import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from vendors.models import Agreement, GuidelineVersion
from vendors.selectors import guideline_name_list


class TwoTextsForm(forms.Form):
    """A document in both languages, in Markdown."""

    body_ja = forms.CharField(label=_("Japanese text"), widget=forms.Textarea(attrs={"rows": 18, "lang": "ja"}))
    body_en = forms.CharField(label=_("English text"), widget=forms.Textarea(attrs={"rows": 18, "lang": "en"}))


class AgreementForm(TwoTextsForm):
    """A new version of the agreement."""

    def __init__(self, *args: Any, in_force: Agreement | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.in_force = in_force

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        old = self.in_force
        if old and (data.get("body_ja"), data.get("body_en")) == (old.body_ja, old.body_en):
            raise ValidationError(_("Nothing has changed since the version in force."))
        return data


class GuidelineForm(TwoTextsForm):
    """A new guideline, or the next version of one, whose name then stays."""

    name = forms.CharField(label=_("Name"), max_length=120)
    field_order = ["name", "body_ja", "body_en"]

    def __init__(self, *args: Any, of: GuidelineVersion | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        self.fields["name"].disabled = of is not None

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if self.of is None and guideline_name_list().filter(name=name).exists():
            raise ValidationError(_("There is a guideline of this name. Open it to publish its next version."))
        return name


class SignForm(forms.Form):
    """A typed name and a tick: a signature."""

    name_as_signed = forms.CharField(
        label=_("Your name, as a signature"), max_length=150, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    is_agreed = forms.BooleanField(label=_("I have read this agreement and am bound by it."))
    text_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    language = forms.ChoiceField(widget=forms.HiddenInput, choices=[("ja", "ja"), ("en", "en")])

    def __init__(self, *args: Any, name: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.name = name

    def clean_name_as_signed(self) -> str:
        written: str = self.cleaned_data["name_as_signed"]
        if _plain(written) != _plain(self.name):
            raise ValidationError(
                _("Write your name as it stands in your account: %(name)s"), params={"name": self.name}
            )
        return written


def _plain(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).split()).casefold()

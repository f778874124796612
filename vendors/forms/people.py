"""Invitations, accounts and organisations."""

import re
import unicodedata
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html, validate_password
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _
from stdnum.jp import cn as corporate_number

from vendors.models import Competence, Organisation, Role, User
from vendors.permissions import roles_to_invite
from vendors.selectors import Seat, codes_of, organisation_list_for


class InvitationForm(forms.Form):
    """Whom to invite, where, and as what. A lead is asked for the address alone."""

    email = forms.EmailField(
        label=_("E-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "off", "inputmode": "email"})
    )
    organisation = forms.ModelChoiceField(label=_("Organisation"), queryset=Organisation.objects.none())
    role = forms.ChoiceField(label=_("Role"))

    def __init__(self, *args: Any, seat: Seat, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seat = seat
        organisations = organisation_list_for(seat.user)
        self.fields["organisation"].queryset = organisations  # type: ignore[attr-defined]
        offered = {role for organisation in organisations for role in roles_to_invite(seat, organisation)}
        self.fields["role"].choices = [  # type: ignore[attr-defined]
            (role.value, role.label) for role in Role if role in offered
        ]
        if seat.has_role(Role.LEAD):
            self.fields["organisation"].initial = seat.organisation
            self.fields["role"].initial = Role.WRITER
            for name in ("organisation", "role"):
                self.fields[name].widget = self.fields[name].hidden_widget()
                self.fields[name].disabled = True

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        organisation, role = data.get("organisation"), data.get("role")
        if organisation and role and role not in roles_to_invite(self.seat, organisation):
            self.add_error("role", _("This role does not exist in that kind of organisation. Choose another one."))
        return data


class AcceptForm(forms.Form):
    """The new account of somebody who follows an invitation."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        help_text=_("As it should stand on what you sign."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password1 = forms.CharField(
        label=_("Password"),
        strip=False,
        help_text=lazy(password_validators_help_text_html, str)(),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    password2 = forms.CharField(
        label=_("The same password again"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        first, second = data.get("password1"), data.get("password2")
        if first and second and first != second:
            self.add_error("password2", _("The two passwords are not the same."))
        elif first:
            try:
                validate_password(first, User(email=self.email, name=data.get("name", "")))
            except ValidationError as error:
                self.add_error("password1", error)
        return data


class OrganisationForm(forms.ModelForm):
    """A vendor's particulars."""

    registration_number = forms.CharField(
        label=_("Invoice registration number"),
        required=False,
        max_length=40,  # as people write it, with spaces and hyphens
        help_text=_("T and 13 digits, if registered as an issuer of qualified invoices."),
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple, required=False
    )
    competences = forms.MultipleChoiceField(
        label=_("Fields of competence"),
        choices=Competence.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    class Meta:
        model = Organisation
        fields = [
            "kind",
            "name",
            "name_latin",
            "registration_number",
            "address",
            "languages",
            "competences",
            "is_active",
        ]
        labels = {"kind": _("Kind"), "is_active": _("May work with us")}
        help_texts = {
            "is_active": _("Without it, nobody of this organisation can enter."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = [choice for choice in Organisation.Kind.choices if choice[0] != Organisation.Kind.OPERATOR]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        if self.instance.pk is None or self.instance.is_operator:
            del self.fields["is_active"]
        if self.instance.is_operator:
            del self.fields["languages"], self.fields["competences"]
        for name in ("languages", "competences"):
            self.initial[name] = codes_of(getattr(self.instance, name))
        if self.instance.pk is not None:
            del self.fields["kind"]

    def clean_languages(self) -> str:
        return ",".join(self.cleaned_data["languages"])

    def clean_competences(self) -> str:
        return ",".join(self.cleaned_data["competences"])

    def clean_registration_number(self) -> str:
        number = unicodedata.normalize("NFKC", self.cleaned_data["registration_number"])
        number = re.sub(r"[\s-]", "", number).upper()
        if number and not re.fullmatch(r"T[0-9]{13}", number):
            raise ValidationError(_("Write T and 13 digits, such as T5835678256246."))
        # The number of a company is its corporate number, whose first digit checks the others; that of a person is not.
        if number and self._is_company() and not corporate_number.is_valid(number[1:]):
            raise ValidationError(
                _("This is no company's number: its check digit is wrong. Compare it with the original.")
            )
        return number

    def _is_company(self) -> bool:
        kind = self.cleaned_data.get("kind") or self.instance.kind
        return bool(kind != Organisation.Kind.FREELANCER)


class HandsForm(forms.Form):
    """The languages that somebody writes, and the fields they know; for an organisation, those it offers."""

    languages = forms.MultipleChoiceField(
        label=_("Languages written"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple, required=False
    )
    competences = forms.MultipleChoiceField(
        label=_("Fields of competence"),
        choices=Competence.choices,
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("An order may ask for one of them."),
    )


class ReasonForm(forms.Form):
    """A reason that somebody else will read."""

    why = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class LettersForm(forms.Form):
    """When somebody is written to."""

    letters = forms.ChoiceField(label=_("E-mails come"), choices=User.Letters.choices, widget=forms.RadioSelect)

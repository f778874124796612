"""Bank accounts, corrections and transfers."""

import re
import unicodedata
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vendors.papers.zengin import Account, Unwritable, half_width
from vendors.services.money import LARGEST_CORRECTION

KINDS = [("1", _("ordinary (普通)")), ("2", _("current (当座)")), ("4", _("savings (貯蓄)"))]


class DigitsField(forms.CharField):
    """So many digits, however they were typed."""

    def __init__(self, *, least: int, most: int, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.least, self.most = least, most
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})

    def clean(self, value: Any) -> str:
        digits = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", super().clean(value)))
        if digits and not re.fullmatch(rf"[0-9]{{{self.least},{self.most}}}", digits):
            raise ValidationError(_("Write digits alone, as many as the bank says."))
        return digits


class KanaField(forms.CharField):
    """A name as banks write it."""

    def clean(self, value: Any) -> str:
        name: str = super().clean(value)
        try:
            half_width(name)
        except Unwritable as error:
            raise ValidationError(_("Banks write names in kana, Latin letters and digits alone.")) from error
        return unicodedata.normalize("NFKC", name)


class BankAccountForm(forms.Form):
    """A Japanese bank account; the payer also has the code its bank gave it for transfers."""

    bank_code = DigitsField(label=_("Bank code"), least=4, most=4, help_text=_("Four digits."))
    bank_name = KanaField(label=_("Bank, in kana"), max_length=15)
    branch_code = DigitsField(label=_("Branch code"), least=3, most=3, help_text=_("Three digits."))
    branch_name = KanaField(label=_("Branch, in kana"), max_length=15)
    kind = forms.ChoiceField(label=_("Kind of account"), choices=KINDS)
    number = DigitsField(label=_("Account number"), least=1, most=7, help_text=_("Up to seven digits."))
    holder = KanaField(label=_("Account holder, in kana"), max_length=30)
    client_code = DigitsField(
        label=_("Client code"), least=10, most=10, help_text=_("Ten digits, from the bank, for general transfers.")
    )

    def __init__(self, *args: Any, is_payer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_payer:
            del self.fields["client_code"]
        else:  # no bank takes transfers from savings
            self.fields["kind"].choices = [kind for kind in KINDS if kind[0] != "4"]  # type: ignore[attr-defined]

    def account(self) -> Account:
        """The account that was entered."""
        return Account(**self.cleaned_data)


class CorrectionForm(forms.Form):
    """An amount that is added to a line, and why."""

    amount = forms.IntegerField(
        label=_("Amount to add"),
        min_value=-LARGEST_CORRECTION,
        max_value=LARGEST_CORRECTION,
        help_text=_("Before tax. With a minus, it is taken back."),
    )
    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The vendor and the writer read it."),
    )


class TransferForm(forms.Form):
    """The day on which the bank is to pay."""

    pay_on = forms.DateField(label=_("Day of the transfer"), widget=forms.DateInput(attrs={"type": "date"}))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["pay_on"].widget.attrs["min"] = timezone.localdate().isoformat()

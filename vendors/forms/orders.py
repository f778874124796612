"""The terms of a work order."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vendors.models import GuidelineVersion, WorkOrder
from vendors.selectors import guideline_latest_list, vendor_list_for

LEASES = [
    (1800, _("30 minutes")),
    (3600, _("1 hour")),
    (7200, _("2 hours")),
    (14400, _("4 hours")),
    (86400, _("1 day")),
    (259200, _("3 days")),
]
MOST_OUTPUTS = 100_000
MOST_REWORK = 9
# Payment is due within 60 days of receipt, inspected or not.
MOST_INSPECTION_DAYS = 60


class GuidelineField(forms.ModelChoiceField):
    """Offers the newest version of each guideline."""

    def label_from_instance(self, version: GuidelineVersion) -> str:
        return f"{version.guideline.name} ({version.version})"


class WorkOrderForm(forms.ModelForm):
    """Everything the vendor agrees to when it accepts."""

    guideline_version = GuidelineField(label=_("Guideline"), queryset=GuidelineVersion.objects.none())
    language = forms.ChoiceField(label=_("Language of the outputs"), choices=settings.LANGUAGES)
    lease_seconds = forms.TypedChoiceField(
        label=_("Time to write one output"),
        choices=LEASES,
        coerce=int,
        initial=3600,
        help_text=_("Counts from the last sign of life of the editor; then another writer gets the task."),
    )

    class Meta:
        model = WorkOrder
        fields = [
            "vendor", "title", "language", "quantity", "unit_price", "guideline_version", "reference_policy",
            "min_characters", "max_characters", "lease_seconds", "rework_rounds", "inspection_days", "due_on", "note",
        ]  # fmt: skip
        widgets = {
            "due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "note": forms.Textarea(attrs={"rows": 4}),
        }
        help_texts = {
            "unit_price": _("In yen, before consumption tax."),
            "reference_policy": _("Whether writers may see GPT-4's own answer to the instruction."),
            "inspection_days": _("From the day an output is delivered."),
            "rework_rounds": _("How often an output may be returned."),
            "note": _("Part of the order. The vendor reads it before accepting."),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor"].queryset = vendor_list_for(user).filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["guideline_version"].queryset = guideline_latest_list()  # type: ignore[attr-defined]
        self._bound("quantity", 1, MOST_OUTPUTS)
        self._bound("unit_price", 0, 1_000_000)
        self._bound("min_characters", 1, settings.OUTPUT_MAX_CHARACTERS)
        self._bound("max_characters", 1, settings.OUTPUT_MAX_CHARACTERS)
        self._bound("rework_rounds", 0, MOST_REWORK)
        self._bound("inspection_days", 1, MOST_INSPECTION_DAYS)
        self.fields["due_on"].widget.attrs["min"] = timezone.localdate().isoformat()

    def _bound(self, name: str, least: int, most: int) -> None:
        field = self.fields[name]
        field.validators += [MinValueValidator(least), MaxValueValidator(most)]
        field.widget.attrs.update({"min": least, "max": most, "inputmode": "numeric"})

    def clean_due_on(self) -> Any:
        due_on = self.cleaned_data["due_on"]
        if due_on < timezone.localdate():
            raise ValidationError(_("This day has passed. Choose a later one."))
        return due_on

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        least, most = data.get("min_characters"), data.get("max_characters")
        if least and most and least > most:
            self.add_error("max_characters", _("This must not be less than the fewest characters."))
        return data

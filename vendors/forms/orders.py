"""The terms of a work order."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vendors.lots import Lots
from vendors.models import Competence, GuidelineVersion, WorkOrder
from vendors.prices import Price, PriceKind
from vendors.selectors import guideline_latest_list, qualification_list, vendor_list_for
from vendors.supply import Choice, categories

LEASES = [
    (1800, _("30 minutes")),
    (3600, _("1 hour")),
    (7200, _("2 hours")),
    (14400, _("4 hours")),
    (86400, _("1 day")),
    (259200, _("3 days")),
]
MOST_OUTPUTS = 100_000
MOST_EACH = 20
MOST_BETWEEN = 500
MOST_PRICE = 1_000_000
MOST_REWORK = 9
REVIEW = ("review_rule", "review_share", "reviewers_each")
# Payment is due within 60 days of receipt, inspected or not; a statement takes its month and the time until it is paid.
MOST_INSPECTION_DAYS = 28
CLASS_PRICE = "price_of_"
MOST_IN_LOT = 10_000
LOT_TERMS = ("lot_level", "lot_aql", "lot_size", "lot_days", "lot_failed")
# Asked of some orders alone, or set already: what is not needed is not shown, so none of them is marked as optional.
UNMARKED = (*REVIEW, "price_cap", "inspection", *LOT_TERMS)


class DayInput(forms.DateInput):
    """A day as browsers ask for it."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"type": "date", **(attrs or {})}, format="%Y-%m-%d")


class GuidelineField(forms.ModelChoiceField):
    """Offers the newest version of each guideline."""

    def label_from_instance(self, version: GuidelineVersion) -> str:
        return f"{version.guideline.name} ({version.version})"


class WorkOrderForm(forms.ModelForm):
    """Everything the vendor agrees to when it accepts, and which instructions may fill the order."""

    categories = forms.MultipleChoiceField(
        label=_("Kinds of work"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means all."),
    )
    shortest = forms.IntegerField(label=_("Shortest instruction"), required=False, min_value=1)
    longest = forms.IntegerField(label=_("Longest instruction"), required=False, min_value=1)
    since = forms.DateField(label=_("Received from"), required=False, widget=DayInput)
    until = forms.DateField(label=_("Received until"), required=False, widget=DayInput)

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
            "vendor", "title", "language", "quantity", "outputs_each", "price_kind", "unit_price", "price_floor", "price_cap",
            "guideline_version", "qualification", "competence", "reference_policy", "min_characters", "max_characters",
            "lease_seconds", "rework_rounds", "inspection_days", "review_rule", "review_share", "reviewers_each", "due_on",
            "note", "known_every", "inspection", *LOT_TERMS,
        ]  # fmt: skip
        widgets = {
            "due_on": DayInput(),
            "note": forms.Textarea(attrs={"rows": 4}),
        }
        labels = {"unit_price": _("Price"), "known_every": _("Texts between known answers")}
        help_texts = {
            "unit_price": _("In yen, before consumption tax: of one output, or of 100 characters."),
            "outputs_each": _("Each by another writer, where there are enough."),
            "price_floor": _("However short the output is."),
            "price_cap": _("However long the output is."),
            "qualification": _("Only writers who hold it may take tasks of this order."),
            "known_every": _(
                "After so many texts a writer judges an answer whose worth is known: two unpaid minutes. 0: never."
            ),
            "competence": _("Only writers with this field in their account may take tasks of this order."),
            "reference_policy": _("Whether writers may see GPT-4's own answer to the instruction."),
            "inspection_days": _("From the day an output is delivered."),
            "rework_rounds": _("How often an output may be returned."),
            "review_rule": _("Every text of a release was read by a reviewer. The rule says which are read first."),
            "review_share": _("For a random share. The others are read after it, by one reviewer."),
            "reviewers_each": _("Two do not see each other's verdict. You need at least three reviewers for it."),
            "lot_level": _("How much of a lot is read. II is usual; I and the S levels read less, III more."),
            "lot_aql": _("The worst share of faulty outputs that is still acceptable on average."),
            "lot_size": _("A lot is closed when it has so many."),
            "lot_days": _("Counted from its first output. Fewer than the days for inspection."),
            "lot_failed": _("What becomes of a lot whose sample has too many faults."),
            "note": _("Part of the order. The vendor reads it before accepting."),
        }

    def __init__(self, *args: Any, user: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["vendor"].queryset = vendor_list_for(user).filter(is_active=True)  # type: ignore[attr-defined]
        self.fields["guideline_version"].queryset = guideline_latest_list()  # type: ignore[attr-defined]
        self.fields["qualification"].queryset = qualification_list()  # type: ignore[attr-defined]
        self.fields["qualification"].empty_label = _("None")  # type: ignore[attr-defined]
        self.fields["competence"].choices = [("", _("None")), *Competence.choices]  # type: ignore[attr-defined]
        self.kinds = categories()
        self.fields["categories"].choices = self.kinds  # type: ignore[attr-defined]
        for key, label in self.kinds:
            price = forms.IntegerField(label=label, required=False, min_value=0, max_value=MOST_PRICE)
            self.fields[f"{CLASS_PRICE}{key}"] = price
        for name in ("price_floor", "price_cap"):
            self.fields[name].required = False
            self._bound(name, 0, MOST_PRICE)
        for name in REVIEW:
            self.fields[name].required = False
        self._bound("known_every", 0, MOST_BETWEEN)
        self._bound("outputs_each", 1, MOST_EACH)
        self._bound("quantity", 1, MOST_OUTPUTS)
        self._bound("unit_price", 0, MOST_PRICE)
        self._bound("min_characters", 1, settings.OUTPUT_MAX_CHARACTERS)
        self._bound("max_characters", 1, settings.OUTPUT_MAX_CHARACTERS)
        self._bound("rework_rounds", 0, MOST_REWORK)
        self._bound("inspection_days", 1, MOST_INSPECTION_DAYS)
        self._bound("review_share", 1, 100)
        self._bound("lot_size", 2, MOST_IN_LOT)
        self._bound("lot_days", 1, MOST_INSPECTION_DAYS - 1)
        for name in ("inspection", *LOT_TERMS):  # piece by piece where nothing is said; the rest is asked of lots alone
            self.fields[name].required = False
        for name in UNMARKED:
            self.fields[name].is_unmarked = True  # type: ignore[attr-defined]
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
        quantity, each = data.get("quantity"), data.get("outputs_each")
        if quantity and each and quantity % each:
            self.add_error("quantity", _("This has to be a multiple of the outputs for each instruction."))
        floor, cap = data.get("price_floor") or 0, data.get("price_cap") or 0
        if data.get("price_kind") == PriceKind.CHARACTER and not 0 < cap >= floor:
            self.add_error("price_cap", _("Write a most that is not below the least."))
        if data.get("review_rule") == WorkOrder.ReviewRule.SHARE and not data.get("review_share"):
            self.add_error("review_share", _("Say how many percent are drawn."))
        days, inspected = data.get("lot_days"), data.get("inspection_days")
        if data.get("inspection") == WorkOrder.Inspection.LOT:
            for name in LOT_TERMS:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, _("Lots need this."))
            if days and inspected and days >= inspected:
                self.add_error("lot_days", _("A lot has to be closed before the days for inspection end."))
        for least, most in (("shortest", "longest"), ("since", "until")):
            if data.get(least) and data.get(most) and data[least] > data[most]:
                self.add_error(most, _("This must not come before the other end."))
        return data

    def class_fields(self) -> list[Any]:
        """The fields for prices by kind of work."""
        return [self[f"{CLASS_PRICE}{key}"] for key, _label in self.kinds]

    def choice(self) -> Choice:
        """Which instructions were chosen, as far as the form makes sense."""
        data = self.cleaned_data
        return Choice(
            data.get("language") or settings.LANGUAGE_CODE,
            tuple(data.get("categories") or ()),
            data.get("shortest") or 0,
            data.get("longest") or 0,
            data.get("since"),
            data.get("until"),
        )

    def price(self) -> Price:
        """The price that was written, as far as the form makes sense."""
        data = self.cleaned_data
        kind = data.get("price_kind") or PriceKind.OUTPUT
        by_kind = (
            {key: data.get(f"{CLASS_PRICE}{key}") for key, _label in self.kinds} if kind == PriceKind.CLASS else {}
        )
        is_long = kind == PriceKind.CHARACTER
        return Price(
            kind,
            data.get("unit_price") or 0,
            (data.get("price_floor") or 0) if is_long else 0,
            (data.get("price_cap") or 0) if is_long else 0,
            {key: price for key, price in by_kind.items() if price is not None},
        )

    def lots(self) -> Lots | None:
        """How lots are inspected, as far as the form makes sense; None where each output is."""
        data = self.cleaned_data
        if data.get("inspection") != WorkOrder.Inspection.LOT or not all(data.get(name) for name in LOT_TERMS):
            return None
        return Lots(*(data[name] for name in LOT_TERMS))

    def terms(self) -> dict[str, Any]:
        """What `work_order_create` takes."""
        data, asked = self.cleaned_data, ("inspection", *LOT_TERMS)
        names = [name for name in self.Meta.fields if name not in asked]
        kept = {name: data[name] for name in names if name not in REVIEW or data[name]}
        price = self.price()
        return {
            **kept,
            "lots": self.lots(),
            "choice": self.choice(),
            "price_floor": price.floor,
            "price_cap": price.cap,
            "class_prices": dict(price.classes),
        }


class AmendmentForm(forms.ModelForm):
    """New terms for an order that runs, and why."""

    why = forms.CharField(
        label=_("Reason"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("The other side reads it."),
    )

    class Meta:
        model = WorkOrder
        fields = [
            "quantity", "unit_price", "price_floor", "price_cap", "due_on", "rework_rounds", "inspection_days", "note",
        ]  # fmt: skip
        widgets = {"due_on": DayInput(), "note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.before = {name: getattr(self.instance, name) for name in self.Meta.fields}
        if self.instance.price_kind != PriceKind.CHARACTER:
            del self.fields["price_floor"], self.fields["price_cap"]
        bounds = {
            "quantity": (1, MOST_OUTPUTS), "unit_price": (0, MOST_PRICE), "rework_rounds": (0, MOST_REWORK),
            "inspection_days": (1, MOST_INSPECTION_DAYS),
        }  # fmt: skip
        for name, (least, most) in bounds.items():
            self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]

    def changes(self) -> dict[str, Any]:
        """The terms that are not what they were."""
        data = self.cleaned_data
        return {name: data[name] for name in self.fields if name != "why" and data[name] != self.before[name]}

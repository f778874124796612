"""The shape of what comes in on the public side and in the screening room."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from collection.screening.language import LANGUAGES
from collection.states import InstructionStatus
from collection.texts import CATEGORY_LABELS, LANGUAGE_LABELS


class AskForm(forms.Form):
    """A question. Lengths and signs are judged by the service, which every door shares."""

    instruction = forms.CharField(
        label=_("What would you like to ask?"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )
    input = forms.CharField(
        label=_("Text to work on"),
        help_text=_("For example the passage to translate or to shorten."),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["instruction"].widget.attrs["maxlength"] = settings.INSTRUCTION_MAX_CHARACTERS
        self.fields["input"].widget.attrs["maxlength"] = settings.INPUT_MAX_CHARACTERS


class CarriedText(forms.Form):
    """What was typed before consent, carried from step to step where there is no script to keep it."""

    instruction = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    input = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)

    def carried(self) -> dict[str, str]:
        """The texts, whether or not the rest of the form is right."""
        return {name: self.data.get(name, "") for name in ("instruction", "input")}


class CollectedForm(CarriedText):
    """The first step: what is collected, and why."""

    knows_what_is_collected = forms.BooleanField(
        label=_("I understand what is collected, and why."),
        error_messages={"required": _("Please tick this if you understand it; without it we cannot go on.")},
    )


class ConsentForm(CarriedText):
    """The second step: what it is used for, and the person's age."""

    agrees = forms.BooleanField(
        label=_("I agree to the terms: my instruction may be published in a dataset and used to train AI models."),
        error_messages={"required": _("Without your agreement we cannot take a question.")},
    )
    is_adult = forms.BooleanField(
        label=_("I am 18 or older."),
        error_messages={"required": _("This site is for people who are 18 or older.")},
    )
    version = forms.IntegerField(widget=forms.HiddenInput)


class InstructionFilterForm(forms.Form):
    """The filters of the instruction list; what does not fit is as if it had not been given."""

    text = forms.CharField(
        label=_("Text"), required=False, max_length=200, widget=forms.TextInput(attrs={"type": "search"})
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("All languages")), *((code, LANGUAGE_LABELS[code]) for code in LANGUAGES)],
    )
    origin = forms.ChoiceField(
        label=_("Origin"),
        required=False,
        choices=[("", _("All origins")), ("participant", _("Participants")), ("import", _("Imports"))],
    )
    category = forms.ChoiceField(
        label=_("Category"), required=False, choices=[("", _("All categories")), *CATEGORY_LABELS.items()]
    )
    status = forms.ChoiceField(required=False, choices=[("", ""), *InstructionStatus.choices], widget=forms.HiddenInput)
    participant = forms.UUIDField(required=False, widget=forms.HiddenInput)


class DecisionForm(forms.Form):
    """An operator's word on a held instruction."""

    verdict = forms.ChoiceField(choices=[("accept", _("Let through")), ("reject", _("Reject"))])
    why = forms.CharField(
        label=_("Reason"),
        help_text=_("Needed for a rejection. The participant does not see it."),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


class CategoryForm(forms.Form):
    """What kind of work an instruction asks for, by an operator's word."""

    category = forms.ChoiceField(label=_("Category"), choices=list(CATEGORY_LABELS.items()))


class ParticipantSearchForm(forms.Form):
    """The number of a participant or of one of their questions, as somebody quotes it who writes to us."""

    number = forms.UUIDField(
        label=_("Number"),
        help_text=_("Of the participant, or of one of their questions."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input-code"}),
        error_messages={"invalid": _("A number has 32 digits and letters, such as 7b1c9c1e-….")},
    )


class BarForm(forms.Form):
    """Why somebody is barred or let in again, and what becomes of what waits."""

    why = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    rejects_held = forms.BooleanField(required=False)


class RedactionForm(forms.Form):
    """A passage to destroy: where it stands, and what was seen there."""

    field = forms.ChoiceField(choices=[("instruction", ""), ("input", "")])
    start = forms.IntegerField(min_value=0)
    end = forms.IntegerField(min_value=1)
    seen = forms.CharField(strip=False)
    check_id = forms.CharField(required=False, max_length=40)


class TermsDraftForm(forms.Form):
    """The next version of the terms, in both languages and in Markdown."""

    body_ja = forms.CharField(
        label=_("Japanese text"), strip=False, widget=forms.Textarea(attrs={"rows": 22, "lang": "ja"})
    )
    body_en = forms.CharField(
        label=_("English text"), strip=False, widget=forms.Textarea(attrs={"rows": 22, "lang": "en"})
    )
    changes_ja = forms.CharField(
        label=_("What is new, in Japanese"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "ja"})
    )
    changes_en = forms.CharField(
        label=_("What is new, in English"), required=False, widget=forms.Textarea(attrs={"rows": 3, "lang": "en"})
    )


class RecoveryForm(forms.Form):
    """The code that a participant noted."""

    code = forms.CharField(
        label=_("Recovery code"),
        help_text=_("Five groups of five signs, for example 7K2QD-…. Spaces, width and case do not matter."),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "class": "input-code"}),
    )


class SwitchForm(forms.Form):
    """Stopping and starting answering."""

    is_answering = forms.BooleanField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(label=_("Reason"), required=False, max_length=200)


class ReconcileForm(forms.Form):
    """What the provider's bill says of the answers that are open."""

    charge = forms.ChoiceField(
        label=_("The provider charged for each of them"),
        choices=[
            ("estimate", _("the question, by estimate")),
            ("nothing", _("nothing")),
            ("all", _("all that was reserved")),
        ],
    )


class LimitForm(forms.Form):
    """The limits, in US dollars, as people think of them."""

    total = forms.DecimalField(label=_("In all"), min_value=0, max_value=10_000_000, decimal_places=2)
    day = forms.DecimalField(label=_("Per day"), min_value=0, max_value=1_000_000, decimal_places=2)
    participant_day = forms.DecimalField(
        label=_("Per participant and day"), min_value=0, max_value=1_000_000, decimal_places=2
    )
    address_day = forms.DecimalField(label=_("Per address and day"), min_value=0, max_value=1_000_000, decimal_places=2)

"""Qualifications: writing their quizzes and trials, answering them, judging."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.forms import formset_factory
from django.utils.translation import gettext_lazy as _

from vendors.forms.people import ReasonForm
from vendors.models import Guideline, Qualification, QualificationVersion, Trial, User
from vendors.selectors import guideline_name_list, writer_list
from vendors.services.qualifications import MOST_QUESTIONS, MOST_TRIALS
from vendors.services.qualifying import TRIAL_MAX_CHARACTERS

RIGHT = ("*", "＊")
SPARE_QUESTIONS, SPARE_TRIALS = 12, 5
LONGEST_PAUSE_HOURS = 24 * 30


class QualificationForm(forms.ModelForm):
    """What a version asks; the name and the guideline belong to the qualification and stay."""

    name = forms.CharField(label=_("Name"), max_length=120)
    guideline = forms.ModelChoiceField(label=_("Guideline"), queryset=Guideline.objects.none())

    class Meta:
        model = QualificationVersion
        fields = ["pass_percent", "pause_hours", "trials_needed", "asks_again"]
        labels = {
            "pass_percent": _("Pass mark, in percent"),
            "pause_hours": _("Hours before another try"),
            "trials_needed": _("Trials that have to be accepted"),
            "asks_again": _("Everybody has to earn it again"),
        }
        help_texts = {
            "pass_percent": _("Of the questions, each wholly right or wrong."),
            "trials_needed": _("0 where there are no trial tasks."),
            "asks_again": _("Whoever holds it can take no new task until they passed this version."),
        }

    field_order = ["name", "guideline"]

    def __init__(self, *args: Any, of: Qualification | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.of = of
        self.fields["guideline"].queryset = guideline_name_list()  # type: ignore[attr-defined]
        for name in ("name", "guideline"):
            self.fields[name].disabled = of is not None
        if of is None:
            del self.fields["asks_again"]
        bounds = {"pass_percent": (1, 100), "pause_hours": (0, LONGEST_PAUSE_HOURS), "trials_needed": (0, MOST_TRIALS)}
        for name, (least, most) in bounds.items():
            self.fields[name].validators += [MinValueValidator(least), MaxValueValidator(most)]
            self.fields[name].widget.attrs.update({"min": least, "max": most, "inputmode": "numeric"})


class QuestionForm(forms.Form):
    """One question; one with nothing in it does not count."""

    text = forms.CharField(label=_("Question"), max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    choices = forms.CharField(
        label=_("Choices"),
        max_length=2000,
        help_text=_("One a line, with * before each that is right."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    explanation = forms.CharField(
        label=_("Why"),
        max_length=1000,
        help_text=_("Read by whoever answered wrongly."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_choices(self) -> tuple[list[str], list[int]]:
        lines = [line.strip() for line in self.cleaned_data["choices"].splitlines() if line.strip(" *＊\t")]
        right = [index for index, line in enumerate(lines) if line.startswith(RIGHT)]
        if len(lines) < 2:
            raise ValidationError(_("Write two choices or more, one a line."))
        if not right:
            raise ValidationError(_("Put * before the right choice."))
        return [line.lstrip("*＊ ") for line in lines], right

    def question(self) -> dict[str, Any]:
        """The question as a version keeps it."""
        choices, right = self.cleaned_data["choices"]
        return {
            "text": self.cleaned_data["text"],
            "choices": choices,
            "right": right,
            "explanation": self.cleaned_data["explanation"],
        }


class TrialPromptForm(forms.Form):
    """The instruction of one trial task."""

    prompt = forms.CharField(label=_("Instruction"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class TestForms:
    """The questions and trials of a version on one page, begun from those of the newest; blank ones do not count."""

    def __init__(self, data: Any = None, *, newest: QualificationVersion | None = None) -> None:
        questions = [_written(question) for question in newest.questions] if newest else []
        prompts = [{"prompt": prompt} for prompt in newest.trials] if newest else []
        self.questions = formset_factory(QuestionForm, extra=SPARE_QUESTIONS, max_num=MOST_QUESTIONS)(
            data, initial=questions, prefix="questions"
        )
        self.trials = formset_factory(TrialPromptForm, extra=SPARE_TRIALS, max_num=MOST_TRIALS)(
            data, initial=prompts, prefix="trials"
        )
        for form in [*self.questions.forms, *self.trials.forms]:
            form.empty_permitted = True  # what was there before may be emptied, and is gone then
            form.use_required_attribute = False

    def is_valid(self) -> bool:
        return all(_is_blank(form) or form.is_valid() for form in [*self.questions.forms, *self.trials.forms])

    def asked(self) -> dict[str, Any]:
        """What `qualification_publish` takes."""
        return {
            "questions": [form.question() for form in self.questions.forms if not _is_blank(form)],
            "trials": [form.cleaned_data["prompt"] for form in self.trials.forms if not _is_blank(form)],
        }


class QuizForm(forms.Form):
    """A quiz as its writer answers it: `chosen` are the indices, question by question."""

    def __init__(self, *args: Any, questions: Sequence[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, question in enumerate(questions):
            is_one = len(question["right"]) == 1
            kind = forms.TypedChoiceField if is_one else forms.TypedMultipleChoiceField
            self.fields[f"question_{number}"] = kind(
                label=f"{number + 1}. {question['text']}",
                choices=list(enumerate(question["choices"])),
                coerce=int,
                widget=forms.RadioSelect if is_one else forms.CheckboxSelectMultiple,
                help_text="" if is_one else _("Choose all that are right."),
                error_messages={"required": _("Please answer this question.")},
            )

    def chosen(self) -> list[list[int]]:
        answers = (self.cleaned_data[name] for name in self.fields)
        return [answer if isinstance(answer, list) else [answer] for answer in answers]


class TrialForm(forms.ModelForm):
    """A trial text, as far as it is written."""

    class Meta:
        model = Trial
        fields = ["text"]
        widgets = {"text": forms.Textarea(attrs={"rows": 14, "maxlength": TRIAL_MAX_CHARACTERS})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].strip = False  # type: ignore[attr-defined]


class VerdictForm(forms.Form):
    """What a judge says of a trial text."""

    note = forms.CharField(
        label=_("A word to the writer"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Needed if the text is not good enough: what to change."),
    )


class GrantForm(ReasonForm):
    """Whom to give the qualification, and why."""

    person = forms.ModelChoiceField(label=_("Writer"), queryset=User.objects.none(), to_field_name="public_id")
    field_order = ["person", "why"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = writer_list()  # type: ignore[attr-defined]


def _is_blank(form: forms.Form) -> bool:
    return not any(form[name].data for name in form.fields)


def _written(question: dict[str, Any]) -> dict[str, Any]:
    """A question as the form shows it."""
    marks = ["* " if index in question["right"] else "" for index in range(len(question["choices"]))]
    lines = [mark + choice for mark, choice in zip(marks, question["choices"], strict=True)]
    return {**question, "choices": "\n".join(lines)}

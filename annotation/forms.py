"""The shape of what a writer's pages send: JSON from the editor, or plain forms where there is no script."""

import json
from dataclasses import dataclass
from typing import Any

import orjson
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from annotation.models import InstructionSkip, KnownAnswer, ReviewReason
from annotation.proofreading.catalogue import WORDS
from annotation.proofreading.remarks import Term
from annotation.selectors.order_rules import Rules
from annotation.services.drafts import text_clean
from config.errors import BadInput

MOST_TERMS = 300
TERM_MAX_CHARACTERS = 60
# What no text is sent with anyway.
ALWAYS_HELD = {"task.empty", "task.short", "task.long"}


@dataclass(frozen=True, slots=True)
class DraftInput:
    """A draft as the editor sends it; at submission, `claims_next` asks for the next task in the answer.

    `link` is the hash that the trace's buckets go on from.
    """

    text: str
    base_revision: int
    buckets: list[dict[str, Any]]
    link: str
    is_attested: bool
    claims_next: bool = True


def is_json(request: HttpRequest) -> bool:
    return request.content_type == "application/json"


def draft_input(request: HttpRequest) -> DraftInput:
    """Read a draft from JSON or from a form. Raises BadInput."""
    if not is_json(request):
        values: dict[str, Any] = {
            "text": request.POST.get("text"),
            "base_revision": _whole(request.POST.get("base_revision", "0")),
            "is_attested": request.POST.get("is_attested") == "on",
        }
    else:
        values = _json(request)
    text, revision, buckets = values.get("text"), values.get("base_revision"), values.get("buckets", [])
    link = values.get("link", "")
    if not isinstance(text, str) or not isinstance(revision, int) or not isinstance(buckets, list):
        raise BadInput()
    if not isinstance(link, str):
        raise BadInput()
    kept = [bucket for bucket in buckets if isinstance(bucket, dict)]
    is_attested, claims_next = values.get("is_attested") is True, values.get("claims_next") is not False
    return DraftInput(text, revision, kept, link, is_attested, claims_next)


@dataclass(frozen=True, slots=True)
class RemarksInput:
    """A text to look over; `dismissed` is the key of a remark to leave be, `restores` brings all of them back.

    `pasted` came into the text from elsewhere since the last time; `named` is the key of such a passage, with its `source`.
    """

    text: str
    dismissed: str = ""
    restores: bool = False
    pasted: tuple[str, ...] = ()
    named: int | None = None
    source: str = ""


def remarks_input(request: HttpRequest) -> RemarksInput:
    """Read what the editor asks the checks. Raises BadInput."""
    values = _json(request)
    text, dismissed = values.get("text"), values.get("dismiss", "")
    pasted, named, source = values.get("pasted", []), values.get("named"), values.get("source", "")
    if not isinstance(text, str) or not isinstance(dismissed, str) or not isinstance(pasted, list):
        raise BadInput()
    if not isinstance(named, int | None) or not isinstance(source, str):
        raise BadInput()
    brought = tuple(passage for passage in pasted if isinstance(passage, str))
    return RemarksInput(text, dismissed, values.get("restore") is True, brought, named, source)


def text_input(request: HttpRequest) -> str:
    """Read a text that is only to be looked at. Raises BadInput."""
    text = _json(request).get("text")
    if not isinstance(text, str):
        raise BadInput()
    return text


def without_carriage_returns(text: str) -> str:
    """What a browser sent for a field, as it stands in the page: it sends every line end as two characters."""
    return text.replace("\r\n", "\n")


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        values = orjson.loads(request.body)
    except orjson.JSONDecodeError:
        values = _json_with_halves(request.body)
    if not isinstance(values, dict):
        raise BadInput()
    return values


def _json_with_halves(body: bytes) -> Any:
    """Read JSON in which half of a surrogate pair stands: what a browser cuts an emoji into is no reason to save nothing."""
    try:
        values = json.loads(body)
    except (ValueError, RecursionError) as refused:
        raise BadInput() from refused
    if not isinstance(values, dict):
        raise BadInput()
    return {name: text_clean(value) if isinstance(value, str) else value for name, value in values.items()}


def _whole(figure: str) -> int | None:
    return int(figure) if figure.isascii() and figure.isdigit() else None


class SkipForm(forms.Form):
    """Why a writer passes a task on."""

    reason = forms.ChoiceField(
        label=_("Why do you pass this on?"), choices=InstructionSkip.Reason.choices, widget=forms.RadioSelect
    )
    note = forms.CharField(label=_("A word to the operator"), required=False, max_length=300)


class OrderRulesForm(forms.Form):
    """The words an order avoids, a line each, and the checks that hold a text back."""

    terms = forms.CharField(
        label=_("Words to avoid"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_(
            "One a line: the word, then → and what to write instead. Without an arrow the word is only avoided."
        ),
    )
    blocking = forms.MultipleChoiceField(
        label=_("To be settled before a text is sent"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, rules: Rules, **kwargs: Any) -> None:
        lines = [f"{term.unwanted} → {term.wanted}" if term.wanted else term.unwanted for term in rules.terms]
        super().__init__(*args, **kwargs)
        self.initial = {"terms": "\n".join(lines), "blocking": sorted(rules.blocking)}
        self.fields["blocking"].choices = [  # type: ignore[attr-defined]
            (check_id, name) for check_id, (name, _help) in WORDS.items() if check_id not in ALWAYS_HELD
        ]

    def clean_terms(self) -> tuple[Term, ...]:
        """Read the lines; the last one for a word counts."""
        found: dict[str, str] = {}
        for line in self.cleaned_data["terms"].splitlines():
            unwanted, _arrow, wanted = (part.strip() for part in line.replace("->", "→").partition("→"))
            if not unwanted and wanted:
                raise forms.ValidationError(_("A line has an arrow and no word before it: %(line)s") % {"line": line})
            if max(len(unwanted), len(wanted)) > TERM_MAX_CHARACTERS:
                raise forms.ValidationError(_("A word of the list is too long: %(line)s") % {"line": line[:60]})
            if unwanted:
                found[unwanted] = wanted
        if len(found) > MOST_TERMS:
            raise forms.ValidationError(_("There are more than %(count)s words.") % {"count": MOST_TERMS})
        return tuple(Term(unwanted, wanted) for unwanted, wanted in found.items())


class KnownAnswerForm(forms.ModelForm):
    """An answer whose worth is known, for writers to judge."""

    is_good = forms.TypedChoiceField(
        label=_("Verdict"),
        choices=[("1", _("Good enough")), ("0", _("Not good enough"))],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )

    class Meta:
        model = KnownAnswer
        fields = ["guideline", "language", "instruction", "input", "text", "is_good", "explanation"]
        labels = {
            "guideline": _("Guideline"),
            "language": _("Language"),
            "instruction": _("Instruction"),
            "input": _("Input"),
            "text": _("Answer"),
            "explanation": _("Why"),
        }
        help_texts = {
            "text": _("Written by you, never by a model; it is compared with the models’ answers."),
            "explanation": _("Read by every writer after judging."),
        }
        widgets = {
            "language": forms.Select(choices=settings.LANGUAGES),
            "instruction": forms.Textarea(attrs={"rows": 3}),
            "input": forms.Textarea(attrs={"rows": 2}),
            "text": forms.Textarea(attrs={"rows": 8}),
            "explanation": forms.Textarea(attrs={"rows": 3}),
        }


class ReviewReasonForm(forms.ModelForm):
    """The words of a reason of review. Its code is chosen once: verdicts keep it."""

    class Meta:
        model = ReviewReason
        fields = ["code", "label_ja", "label_en", "section", "sort_order", "is_active"]
        help_texts = {
            "code": _("Small letters, digits and _. It never changes."),
            "section": _("As it stands there. Reviewers and writers go to it from the reason."),
            "sort_order": _("The lower first. The first nine have a key of their own at the desk."),
        }

    def __init__(self, *args: Any, reason: ReviewReason | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if reason is not None:
            self.initial = {name: getattr(reason, name) for name in self.Meta.fields}
            del self.fields["code"]

    def validate_unique(self) -> None:
        """The service tells of a code that is taken."""

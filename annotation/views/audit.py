"""The audit: a searchable list of who saw, changed, exported or unmasked what, and the same as a file."""

from collections.abc import Sequence

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from annotation.models import AuditAct, AuditEntry
from annotation.selectors.audit import AUDIT_ROLES, AuditFilter, AuditLine, audit_lines, audit_list_for
from annotation.selectors.audit_sources import SOURCES
from annotation.views.audit_words import SOURCE_WORDS, line_words, subject_url
from config.access import role_required
from config.audit import act_note
from config.csv_files import csv_bytes
from vendors.selectors import JAPAN

ROWS_A_PAGE = 50
ROWS_A_FILE = 50_000
HEAD = ("number", "at", "who", "who_id", "act", "what", "about", "about_id", "why", "sha256")


class AuditForm(forms.Form):
    """The filters of the address; what does not fit is as if it had not been given."""

    who = forms.CharField(label=_("Who"), required=False, max_length=100)
    act = forms.ChoiceField(label=_("Action"), required=False, choices=[("", _("anything")), *AuditAct.choices])
    source = forms.ChoiceField(
        label=_("Kind"),
        required=False,
        choices=[("", _("everything")), *((source.code, SOURCE_WORDS[source.code]) for source in SOURCES)],
    )
    about = forms.CharField(label=_("ID of the subject"), required=False, max_length=64)
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def chosen(self) -> AuditFilter:
        self.is_valid()
        return AuditFilter(**{name: self.cleaned_data[name] for name in self.fields if self.cleaned_data.get(name)})


@require_GET
@role_required(*AUDIT_ROLES)
def audit(request: HttpRequest) -> HttpResponse:
    """The newest entries, or those before `before`: a page never counts a million rows."""
    form = AuditForm(request.GET)
    found = audit_list_for(request.user, form.chosen())
    before = request.GET.get("before", "")
    if before.isdigit() and len(before) < 19:
        found = found.filter(position__lt=int(before))
    entries = list(found[: ROWS_A_PAGE + 1])
    query = request.GET.copy()
    query.pop("before", None)
    shown = entries[:ROWS_A_PAGE]
    context = {
        "form": form,
        "lines": [(line, line_words(line), subject_url(line.entry)) for line in audit_lines(shown)],
        "before": shown[-1].position if len(entries) > ROWS_A_PAGE else None,
        "is_newest": not before,
        "query": f"{query.urlencode()}&" if query else "",
        "address": f"?{query.urlencode()}" if query else "",
        "head": AuditEntry.objects.order_by("-position").first(),
    }
    return render(request, "annotation/audit.html", context)


@require_POST
@role_required(*AUDIT_ROLES)
def audit_csv(request: HttpRequest) -> HttpResponse:
    """The newest entries under the filters of the address as a file. Taking it out is an act that the audit keeps."""
    found = audit_list_for(request.user, AuditForm(request.GET).chosen())
    entries = list(found[:ROWS_A_FILE])
    act_note(by=request.user, act=AuditAct.EXPORTED, what="audit", rows=len(entries))
    content = csv_bytes(HEAD, (_row(line) for line in audit_lines(entries)))
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="audit.csv"'
    response["Cache-Control"] = "private, no-store"
    return response


def _row(line: AuditLine) -> Sequence[str | int]:
    entry, words = line.entry, line_words(line)
    at = entry.at.astimezone(JAPAN).isoformat(timespec="seconds")
    about = [entry.subject_kind, entry.subject_id]
    digest = bytes(entry.entry_hash).hex()
    return [entry.position, at, words.who, entry.actor_id, entry.act, words.what, *about, words.why, digest]

"""The terms room: the next version is written, compared with the one in force, and published."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from collection.forms import TermsDraftForm
from collection.models import Terms
from collection.selectors import consent_counts_by_terms, terms_draft, terms_in_force, terms_published_list
from collection.services.differences import text_differences
from collection.services.terms import (
    draft_mark,
    terms_draft_discard,
    terms_draft_publish,
    terms_draft_save,
    terms_text,
)
from collection.views.operator.rooms import terms_writers
from config.errors import DomainError
from config.markdown import markdown_html


@require_safe
@terms_writers
def overview(request: HttpRequest) -> HttpResponse:
    """The draft with what it changes, and every version that was published."""
    return _overview(request)


@require_http_methods(["GET", "HEAD", "POST"])
@terms_writers
def draft(request: HttpRequest) -> HttpResponse:
    """Write the draft; it begins as a copy of the version in force."""
    form = TermsDraftForm(request.POST if request.method == "POST" else None, initial=_initial())
    if form.is_bound and form.is_valid():
        terms_draft_save(**form.cleaned_data)
        messages.success(request, _("The draft is saved. Nobody is asked anything until it is published."))
        return redirect("collection:terms_room")
    context = {"form": form, "current": terms_in_force()}
    return render(request, "collection/terms_draft.html", context, status=400 if form.is_bound else 200)


@require_POST
@terms_writers
def publish(request: HttpRequest) -> HttpResponse:
    """Put the draft in force."""
    try:
        published = terms_draft_publish(by=request.user, seen=request.POST.get("seen", ""))
    except DomainError as error:
        return _overview(request, refused=str(error), status=error.status)
    messages.success(
        request,
        _("Version %(version)s is in force. Everybody is asked again before the next question.")
        % {"version": published.version},
    )
    return redirect("collection:terms_room")


@require_POST
@terms_writers
def discard(request: HttpRequest) -> HttpResponse:
    """Throw the draft away."""
    terms_draft_discard()
    messages.success(request, _("The draft is discarded."))
    return redirect("collection:terms_room")


def _overview(request: HttpRequest, *, refused: str = "", status: int = 200) -> HttpResponse:
    current, written = terms_in_force(), terms_draft()
    counts = consent_counts_by_terms()
    context = {
        "current": current,
        "draft": written,
        "mark": draft_mark(written) if written else "",
        "sides": _sides(current, written) if written else [],
        "versions": [{"terms": one, "consents": counts.get(one.pk, 0)} for one in terms_published_list()],
        "refused": refused,
    }
    return render(request, "collection/terms_room.html", context, status=status)


def _sides(current: Terms | None, written: Terms) -> list[dict[str, Any]]:
    """The draft in each language: what changes, and how it will read."""
    sides = []
    for language, label in (("ja", _("Japanese")), ("en", _("English"))):
        old = getattr(current, f"body_{language}") if current else ""
        new = getattr(written, f"body_{language}")
        sides.append(
            {
                "language": language,
                "label": label,
                "lines": text_differences(old, new) if current else [],
                "changes": getattr(written, f"changes_{language}"),
                "html": markdown_html(new),
            }
        )
    return sides


def _initial() -> dict[str, str]:
    source = terms_draft() or terms_in_force()
    if source is None:
        return {f"body_{language}": terms_text(language) for language in ("ja", "en")}
    texts = {"body_ja": source.body_ja, "body_en": source.body_en}
    if source.published_at is None:
        texts |= {"changes_ja": source.changes_ja, "changes_en": source.changes_en}
    return texts

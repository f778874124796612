"""Consent in two steps: what is collected and why; then what it is used for, and the age."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from collection.errors import NoTerms
from collection.forms import AskForm, CollectedForm, ConsentForm
from collection.models import Terms
from collection.selectors import consent_in_force, consent_newest, terms_in_force
from collection.services.consent import participant_consent
from collection.services.differences import text_differences
from collection.services.terms import terms_body
from collection.views.home import home_context
from collection.views.visitor import participant_of, participant_remember
from config.markdown import markdown_html

STEP_CONSENT = "consent"


@require_http_methods(["GET", "HEAD", "POST"])
def welcome(request: HttpRequest) -> HttpResponse:
    """The step that comes next. Nothing is written before the second one is complete."""
    terms = _terms()
    if request.method != "POST":
        if consent_in_force(participant_of(request)):
            return redirect("collection:home")
        return _collected_page(request, CollectedForm())
    if request.POST.get("step") == STEP_CONSENT:
        return _consent_take(request, terms)
    form = CollectedForm(request.POST)
    if not form.is_valid():
        return _collected_page(request, form, status=400)
    return _consent_page(request, terms, ConsentForm(initial={**form.carried(), "version": terms.version}))


def welcome_start(request: HttpRequest) -> HttpResponse:
    """The first step, for a question that came before its consent: the text is carried along."""
    _terms()
    typed = {name: request.POST.get(name, "") for name in ("instruction", "input")}
    return _collected_page(request, CollectedForm(initial=typed), status=403)


def _consent_take(request: HttpRequest, terms: Terms) -> HttpResponse:
    """Record the consent, then lead back to the question."""
    form = ConsentForm(request.POST)
    is_current = request.POST.get("version") == str(terms.version)
    if not form.is_valid() or not is_current:
        if not is_current:
            messages.warning(request, _("The terms changed while you were reading. This is the new version."))
            form = ConsentForm(initial={**form.carried(), "version": terms.version})
        return _consent_page(request, terms, form, status=400)
    participant = participant_consent(participant=participant_of(request), terms=terms, language=get_language() or "en")
    typed = form.carried()
    if any(typed.values()):
        context = home_context(request, AskForm(initial=typed), has_consent=True, is_welcome=True)
        response = render(request, "collection/home.html", context)
    else:
        # Without a message: it would be a cookie more than the site says it sets.
        response = redirect("collection:home")
    participant_remember(response, participant)
    return response


def _terms() -> Terms:
    terms = terms_in_force()
    if terms is None:
        raise NoTerms()
    return terms


def _collected_page(request: HttpRequest, form: CollectedForm, status: int = 200) -> HttpResponse:
    return render(request, "collection/welcome_collected.html", {"form": form}, status=status)


def _consent_page(request: HttpRequest, terms: Terms, form: ConsentForm, status: int = 200) -> HttpResponse:
    language = get_language() or "en"
    context = {
        "form": form,
        "terms": terms,
        "terms_html": markdown_html(terms_body(terms, language)),
        "news": _news(request, terms, language),
        "language": language,
    }
    return render(request, "collection/welcome_consent.html", context, status=status)


def _news(request: HttpRequest, terms: Terms, language: str) -> dict[str, Any] | None:
    """For somebody who agreed to an earlier version: which, and what is different since."""
    participant = participant_of(request)
    newest = consent_newest(participant) if participant else None
    if newest is None or newest.terms_id == terms.pk:
        return None
    old, new = terms_body(newest.terms, language), terms_body(terms, language)
    changes = terms.changes_ja if language == "ja" else terms.changes_en
    return {"agreed": newest.terms, "changes_html": markdown_html(changes), "lines": text_differences(old, new)}

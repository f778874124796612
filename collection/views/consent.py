"""Consent in two steps: what is collected and why; then what it is used for, and the age."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from collection.errors import NoTerms
from collection.forms import AskForm, CollectedForm, ConsentForm
from collection.models import Terms
from collection.selectors import consent_in_force, terms_in_force
from collection.services.consent import participant_consent
from collection.views.home import home_context
from collection.views.visitor import participant_of, participant_remember
from config.markdown import markdown_html

STEP_COLLECTED = "collected"
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
        messages.success(request, _("Thank you. You can ask now."))
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
    body = terms.body_ja if get_language() == "ja" else terms.body_en
    context = {"form": form, "terms": terms, "terms_html": markdown_html(body)}
    return render(request, "collection/welcome_consent.html", context, status=status)

"""Pages to read: the terms in all their versions, and what cookies are for and where data goes."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from collection.gateway import provider_name
from collection.models import Reference
from collection.selectors import terms_in_force, terms_published_get, terms_published_list
from collection.services.terms import terms_body
from config.markdown import markdown_html


@require_safe
def terms(request: HttpRequest, version: int | None = None) -> HttpResponse:
    """The terms in force, or an earlier version, in the reader's language."""
    language = get_language() or "en"
    current = terms_in_force()
    shown = terms_published_get(version) if version else current
    context = {
        "terms": shown,
        "is_current": shown == current,
        "terms_html": markdown_html(terms_body(shown, language) if shown else ""),
        "changes_html": markdown_html((shown.changes_ja if language == "ja" else shown.changes_en) if shown else ""),
        "versions": terms_published_list(),
    }
    return render(request, "collection/terms.html", context)


@require_safe
def cookies(request: HttpRequest) -> HttpResponse:
    """Every cookie with who sets it and what for, and to whom a question is sent."""
    context = {
        "operator": settings.OPERATOR_NAME,
        "contact": settings.OPERATOR_CONTACT,
        "is_openai": provider_name() == Reference.Provider.OPENAI,
        "is_practice": provider_name() == Reference.Provider.PRACTICE,
    }
    return render(request, "collection/cookies.html", context)

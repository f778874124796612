"""Pages to read: the terms in force."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from collection.selectors import terms_in_force
from config.markdown import markdown_html


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms in force, in the reader's language."""
    current = terms_in_force()
    body = "" if current is None else current.body_ja if get_language() == "ja" else current.body_en
    return render(request, "collection/terms.html", {"terms": current, "terms_html": markdown_html(body)})

"""Pages to read: the terms in force, and how far the project is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from collection import progress as figures
from collection.selectors import terms_in_force
from config.markdown import markdown_html

LABELS = {
    "collected": (_("Collected"), _("Instructions that people sent in, or that came under a licence.")),
    "screened": (_("Screened"), _("Fit to be written for: no personal data, nothing harmful, no repetition.")),
    "written": (_("Written"), _("Outputs that a person wrote by hand.")),
    "accepted": (_("Accepted"), _("Outputs that another person read and accepted.")),
}


@require_safe
def terms(request: HttpRequest) -> HttpResponse:
    """The terms in force, in the reader's language."""
    current = terms_in_force()
    body = "" if current is None else current.body_ja if get_language() == "ja" else current.body_en
    return render(request, "collection/terms.html", {"terms": current, "terms_html": markdown_html(body)})


@require_safe
def progress(request: HttpRequest) -> HttpResponse:
    """The figures against the goal."""
    rows = [
        {"label": LABELS[name][0], "note": LABELS[name][1], "count": count, "percent": 100 * count / figures.GOAL}
        for name, count in figures.counts().items()
    ]
    return render(request, "collection/progress.html", {"rows": rows, "goal": figures.GOAL})

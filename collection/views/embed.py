"""The small page for a frame on another site: the question, the consent and the answer, without any cookie."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from collection.errors import NoTerms
from collection.forms import AskForm
from collection.selectors import terms_in_force
from collection.views.api.access import LANGUAGES, frame_ticket
from config.errors import NotFound
from config.markdown import markdown_html


@require_safe
def embed(request: HttpRequest) -> HttpResponse:
    """The page, which only configured sites may frame. Raises `NotFound` where no site is."""
    if not settings.EMBED_ORIGINS:
        raise NotFound()
    asked = request.GET.get("language", "")
    with override(asked if asked in LANGUAGES else get_language()):
        page = _page()
    response = HttpResponse(page)
    response.xframe_options_exempt = True
    response._csp_replace = {"frame-ancestors": ["'self'", *settings.EMBED_ORIGINS]}  # type: ignore[attr-defined]
    response["Cache-Control"] = "no-store"
    return response


def _page() -> str:
    """The page by itself, not in the name of a request: nothing in it may ask for a cookie."""
    terms = terms_in_force()
    if terms is None:
        raise NoTerms()
    context = {
        "form": AskForm(),
        "terms": terms,
        "terms_html": markdown_html(terms.body_ja if get_language() == "ja" else terms.body_en),
        "ticket": frame_ticket(),
        "practice": settings.IS_PRACTICE,
        "full_url": f"{settings.BASE_URL}/",
    }
    return render_to_string("collection/embed.html", context)

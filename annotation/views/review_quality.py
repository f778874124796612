"""How well the operator's reviewers judge: where two read the same text, and on texts whose verdict is known."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from annotation.models import Review
from annotation.selectors.agreement import reviewers_agreement
from config.access import role_required
from vendors.selectors import MANAGEMENT


@require_GET
@role_required(*MANAGEMENT)
def review_quality(request: HttpRequest) -> HttpResponse:
    agreement = reviewers_agreement()
    labels = Review.Verdict.labels
    context = {
        "agreement": agreement,
        "verdicts": labels,
        "pairs": list(zip(labels, agreement.table, strict=True)),
    }
    return render(request, "annotation/review_quality.html", context)

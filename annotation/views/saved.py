"""Keeping a page as its filters made it, and forgetting that again."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from annotation.selectors.operations import OPERATING_ROLES
from annotation.services.saved import view_forget, view_save
from config.access import role_required


@require_POST
@role_required(*OPERATING_ROLES)
def save(request: HttpRequest) -> HttpResponse:
    view = view_save(
        user=request.user,
        page=request.POST.get("page", ""),
        name=request.POST.get("name", ""),
        query=request.POST.get("query", ""),
    )
    return redirect(f"{reverse(f'annotation:{view.page}')}?{view.query}")


@require_POST
@role_required(*OPERATING_ROLES)
def forget(request: HttpRequest, public_id: UUID) -> HttpResponse:
    return redirect(f"annotation:{view_forget(user=request.user, public_id=public_id)}")

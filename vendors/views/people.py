"""The people of the operator and of the vendors."""

from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from config.access import role_required, seat_of
from config.errors import BadInput, NotFound
from vendors.forms.people import HandsForm, ReasonForm
from vendors.models import Role
from vendors.permissions import may_suspend, roles_to_invite
from vendors.selectors import (
    MANAGEMENT,
    Seat,
    codes_of,
    competence_labels,
    holding_list_for,
    invitation_list_for,
    language_labels,
    membership_get_for,
    people_list_for,
    person_get_for,
    signature_list_for,
)
from vendors.selectors.sign_ins import sign_ins_of
from vendors.services import hands_set, membership_end, user_restore, user_suspend, writer_bar
from vendors.services.sign_ins import second_step_reset, sessions_end

PEOPLE_PER_PAGE = 50
SEEING = (*MANAGEMENT, Role.LEAD)


@role_required(*SEEING)
@require_GET
def people(request: HttpRequest) -> HttpResponse:
    """Everybody, and who is invited."""
    page = Paginator(people_list_for(request.user), PEOPLE_PER_PAGE).get_page(request.GET.get("page"))
    context = {"page_obj": page, "invitations": invitation_list_for(request.user), "seat": seat_of(request)}
    return render(request, "vendors/people.html", context)


@role_required(*SEEING)
@require_GET
def person(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One person: roles now and before, signatures, and what can be done."""
    seat = cast(Seat, seat_of(request))
    found = person_get_for(request.user, public_id)
    memberships = [
        {
            "held": held,
            "dialog": f"end-{held.pk}",
            "may_end": held.ended_at is None
            and found.pk != seat.user.pk
            and held.role in roles_to_invite(seat, held.organisation),
        }
        for held in found.seen_memberships  # type: ignore[attr-defined]
    ]
    is_above = may_suspend(seat, found)
    context = {
        "person": found,
        "memberships": memberships,
        "signatures": signature_list_for(found),
        "writes": _writes(found),
        "languages": language_labels(found.writes_languages),
        "competences": competence_labels(found.competences),
        "holdings": holding_list_for(found),
        "manages": seat.has_role(*MANAGEMENT),
        "hands_form": HandsForm(initial=_hands(found)),
        "may_suspend": is_above,
        "sign_ins": sign_ins_of(found) if is_above and seat.has_role(*MANAGEMENT) else None,
        "may_bar": seat.has_role(*MANAGEMENT) and found.barred_at is None and _writes(found),
        "form": ReasonForm(),
    }
    return render(request, "vendors/person.html", context)


@role_required(*SEEING)
@require_POST
def hands(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Set the languages somebody writes, and the fields they know."""
    found = person_get_for(request.user, public_id)
    form = HandsForm(request.POST)
    if not form.is_valid():
        raise BadInput()
    hands_set(user=found, by=cast(Any, request.user), **form.cleaned_data)
    messages.success(request, _("Saved. Claims go by it from now on."))
    return redirect("vendors:person", public_id)


@role_required(*SEEING)
@require_POST
def end_role(request: HttpRequest, public_id: UUID, pk: int) -> HttpResponse:
    """End one role of somebody."""
    membership = membership_get_for(request.user, pk)
    if membership.user.public_id != public_id:
        raise NotFound()
    membership_end(membership=membership, by=cast(Any, request.user))
    messages.success(request, _("%(name)s no longer has this role.") % {"name": membership.user.name})
    return redirect("vendors:person", public_id)


@role_required(*SEEING)
@require_POST
def suspend(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep somebody from signing in."""
    user = user_suspend(user=person_get_for(request.user, public_id), by=cast(Any, request.user))
    messages.success(request, _("%(name)s cannot sign in any more.") % {"name": user.name})
    return redirect("vendors:person", public_id)


@role_required(*SEEING)
@require_POST
def restore(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Let somebody sign in again."""
    user = user_restore(user=person_get_for(request.user, public_id), by=cast(Any, request.user))
    messages.success(request, _("%(name)s can sign in again.") % {"name": user.name})
    return redirect("vendors:person", public_id)


@role_required(*MANAGEMENT)
@require_POST
def bar(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Keep somebody from writing for good."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        raise BadInput()
    user = person_get_for(request.user, public_id)
    writer_bar(user=user, by=cast(Any, request.user), why=form.cleaned_data["why"])
    messages.success(request, _("%(name)s is barred from writing.") % {"name": user.name})
    return redirect("vendors:person", public_id)


def _hands(person: Any) -> dict[str, list[str]]:
    return {"languages": codes_of(person.writes_languages), "competences": codes_of(person.competences)}


@role_required(*MANAGEMENT)
@require_POST
def second_step(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take away the second step of somebody who lost it."""
    user = person_get_for(request.user, public_id)
    second_step_reset(user=user, by=cast(Any, request.user), why=request.POST.get("why", ""))
    messages.success(
        request, _("%(name)s signs in with the password alone, and sets up a new second step.") % {"name": user.name}
    )
    return redirect("vendors:person", public_id)


@role_required(*MANAGEMENT)
@require_POST
def sign_out(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """End every session of somebody."""
    user = person_get_for(request.user, public_id)
    sessions_end(user=user, by=cast(Any, request.user))
    messages.success(request, _("%(name)s is signed out everywhere.") % {"name": user.name})
    return redirect("vendors:person", public_id)


def _writes(person: Any) -> bool:
    return any(held.role == Role.WRITER for held in person.seen_memberships)

"""Keeping and forgetting views of a page."""

from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from annotation.models import SavedView
from config.errors import BadInput, NotFound
from vendors.models import User

VIEWS_AT_MOST = 30
NAME_MAX_CHARACTERS = 60


@transaction.atomic
def view_save(*, user: User, page: str, name: str, query: str) -> SavedView:
    """Keep what the address asks for under a name; an earlier view of that name is replaced. Locks the person.

    Raises `BadInput` without a name, for a page without views, for an address that is too long, and for too many views.
    """
    name = " ".join(name.split())[:NAME_MAX_CHARACTERS]
    kept = urlencode([(key, value) for key, value in parse_qsl(query) if key != "page"])
    if not name:
        raise BadInput(_("Give the view a name."), field="name")
    if page not in SavedView.Page.values or len(kept) > 600:
        raise BadInput()
    User.objects.select_for_update().get(pk=user.pk)
    others = SavedView.objects.filter(user=user, page=page).exclude(name=name)
    if others.count() >= VIEWS_AT_MOST:
        raise BadInput(_("There are too many views. Take one away first."))
    view, _made = SavedView.objects.update_or_create(user=user, page=page, name=name, defaults={"query": kept})
    return view


def view_forget(*, user: User, public_id: UUID) -> str:
    """Take one of a person's own views away; returns its page. Raises `NotFound`."""
    view = SavedView.objects.filter(user=user, public_id=public_id).first()
    if view is None:
        raise NotFound()
    view.delete()
    return view.page

"""The views of a page that a person keeps."""

from django.db.models import QuerySet

from annotation.models import SavedView
from vendors.models import User


def view_list_of(user: User, page: str) -> QuerySet[SavedView]:
    """A person's own views of a page, by name; nobody else's."""
    return SavedView.objects.filter(user=user.pk, page=page)

"""Views of a page that somebody keeps: a name for an address with its filters."""

from django.db import models

from config.models import PublicId
from vendors.models import User


class SavedView(PublicId):
    """One person's name for a page as its filters made it. `query` is what stands behind the address's question mark."""

    class Page(models.TextChoices):
        DASHBOARD = "dashboard"
        SEARCH = "search"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    page = models.CharField(max_length=12, choices=Page.choices)
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=600)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(name="saved_view_once", fields=["user", "page", "name"])]

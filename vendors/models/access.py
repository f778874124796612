"""How a person's own programs come in: tokens, and the answers kept for requests that may come twice."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from config.models import PublicId
from vendors.models.people import User


class Scope(models.TextChoices):
    """What a token may be used for. A scope never gives more than the roles that its person holds at that moment."""

    WORK = "work", _("Write: take tasks up, save drafts, send texts")
    REVIEW = "review", _("Review: read texts that wait and decide on them")
    ORDERS = "orders", _("Orders: read them and, as a lead, answer them")
    MONEY = "money", _("Money: read statements and earnings")
    IMPORTS = "imports", _("Imports: bring instructions in")
    RELEASES = "releases", _("Releases: read how they stand")


class AccessToken(PublicId):
    """A program's way in, in a person's name. The token itself is shown once; only its hash is kept."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="access_tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, help_text="The first signs of the token, to tell one from another.")
    token_sha256 = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]


class KeptAnswer(models.Model):
    """The answer to a request that carried an idempotency key, for whoever sends the same request again."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=255)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.TextField(blank=True, help_text="JSON, as it was sent.")
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(name="kept_answer_once", fields=["user", "key"])]

"""Organisations, the people in them, and how they came in."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from config.models import PublicId


class Competence(models.TextChoices):
    """What somebody knows more of than most; an order may ask for one."""

    LAW = "law", _("law")
    MEDICINE = "medicine", _("medicine and health")
    FINANCE = "finance", _("finance and tax")
    BUSINESS = "business", _("business")
    PROGRAMMING = "programming", _("programming")
    MATHEMATICS = "mathematics", _("mathematics")
    SCIENCE = "science", _("natural science")
    ENGINEERING = "engineering", _("engineering")
    EDUCATION = "education", _("education")
    HUMANITIES = "humanities", _("history and society")
    LITERATURE = "literature", _("literature and arts")
    LANGUAGES = "languages", _("languages and translation")
    LIVING = "living", _("cooking and daily life")


class Organisation(PublicId):
    """The operator, or a vendor: a company or a freelancer whose people write."""

    class Kind(models.TextChoices):
        OPERATOR = "operator", _("operator")
        COMPANY = "company", _("company")
        FREELANCER = "freelancer", _("freelancer")

    kind = models.CharField(max_length=12, choices=Kind.choices)
    name = models.CharField(_("name"), max_length=200)
    name_latin = models.CharField(_("name in Latin letters"), max_length=200, blank=True)
    registration_number = models.CharField(_("invoice registration number"), max_length=14, blank=True)
    address = models.CharField(_("address"), max_length=300, blank=True)
    languages = models.CharField(max_length=60, blank=True, help_text=_("Language codes, comma separated."))
    competences = models.CharField(max_length=200, blank=True, help_text=_("Fields of competence, comma separated."))
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_operator(self) -> bool:
        return self.kind == self.Kind.OPERATOR


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(PublicId, AbstractUser):
    """Someone who signs in. Participants are never users."""

    class Letters(models.TextChoices):
        AT_ONCE = "at_once", _("at once")
        DAILY = "daily", _("once a day, together")

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(_("language"), max_length=8, default="ja")
    writes_languages = models.CharField(
        _("languages written"), max_length=60, default="ja", help_text=_("Language codes, comma separated.")
    )
    competences = models.CharField(max_length=200, blank=True, help_text=_("Fields of competence, comma separated."))
    letters = models.CharField(_("e-mails"), max_length=7, choices=Letters.choices, default=Letters.AT_ONCE)
    barred_at = models.DateTimeField(null=True, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name


class Role(models.TextChoices):
    OWNER = "owner", _("owner")
    MANAGER = "manager", _("manager")
    REVIEWER = "reviewer", _("reviewer")
    FINANCE = "finance", _("finance")
    LEAD = "lead", _("lead")
    WRITER = "writer", _("writer")


OPERATOR_ROLES = frozenset({Role.OWNER, Role.MANAGER, Role.REVIEWER, Role.FINANCE})
VENDOR_ROLES = frozenset({Role.LEAD, Role.WRITER})


class Membership(models.Model):
    """One role of one person in one organisation, from a day until it ends; never deleted."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)
    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="membership_open_once",
                fields=["user", "organisation", "role"],
                condition=Q(ended_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.role}"


class Invitation(PublicId):
    """An e-mail link that lets one address join one organisation in one role."""

    email = models.EmailField(_("e-mail address"))
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)
    token_sha256 = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revoked_at = models.DateTimeField(null=True, blank=True)

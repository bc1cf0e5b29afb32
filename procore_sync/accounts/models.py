"""Who works here: a user signs in, a membership says what he is in a company."""

from __future__ import annotations

import secrets
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models

from procore_sync.kit.kinds import Kind


class UserManager(BaseUserManager["User"]):
    """Users are made by e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who signs in with `email`; without a password he must set one by mail."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """The operator's first user."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in with an e-mail address. What he may do hangs on his memberships, not on him."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


def _new_key() -> str:
    return secrets.token_hex(4)


def _known_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"{name} is not a time zone. Choose one such as America/Chicago.")


class Company(models.Model):
    """A tenant. No record, count, name or timing of one company is ever visible to another.

    `key` is in every mark we leave in a ledger, so that two installations can tell their documents apart.
    """

    name = models.CharField(max_length=120)
    slug = models.SlugField(unique=True)
    key = models.CharField(max_length=16, unique=True, default=_new_key, editable=False)
    time_zone = models.CharField(max_length=64, default="America/New_York", validators=[_known_zone])
    four_eyes = models.BooleanField(
        "sender may not accept", default=True, help_text="Whoever sent a record may not accept it."
    )
    digest_hour = models.PositiveSmallIntegerField(default=7, help_text="Local hour of the daily summary.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a person is in a company (domain.md §1). Deciding is a privilege beside the role, granted a kind."""

    ADMINISTRATOR = "administrator", "Administrator"
    PROJECT_MANAGER = "project_manager", "Project manager"
    ACCOUNTANT = "accountant", "Accountant"
    VIEWER = "viewer", "View only"
    INVOICE_CONTACT = "invoice_contact", "Invoice contact"


class Membership(models.Model):
    """A person in a company: every operation names the membership that did it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    wants_digest = models.BooleanField("receives the daily summary", default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_membership_a_company")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_approver(self) -> bool:
        """Whether he may decide on at least one kind; the green badge."""
        return any(privilege.can_export for privilege in self.privileges.all())


class KindPrivilege(models.Model):
    """What a membership may move across the border, a kind (domain.md §1: "Can import?", "Can export?")."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="privileges")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    can_import = models.BooleanField(default=False)
    can_export = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "kind"], name="one_privilege_a_kind")]

    def __str__(self) -> str:
        return f"{self.membership}: {self.get_kind_display()}"

"""Who works here: a user signs in, a membership says what they are in a company."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.conf import settings
from django.contrib.auth.models import AbstractUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.rule_words import in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.masking import masked


class UserManager(BaseUserManager["User"]):
    """Users are made by e-mail address."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A user who signs in with `email`; without a password they must set one by mail."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """The operator's first user."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in with an e-mail address. What they may do hangs on their memberships, not on them."""

    username = None  # type: ignore[assignment]
    first_name = None  # type: ignore[assignment]
    last_name = None  # type: ignore[assignment]
    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField(max_length=120, blank=True)
    single_keys = models.BooleanField(default=True, help_text="Whether single keys decide and walk in lists.")
    language = models.CharField(max_length=8, blank=True, help_text="Of pages and mails; empty, what the browser says.")

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
        told = gettext("%(name)s is not a time zone. Choose one such as America/Chicago.")
        raise ValidationError(told % {"name": name})


def undo_seconds_at_first() -> int:
    """How long a new company may take an acceptance back."""
    seconds: int = settings.UNDO_SECONDS
    return seconds


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
    undo_seconds = models.PositiveSmallIntegerField(
        "seconds to take an acceptance back",
        default=undo_seconds_at_first,
        validators=[MaxValueValidator(600)],
        help_text="So long an accepted record stays before it leaves for QuickBooks: 0, at once, to 600.",
    )
    only_holders_grant = models.BooleanField(
        "only who has a privilege may give it",
        default=False,
        help_text="An administrator gives nobody a privilege of a kind that they do not have themselves.",
    )
    late_after_days = models.PositiveSmallIntegerField(
        "days after which a record is late",
        default=3,
        validators=[MaxValueValidator(365)],
        help_text="A record that waits so long for a decision is marked as late; 0 marks none.",
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "companies"

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """Where the company's days begin and its clocks are read; UTC if no zone has the name that is kept."""
        try:
            return ZoneInfo(self.time_zone)
        except (LookupError, ValueError, OSError):
            return ZoneInfo("UTC")


class Role(models.TextChoices):
    """What a person is in a company (domain.md §1). Deciding is a privilege beside the role, granted a kind."""

    ADMINISTRATOR = "administrator", gettext_noop("Administrator")
    PROJECT_MANAGER = "project_manager", gettext_noop("Project manager")
    ACCOUNTANT = "accountant", gettext_noop("Accountant")
    VIEWER = "viewer", gettext_noop("View only")
    INVOICE_CONTACT = "invoice_contact", gettext_noop("Invoice contact")


class Permission(models.TextChoices):
    """What a person below a project manager may be allowed beside their role (domain.md §1, §7.1, §14)."""

    ADD_PROJECTS = "add_projects", gettext_noop("Add projects")
    MANAGE_COST_CODES = "manage_cost_codes", gettext_noop("Manage cost codes of projects")
    IMPORT_BUDGETS = "import_budgets", gettext_noop("Import budgets from a file")
    LOCK_BUDGETS = "lock_budgets", gettext_noop("Lock budgets")
    SEND_BUDGETS = "send_budgets", gettext_noop("Send and retrieve budgets")


class Membership(models.Model):
    """A person in a company: every operation names the membership that did it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role.choices)
    is_active = models.BooleanField(default=True)
    permissions = models.JSONField(default=list, blank=True, help_text="Values of Permission, in its order.")
    wants_digest = models.BooleanField("receives the daily summary", default=True)
    tour_seen_at = models.DateTimeField("put the first steps away", null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="one_membership_a_company")]
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.user)

    @property
    def is_approver(self) -> bool:
        """Whether they may decide on at least one kind; the green badge."""
        return any(privilege.can_export for privilege in self.privileges.all())

    @property
    def permissions_display(self) -> list[str]:
        """What they are allowed beside their role, in English words."""
        return [str(Permission(one).label) for one in self.permissions if one in Permission.values]


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


def as_told(change: Mapping[str, str]) -> dict[str, str]:
    """A change of `RightsChange` as people read it: without what of an address can be a secret."""
    told = {name: masked(value) for name, value in change.items()}
    if told["before"] == told["after"] and change["before"] != change["after"]:
        told["after"] += " (another address)"
    return told


class RightsChange(models.Model):
    """One change of who may do what, or of a company's rules. Append-only; PostgreSQL refuses UPDATE and DELETE.

    `changes` lists what differs: [{"label": …, "before": …, "after": …}]. `by` is empty where the operator of the
    machine did it, `member` where the rules of the company changed rather than a person's rights.
    """

    class Action(models.TextChoices):
        INVITED = "invited", gettext_noop("Invited")
        JOINED = "joined", gettext_noop("Joined")
        CHANGED = "changed", gettext_noop("Rights changed")
        DEACTIVATED = "deactivated", gettext_noop("Deactivated")
        REACTIVATED = "reactivated", gettext_noop("Reactivated")
        SETTINGS = "settings", gettext_noop("Company settings changed")
        TOKEN_CREATED = "token_created", gettext_noop("API token created")
        TOKEN_REVOKED = "token_revoked", gettext_noop("API token revoked")

    company = models.ForeignKey(Company, models.PROTECT, related_name="rights_changes")
    member = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="rights_changes")
    by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    action = models.CharField(max_length=20, choices=Action.choices)
    changes = models.JSONField(default=list)

    class Meta:
        ordering: ClassVar[list[str]] = ["-pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.member or self.company}"

    @property
    def told(self) -> list[dict[str, str]]:
        """`changes` as people read them; what was written down before addresses were cut is cut here."""
        return [as_told(one) for one in self.changes]

    @property
    def read(self) -> list[dict[str, str]]:
        """`told` in the reader's language."""
        return [in_the_readers_words(one) for one in self.told]


class ApiToken(models.Model):
    """What a token of the API may do: exactly what its membership may. The token itself is stored only as a hash."""

    token = models.OneToOneField("knox.AuthToken", models.CASCADE, related_name="api_token")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=80)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return self.name


class IdempotentAnswer(models.Model):
    """The answer to a write that carried an Idempotency-Key, so that a repeated request changes nothing twice.

    The row is made before the write is begun; a row without `answered_at` belongs to a request that still runs or
    that was cut off before it changed anything.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+")
    key = models.CharField(max_length=100)
    request_line = models.CharField(max_length=255)
    body_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    answer = models.JSONField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "key"], name="one_answer_a_key")]

    def __str__(self) -> str:
        return f"{self.key}: {self.request_line}"


class DigestRun(models.Model):
    """That a company's daily summary was written on a local date; the constraint lets only one beat write it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="digest_runs")
    local_date = models.DateField()
    ran_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "local_date"], name="one_digest_a_day")]

    def __str__(self) -> str:
        return f"{self.company}: {self.local_date}"

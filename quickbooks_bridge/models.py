"""What the bridge remembers of QuickBooks: the connection, the names it holds, and which of them are ours."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.money import MoneyField
from procore_sync.kit.sealed import EncryptedTextField
from projects.models import Project, Reading
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.drift_models import Drift as Drift
from quickbooks_bridge.drift_models import HeardInFlight as HeardInFlight
from quickbooks_bridge.file_models import BillFile as BillFile
from quickbooks_bridge.watch_models import LinkWatch as LinkWatch
from quickbooks_bridge.watch_models import ReadCount as ReadCount
from quickbooks_bridge.watch_models import Sweep as Sweep
from quickbooks_bridge.watch_models import WatchCursor as WatchCursor
from quickbooks_bridge.watch_models import WebhookDelivery as WebhookDelivery
from quickbooks_bridge.watch_models import WebhookEvent as WebhookEvent


class ConnectionStatus(models.TextChoices):
    """Whether we may call QuickBooks for a company."""

    CONNECTED = "connected", gettext_noop("Connected")
    DISCONNECTED = "disconnected", gettext_noop("Disconnected")
    NEEDS_LOGIN = "needs_login", gettext_noop("Needs a new sign-in")


class CustomerMode(models.TextChoices):
    """What a project becomes in QuickBooks (domain.md §5); fixed once the first project is there."""

    JOBS = "jobs_under_customers", gettext_noop("Each project is a job under a customer")
    CUSTOMERS = "customers_are_jobs", gettext_noop("Each project is a customer of its own")


#: Intuit ends a sign-in so long after it was given, however often it is renewed.
FIVE_YEARS = timedelta(days=5 * 365)
#: Countries in which nothing that is bought has a tax of its own; "" while the country is not known.
UNTAXED = ("", "US", "USA")


class Connection(models.Model):
    """A company's QuickBooks company. A realm belongs to one company of the console, for ever.

    `token_version` counts the tokens stored, `refreshing_until` is the lease of the one process that renews them.
    Neither is touched but by counted updates in `quickbooks_bridge.tokens`.

    `looked_at` is when we last knew that QuickBooks holds nothing of ours that this database does not know, `looked_in`
    which database that was (`connections.InWhich`), and `ahead` how many documents it holds that this one does not; see
    `reconciling.ahead`.

    Where `class_needed` or `location_needed`, no bill or vendor credit is accepted without one, as long as QuickBooks
    tracks them.
    Where `papers_needed`, no bill is accepted of a vendor without a W-9 and an insurance that is valid on its date.
    Where `files_go`, the files of invoices go along as attachments, since `files_since` (see `bill_files`).

    While `is_onboarding` nothing is sent, and what QuickBooks holds since `onboards_from` is matched; a cap ends the
    first export (see `onboarding`).
    """

    company = models.OneToOneField(Company, models.PROTECT, related_name="quickbooks")
    realm_id = models.CharField(max_length=32, unique=True)
    company_name = models.CharField(max_length=255, blank=True)
    country = models.CharField(max_length=3, blank=True)
    environment = models.CharField(max_length=16)
    status = models.CharField(max_length=12, choices=ConnectionStatus.choices, default=ConnectionStatus.CONNECTED)
    why = models.TextField(blank=True)
    access_token = EncryptedTextField(blank=True)
    refresh_token = EncryptedTextField(blank=True)
    access_expires_at = models.DateTimeField(null=True)
    refresh_expires_at = models.DateTimeField(null=True)
    hard_expires_at = models.DateTimeField(null=True)
    renewed_at = models.DateTimeField(null=True)
    token_version = models.PositiveIntegerField(default=1)
    refreshing_until = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_reason = models.TextField(blank=True)
    is_halted = models.BooleanField(default=False)
    looked_at = models.DateTimeField(null=True)
    looked_in = models.CharField(max_length=64, blank=True, default="", db_default="")
    looking_until = models.DateTimeField(null=True)
    ahead = models.PositiveIntegerField(default=0)
    last_good_call_at = models.DateTimeField(null=True)
    customer_mode = models.CharField(max_length=24, choices=CustomerMode.choices, default=CustomerMode.JOBS)
    features = models.JSONField(default=dict)
    class_needed = models.BooleanField(default=False)
    location_needed = models.BooleanField(default=False)
    papers_needed = models.BooleanField(default=False)
    files_go = models.BooleanField(default=False)
    files_since = models.DateTimeField(null=True)
    connected_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    connected_at = models.DateTimeField(null=True)
    is_onboarding = models.BooleanField(default=False)
    onboards_from = models.DateField(null=True, blank=True)
    cap_documents = models.PositiveIntegerField(null=True, blank=True)
    cap_amount = MoneyField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.company}: {self.company_name or self.realm_id}"

    @property
    def read_at(self) -> datetime:
        """When it was read, by the database's clock where `connections.at_database_time` asked for that; else now."""
        at: datetime | None = getattr(self, "database_time", None)
        return at or timezone.now()

    @property
    def read_in(self) -> str:
        """From which database it was read, where `connections.at_database_time` asked for that; else as `looked_in`."""
        which: str = getattr(self, "database", self.looked_in)
        return which

    @property
    def is_connected(self) -> bool:
        """Whether our tokens were good when last used."""
        return self.status == ConnectionStatus.CONNECTED

    @property
    def is_taxed(self) -> bool:
        """Whether every line that is bought has a tax code: so everywhere but in the United States."""
        return self.country not in UNTAXED

    @property
    def environment_label(self) -> str:
        """Which QuickBooks it is, in words."""
        known = {"production": gettext("The real books"), "sandbox": gettext("Intuit's sandbox")}
        return known.get(self.environment, gettext("An emulator"))

    @property
    def ends_for_good_at(self) -> datetime | None:
        """When the sign-in ends however often it is renewed: as Intuit says, else five years after it was given."""
        given = self.connected_at + FIVE_YEARS if self.connected_at else None
        return self.hard_expires_at or given

    @property
    def days_left(self) -> int | None:
        """Whole days until somebody has to sign in again, if nothing renews the tokens before; None if unknown."""
        ends = [at for at in (self.refresh_expires_at, self.ends_for_good_at) if at is not None]
        return max(0, (min(ends) - timezone.now()).days) if ends and self.is_connected else None


class EndOf(models.TextChoices):
    """Which of the two ends of a sign-in."""

    UNUSED = "unused", "Not renewed for 100 days"
    FIVE_YEARS = "five_years", "Five years old"


class EndNotice(models.Model):
    """That a company's administrators were told so many days before an end of its sign-in, so that they are told once.

    A sign-in that was renewed, or given anew, ends on another day, and is told of anew.
    """

    connection = models.ForeignKey(Connection, models.CASCADE, related_name="+")
    of = models.CharField(max_length=10, choices=EndOf.choices)
    ends_on = models.DateField()
    days = models.PositiveSmallIntegerField()
    told_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["connection", "of", "ends_on", "days"], name="one_notice_an_end_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.connection}: {self.get_of_display()}, {self.days} days before {self.ends_on}"


class Health(models.TextChoices):
    """What was last seen of a linked document in QuickBooks."""

    OK = "ok", "As we sent it"
    DRIFTED = "drifted", "Changed in QuickBooks"
    MISSING = "missing", gettext_noop("Not in QuickBooks any more")
    VOIDED = "voided", gettext_noop("Voided in QuickBooks")
    MERGED = "merged", "Merged into another in QuickBooks"
    INACTIVE = "inactive", "Made inactive in QuickBooks"
    ACCEPTED = "accepted", "As QuickBooks has it, accepted here"


class Link(models.Model):
    """Which QuickBooks document an item is. `seen` holds our fields as QuickBooks last held them, to notice drift.

    `ignored` is the state of a drift that somebody has put away; an export forgets it.
    `replaced` is the document that is being replaced, as it was read before it was put away; it is kept so that a
    replacement that was broken off loses nothing of it, and no longer once it surely was not put away.
    """

    item = models.OneToOneField(ErpItem, models.PROTECT, related_name="ledger_link")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    sync_token = models.CharField(max_length=16, blank=True)
    name = models.CharField(max_length=255, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    seen = models.JSONField(default=dict)
    ignored = models.CharField(max_length=64, blank=True)
    replaced = models.JSONField(default=dict, blank=True)
    total = MoneyField(null=True, blank=True)
    verified_at = models.DateTimeField(null=True)
    health = models.CharField(max_length=8, choices=Health.choices, default=Health.OK)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_item_a_ledger_document")
        ]

    def __str__(self) -> str:
        return f"{self.item} is {self.entity} {self.remote_id}"


class LedgerName(models.Model):
    """One row of a QuickBooks name list as last read: an account, a term, a customer, a vendor, an employee, an item.

    `level` is 0 for a top customer, 1 for a job under it and more for one below a job; `detail` keeps the fields that
    screens and checks use.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)
    name = models.CharField(max_length=500)
    fully_qualified_name = models.CharField(max_length=1000, blank=True)
    matching = models.CharField(max_length=500, blank=True)
    level = models.PositiveSmallIntegerField(default=0)
    detail = models.JSONField(default=dict)
    active = models.BooleanField(default=True)
    sync_token = models.CharField(max_length=16, blank=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_name_a_ledger_record")
        ]
        indexes = [
            models.Index(fields=["company", "entity", "name"], name="ledger_names_by_name"),
            models.Index(fields=["company", "matching"], name="ledger_names_by_matching"),
        ]

    def __str__(self) -> str:
        return f"{self.entity} {self.fully_qualified_name or self.name}"


class ImportCandidate(models.Model):
    """What people decided about a QuickBooks name that is not ours yet: put away, or a suggested match dismissed.

    A name without such a row is simply waiting; whether it is linked is answered by `Link`.
    """

    ledger_name = models.OneToOneField(LedgerName, models.CASCADE, related_name="candidate")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    archived_at = models.DateTimeField(null=True)
    archived_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    dismissed = models.ManyToManyField(ErpItem, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.ledger_name}, to import"


class Thing(models.TextChoices):
    """What a mapping gives a QuickBooks name to."""

    INCOME_ACCOUNT = "income_account", gettext_noop("Income account of new cost codes")
    EXPENSE_ACCOUNT = "expense_account", gettext_noop("Expense account of new cost codes")
    TERMS = "terms", gettext_noop("Terms of new vendors")
    RETAINAGE_ITEM = "retainage_item", gettext_noop("Retainage item")
    WORK_TAX = "work_tax_code", gettext_noop("Tax code of work")
    RETAINAGE_TAX = "retainage_tax_code", gettext_noop("Tax code of retainage")
    CLASS = "class", gettext_noop("Class of orders and bills")
    LOCATION = "location", gettext_noop("Location of bills")


def key_of_project(project_id: int | None) -> str:
    """Under which key a mapping is a project's own; that of the default for what is of no project."""
    return str(project_id or "")


class Mapping(models.Model):
    """What a thing of ours is called in a company's QuickBooks; an empty `key` is the default.

    A class or location that is a project's own has the `key_of_project`.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    thing = models.CharField(max_length=24, choices=Thing.choices)
    key = models.CharField(max_length=120, blank=True)
    entity = models.CharField(max_length=20)
    remote_id = models.CharField(max_length=32)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "thing", "key"], name="one_mapping_a_thing")]

    def __str__(self) -> str:
        return f"{self.get_thing_display()} {self.key}: {self.entity} {self.remote_id}"


class Cursor(models.Model):
    """How far a name list was read, by QuickBooks' own clock."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20)
    changed_since = models.DateTimeField(null=True)
    full_at = models.DateTimeField(null=True)
    last_run_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_cursor_an_entity")]
        ordering: ClassVar[list[str]] = ["entity"]

    def __str__(self) -> str:
        return f"{self.company}, {self.entity}"


class CostCursor(DocumentCursor):
    """How far one kind of cost document was read."""

    class Meta(DocumentCursor.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_cost_cursor_an_entity")]


class BillState(models.TextChoices):
    """Whether a bill still stands in QuickBooks."""

    STANDING = "", "Standing"
    VOIDED = "voided", gettext_noop("Voided")
    DELETED = "deleted", gettext_noop("Deleted")


class LedgerBill(models.Model):
    """A bill or vendor credit of QuickBooks as last read, ours and others'; which are ours is answered by `Link`.

    Amounts of a vendor credit are below zero, so that rows add up. `gross` is what its lines come to without those of
    the Retainage item, `retainage` what those withhold (below zero where more is released); `total` is with tax, so
    that `total = gross - retainage + tax`. `released` is what of `retainage` the lines give back, as an amount above
    zero. `balance` is what is not paid. `matching` is the number as people mean it.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    entity = models.CharField(max_length=20, default="Bill")
    remote_id = models.CharField(max_length=32)
    state = models.CharField(max_length=7, choices=BillState.choices, blank=True, default=BillState.STANDING)
    vendor_id = models.CharField(max_length=32)
    number = models.CharField(max_length=64, blank=True)
    matching = models.CharField(max_length=64, blank=True)
    day = models.DateField(null=True)
    due = models.DateField(null=True)
    total = MoneyField()
    tax = MoneyField(default=Decimal("0.00"))
    gross = MoneyField()
    retainage = MoneyField(default=Decimal("0.00"))
    released = MoneyField(default=Decimal("0.00"))
    balance = MoneyField()
    job_ids = models.JSONField(default=list)
    sync_token = models.CharField(max_length=16, blank=True)
    changed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "entity", "remote_id"], name="one_row_a_ledger_bill")]
        indexes = [models.Index(fields=["company", "vendor_id", "matching"], name="ledger_bills_by_number")]

    def __str__(self) -> str:
        return f"{self.entity} {self.number or self.remote_id} of vendor {self.vendor_id}"


class LedgerBillPayment(models.Model):
    """A bill payment of QuickBooks as last read, of whatever bills. Which of them are ours is asked when it is used.

    `lines` holds what it takes off what: `[["Bill", "12", "90.00"], ["VendorCredit", "15", "20.00"]]`. `total` is its
    money, `credits` the vendor credits that it uses. `entered_at` is when it was entered there.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    remote_id = models.CharField(max_length=32)
    state = models.CharField(max_length=7, choices=BillState.choices, blank=True, default=BillState.STANDING)
    vendor_id = models.CharField(max_length=32, blank=True)
    method = models.CharField(max_length=11, blank=True)
    number = models.CharField(max_length=64, blank=True)
    day = models.DateField(null=True)
    total = MoneyField(default=Decimal("0.00"))
    credits = MoneyField(default=Decimal("0.00"))
    memo = models.TextField(blank=True)
    currency = models.CharField(max_length=3, blank=True)
    lines = models.JSONField(default=list)
    sync_token = models.CharField(max_length=16, blank=True)
    entered_at = models.DateTimeField(null=True)
    changed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "remote_id"], name="one_row_a_ledger_bill_payment")]

    def __str__(self) -> str:
        return f"Bill payment {self.number or self.remote_id} of vendor {self.vendor_id}"


class Every(models.IntegerChoices):
    """How often payments are read by themselves, in hours (domain.md §10)."""

    NEVER = 0, gettext_noop("Never")
    HOUR = 1, gettext_noop("Every hour")
    TWO_HOURS = 2, gettext_noop("Every 2 hours")
    FOUR_HOURS = 4, gettext_noop("Every 4 hours")
    DAY = 24, gettext_noop("Every day")


class PaymentSchedule(models.Model):
    """How often a company's payments are read, and from when on they are taken.

    Taken are payments that were entered after `began_at`, when it was switched on, and those dated `since` or later;
    an administrator may lay that day further back, and gets what was paid before.
    """

    company = models.OneToOneField(Company, models.CASCADE, related_name="payment_schedule")
    hours = models.PositiveSmallIntegerField("read payments", choices=Every.choices, default=Every.HOUR)
    since = models.DateField("take payments dated from")
    began_at = models.DateTimeField()
    set_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")

    def __str__(self) -> str:
        return f"{self.company}: {self.get_hours_display()}"

    @property
    def is_on(self) -> bool:
        """Whether payments are read at all, by themselves or on demand."""
        return self.hours != Every.NEVER


class PaymentReading(Reading):
    """One reading of a company's bills and of what was paid of them."""

    WHAT = gettext_noop("Payments")

    class Meta(Reading.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["company"], condition=models.Q(ended_at=None), name="one_open_payment_reading_a_company"
            )
        ]


class PaymentCursor(DocumentCursor):
    """How far bills, vendor credits and bill payments were read."""

    class Meta(DocumentCursor.Meta):
        constraints = [models.UniqueConstraint(fields=["company", "entity"], name="one_payment_cursor_an_entity")]


class SignedMonth(models.Model):
    """Somebody has looked at something for a month and stands for it. Append-only.

    `month` is its first day, `figures` all that they saw, frozen. Signing again adds a row.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    month = models.DateField()
    remark = models.TextField(blank=True)
    figures = models.JSONField()
    signed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    signed_at = models.DateTimeField(auto_now_add=True)
    #: Whether the same month was signed later, of a row that was read with `with_signed_again`.
    signed_again = False

    class Meta:
        abstract = True
        ordering: ClassVar[list[str]] = ["-month", "-pk"]


class TieOutSignOff(SignedMonth):
    """Somebody has looked at a project's tie-out for a month and stands for it.

    `figures` holds the rows, the differences and what explained them. PostgreSQL refuses UPDATE and DELETE.
    """

    project = models.ForeignKey(Project, models.PROTECT, related_name="tie_outs")
    ties = models.BooleanField()

    class Meta(SignedMonth.Meta):
        pass

    def __str__(self) -> str:
        return f"{self.project}, {self.month:%B %Y}"


# Django finds the further rows of this app here.
import quickbooks_bridge.month_end.rows  # noqa: E402
import quickbooks_bridge.onboarding.models  # noqa: E402
import quickbooks_bridge.reconciling.rows  # noqa: E402, F401

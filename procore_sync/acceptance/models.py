"""The four rows behind every exported record: the item, what was sent, each try, and the journal."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.states import LOCKED, Action, Decision, OutcomeKind, Status, Work
from procore_sync.accounts.curing import AT_THE_RECORD
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import MoneyField

Document = dict[str, Any]


class ErpItem(models.Model):
    """What every exportable record has exactly one of, by a one-to-one from the record.

    `revision` counts the edits of the record; `synced_revision` is the one that the ledger holds. `differs` says that
    the ledger is known to hold it otherwise by now; `standings.note_standing` writes it, and a confirmation ends it.
    A private item is seen by its `readers`, by administrators and by those who may decide on its kind.
    Only `acceptance.journal.move` writes `status`.
    """

    company = models.ForeignKey(Company, models.PROTECT, related_name="erp_items")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    status = models.CharField(max_length=12, choices=Status.choices, default=Status.NOT_SENT, editable=False)
    revision = models.PositiveIntegerField(default=1)
    synced_revision = models.PositiveIntegerField(null=True, blank=True)
    label = models.CharField(max_length=255)
    number = models.CharField(max_length=64, blank=True)
    amount = MoneyField(null=True, blank=True)
    project = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="of_project")
    requires = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="required_by")
    external_ref = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 - unique where given
    differs = models.BooleanField(default=False, editable=False)
    is_private = models.BooleanField(default=False)
    readers: models.ManyToManyField[Membership, Any] = models.ManyToManyField(Membership, blank=True, related_name="+")
    created_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    status_changed_at = models.DateTimeField(auto_now_add=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "kind", "external_ref"], name="one_item_an_external_ref"),
            models.CheckConstraint(condition=Q(revision__gte=1), name="item_revision_from_one"),
        ]
        indexes = [
            # The columns after the first few are there so that a place in a list is found without reading rows.
            models.Index(
                fields=[
                    "company",
                    "status",
                    "-status_changed_at",
                    "-id",
                    "kind",
                    "is_private",
                    "synced_revision",
                    "revision",
                ],
                name="inbox_by_status",
            ),
            # … and here so that the views are counted without; no row's own key, so that equal entries are kept once.
            models.Index(
                fields=["company", "kind", "status", "is_private", "synced_revision", "revision"],
                name="inbox_by_kind",
            ),
            models.Index(fields=["company", "kind", "status"], condition=Q(is_private=True), name="private_items"),
            # What was given back to whom is found here alone.
            models.Index(
                fields=["company", "created_by", "kind", "status", "is_private", "synced_revision", "revision", "id"],
                condition=Q(status__in=["rejected", "retrieved"]),
                name="items_given_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @property
    def is_changed(self) -> bool:
        """Whether the record was edited since the ledger last took it."""
        return self.synced_revision is not None and self.revision > self.synced_revision

    @property
    def is_locked(self) -> bool:
        """Whether its content is frozen, because it is being decided or posted."""
        return self.status in LOCKED


class Submission(models.Model):
    """One sending of an item: the frozen document, the decision, and the work of the engine (the outbox row).

    Approvers accept `digest`, so that what they saw is what is exported. `choices` is what the approver added
    (accounts, terms, customer), `posting` what the ledger is to get, both frozen at acceptance. `first_by` is the
    person who accepted it as the first of two, with `first_choices`, and `first_posting` the fingerprint of what they
    accepted; the decision stays open until somebody else accepts the same. `over_at` is from when on the ledger has
    surely ended the batch that it went in; `crashes` how many workers died while they carried it alone.
    """

    item = models.ForeignKey(ErpItem, models.PROTECT, related_name="submissions")
    company = models.ForeignKey(Company, models.PROTECT, related_name="+")
    number = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    document = models.JSONField()
    digest = models.CharField(max_length=64)
    sent_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", db_index=False)
    sent_at = models.DateTimeField(auto_now_add=True)

    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default=Decision.OPEN)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    comment = models.TextField(blank=True)
    first_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", db_index=False, editable=False
    )
    first_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_choices = models.JSONField(default=dict, blank=True, editable=False)
    first_posting = models.CharField(max_length=64, blank=True, editable=False)
    choices = models.JSONField(default=dict, blank=True)
    posting = models.JSONField(default=dict, blank=True)

    work = models.CharField(max_length=10, choices=Work.choices, blank=True, default=Work.NONE)
    due_at = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    fence = models.PositiveIntegerField(default=0)
    lane = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=50, blank=True)
    generation = models.PositiveIntegerField(default=0)
    tries = models.PositiveIntegerField(default=0)
    absences = models.PositiveIntegerField(default=0)
    crashes = models.PositiveIntegerField(default=0)
    reason = models.TextField(blank=True)
    cure_by = models.CharField(max_length=40, blank=True)
    cure_url = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "number"], name="submissions_are_numbered"),
            models.UniqueConstraint(fields=["item"], condition=Q(decision=""), name="one_open_submission_an_item"),
            models.UniqueConstraint(
                fields=["lane"], condition=Q(work__in=["flying", "uncertain"]), name="one_flight_a_lane"
            ),
            models.CheckConstraint(
                condition=~Q(decision="accepted", first_by=F("decided_by")), name="two_approvers_are_two_people"
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at", "id"], condition=Q(work__in=["due", "uncertain", "waiting"]), name="submissions_due"
            ),
            models.Index(fields=["lease_until"], condition=Q(work="flying"), name="submissions_leased"),
            models.Index(
                fields=["first_by", "item"],
                condition=Q(decision="", first_by__isnull=False),
                name="submissions_accepted_once",
            ),
            models.Index(fields=["sent_by", "item"], condition=Q(decision=""), name="submissions_undecided"),
            models.Index(fields=["sent_by", "item"], name="submissions_by_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.item}, sending {self.number}"

    @property
    def is_held(self) -> bool:
        """Whether it was accepted with time to take that back, and no worker has taken it up since."""
        was_never_taken = self.work == Work.DUE and self.fence == 0 and self.generation == 0
        return was_never_taken and bool(self.due_at and self.decided_at and self.due_at > self.decided_at)

    @property
    def is_cured_at_record(self) -> bool:
        """Whether what stands in its way is cured by changing the record itself."""
        return self.cure_by in AT_THE_RECORD

    @property
    def leaves_in(self) -> int:
        """In how many whole seconds it leaves at the earliest, while it is held; else 0."""
        if not self.is_held or self.due_at is None:
            return 0
        return max(math.ceil((self.due_at - timezone.now()).total_seconds()), 0)


class Attempt(models.Model):
    """One try at the ledger. Opened before the call, closed once, never overwritten; secrets are left out.

    Its times are the database's: tries of several hosts are compared with each other and with the ledger's clock.
    """

    submission = models.ForeignKey(Submission, models.PROTECT, related_name="attempts")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=8)
    fence = models.PositiveIntegerField()
    request_id = models.CharField(max_length=50)
    started_at = models.DateTimeField(db_default=Now(), editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=14, choices=OutcomeKind.choices, blank=True)
    sentence = models.TextField(blank=True)
    http_status = models.PositiveSmallIntegerField(null=True, blank=True)
    fault_code = models.CharField(max_length=20, blank=True)
    intuit_tid = models.CharField(max_length=80, blank=True)
    elapsed_ms = models.PositiveIntegerField(null=True, blank=True)
    asked = models.JSONField(default=dict, blank=True)
    answered = models.JSONField(default=dict, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["submission", "number"], name="attempts_are_numbered")]
        ordering: ClassVar[list[str]] = ["number"]

    def __str__(self) -> str:
        return f"{self.submission}, try {self.number}"

    @property
    def sent_under(self) -> str:
        """The request id that the ledger was given, by which its own log knows the call; a look was given none."""
        return str(self.asked.get("requestid") or self.request_id) if self.act == "send" else ""


class JournalHead(models.Model):
    """The last link of a company's chain; locked while a row is added."""

    company = models.OneToOneField(Company, models.PROTECT, primary_key=True, related_name="journal_head")
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.company}: {self.sequence}"


class Event(models.Model):
    """One row of the journal: append-only and hash-chained a company. PostgreSQL refuses UPDATE and DELETE."""

    company = models.ForeignKey(Company, models.PROTECT, related_name="events")
    sequence = models.PositiveBigIntegerField()
    item = models.ForeignKey(ErpItem, models.PROTECT, related_name="events")
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="events")
    at = models.DateTimeField()
    by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=20, choices=Action.choices)
    from_status = models.CharField(max_length=12, choices=Status.choices)
    to_status = models.CharField(max_length=12, choices=Status.choices)
    comment = models.TextField(blank=True)
    detail = models.JSONField(default=dict)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "sequence"], name="one_event_a_sequence")]
        ordering: ClassVar[list[str | F]] = ["sequence"]

    def __str__(self) -> str:
        return f"{self.sequence}: {self.action} {self.item_id}"

    @property
    def named(self) -> str:
        """The names of those who got a notice of a comment, one after the other; "" where nobody did."""
        return ", ".join(one["name"] for one in self.detail.get("mentioned", []))


class ExportPolicy(models.Model):
    """What a company has agreed for the records of one kind, by amount; nothing of it is on at first.

    Direct Export (`direct_export`, of `KINDS`): what is sent is accepted by policy, up to the amount `up_to`, of any
    amount if that is empty. Names, accounts, customers and budgets are always an approver's (domain.md §2). Two
    approvers (of `WITH_AMOUNTS`): what is above `second_above` two different people accept, and never a policy.
    """

    KINDS: ClassVar = (Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE)
    #: Whose records are worth something.
    WITH_AMOUNTS: ClassVar = (Kind.BUDGET, *KINDS)

    company = models.ForeignKey(Company, models.CASCADE, related_name="export_policies")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    direct_export = models.BooleanField(default=False)
    up_to = MoneyField(null=True, blank=True)
    second_above = MoneyField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "kind"], name="one_policy_a_kind"),
            models.CheckConstraint(
                condition=(Q(up_to=None) | Q(up_to__gt=0)) & (Q(second_above=None) | Q(second_above__gt=0)),
                name="amounts_of_a_policy_are_positive",
            ),
        ]
        verbose_name_plural = "export policies"

    def __str__(self) -> str:
        return f"{self.company}: {self.get_kind_display()}"

    def needs_two(self, amount: Decimal | None) -> bool:
        """Whether a record of this amount, either way, needs two approvers; one without an amount does, to be safe."""
        if self.second_above is None or self.kind not in self.WITH_AMOUNTS:
            return False
        return amount is None or abs(amount) > self.second_above

    def goes_directly(self, amount: Decimal | None) -> bool:
        """Whether a record of this amount, either way, goes without an approver when it is sent."""
        if not self.direct_export or self.kind not in self.KINDS or self.needs_two(amount):
            return False
        return self.up_to is None or (amount is not None and abs(amount) <= self.up_to)


class Turn(models.Model):
    """One record of many on which a person asked for an action at once: it waits for its turn, then goes or stays.

    `submission` is what the person saw of it, where it is decided on, `comment` why it is rejected. A record that stays
    has the sentence why.
    """

    batch = models.UUIDField(db_index=True)
    item = models.ForeignKey(ErpItem, models.CASCADE, related_name="turns")
    action = models.CharField(max_length=20, choices=Action.choices)
    submission = models.ForeignKey(Submission, models.PROTECT, null=True, related_name="+")
    comment = models.TextField(blank=True)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    why_not = models.TextField(blank=True)
    who = models.CharField(max_length=60, blank=True)
    where = models.CharField(max_length=255, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "item"], name="one_turn_an_item_and_batch")]
        indexes = [models.Index(fields=["asked_at"], condition=Q(done_at__isnull=True), name="turns_that_wait")]
        ordering: ClassVar[list[str]] = ["pk"]

    def __str__(self) -> str:
        return f"{self.get_action_display()}: {self.item}"

    @property
    def went(self) -> bool:
        """Whether the action was done because of this."""
        return self.done_at is not None and not self.why_not


class SavedView(models.Model):
    """A list of the inbox that a person keeps under a name: the query of its address. Only they see it."""

    member = models.ForeignKey(Membership, models.CASCADE, related_name="saved_views")
    name = models.CharField(max_length=40)
    query = models.CharField(max_length=300)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "name"], name="one_saved_view_a_name")]
        ordering: ClassVar[list[str]] = ["name"]

    def __str__(self) -> str:
        return self.name


class ListColumns(models.Model):
    """Which columns a person has chosen for the inbox, its piles and its files; who has no row has chosen nothing."""

    member = models.OneToOneField(Membership, models.CASCADE, related_name="+")
    keys = models.JSONField(default=list, blank=True)

    def __str__(self) -> str:
        return f"{self.member}: {', '.join(self.keys)}"


class Notice(models.Model):
    """Something that a person is told: in the console (`line`, opened at `path`), by mail (`to`, `subject`, `body`) or
    both, as they chose for its kind. Written with what causes it, so that none is lost.

    A mail is sent by the sweep, and neither is seen before `due_at`. `item` is the record that it is about, by which
    its mails hang together. A mail that nobody can choose away, such as an invite, has no `about`.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    member = models.ForeignKey(Membership, models.CASCADE, null=True, related_name="notices")
    item = models.ForeignKey(ErpItem, models.CASCADE, null=True, related_name="+")
    about = models.CharField(max_length=12, choices=About.choices, blank=True)
    in_console = models.BooleanField(default=False)
    line = models.CharField(max_length=400, blank=True)
    path = models.CharField(max_length=255, blank=True)
    read_at = models.DateTimeField(null=True, blank=True)
    by_mail = models.BooleanField(default=True)
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], condition=Q(sent_at__isnull=True, by_mail=True), name="mails_due"),
            models.Index(
                fields=["member", "-id"], condition=Q(in_console=True, read_at__isnull=True), name="notices_unread"
            ),
            models.Index(fields=["member", "-id"], condition=Q(in_console=True), name="notices_of_a_person"),
            models.Index(fields=["created_at"], name="notices_by_age"),
        ]

    def __str__(self) -> str:
        return self.line or f"{self.to}: {self.subject}"


class NoticeChoice(models.Model):
    """Where a person is told of one kind of thing; without a row it is as `abouts.at_first` says for their role."""

    member = models.ForeignKey(Membership, models.CASCADE, related_name="notice_choices")
    about = models.CharField(max_length=12, choices=About.choices)
    in_console = models.BooleanField()
    by_mail = models.BooleanField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["member", "about"], name="one_choice_a_kind_of_notice")]

    def __str__(self) -> str:
        return f"{self.member}: {self.get_about_display()}"


class Heartbeat(models.Model):
    """When a process that nobody sees was last known to live: a worker did something, beat asked for something."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}, {self.at:%Y-%m-%d %H:%M}"


class Alarm(models.Model):
    """Something that is not well with a company's exports and that its administrators were mailed about.

    It is deleted when it is well again, so that it is mailed about once each time.
    """

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    what = models.CharField(max_length=12)
    sentence = models.TextField()
    raised_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "what"], name="one_alarm_a_thing")]
        ordering: ClassVar[list[str]] = ["what"]

    def __str__(self) -> str:
        return f"{self.company}: {self.what}"


# Django finds the further rows of this app here.
import procore_sync.acceptance.webhooks.rows  # noqa: E402, F401

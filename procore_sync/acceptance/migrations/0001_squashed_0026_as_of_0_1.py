"""Every table as of 0.1 in one step, which 0001 to 0026 make one after another (ADR 53)."""

import uuid
from importlib import import_module

import django.db.models.deletion
import django.db.models.functions.datetime
import django.utils.timezone
from django.db import migrations, models

import procore_sync.kit.money
import procore_sync.kit.sealed

_0002 = import_module("procore_sync.acceptance.migrations.0002_journal_is_append_only")
_0006 = import_module("procore_sync.acceptance.migrations.0006_items_are_vacuumed_often")


class Migration(migrations.Migration):
    replaces = [
        ("acceptance", "0001_items_submissions_attempts_journal"),
        ("acceptance", "0002_journal_is_append_only"),
        ("acceptance", "0003_a_submission_is_closed_by_linking"),
        ("acceptance", "0004_private_items"),
        ("acceptance", "0005_counts_from_the_index"),
        ("acceptance", "0006_items_are_vacuumed_often"),
        ("acceptance", "0007_many_at_once"),
        ("acceptance", "0008_items_that_differ"),
        ("acceptance", "0009_heartbeats_and_alarms"),
        ("acceptance", "0010_over_at"),
        ("acceptance", "0011_crashes"),
        ("acceptance", "0012_attempts_by_the_databases_clock"),
        ("acceptance", "0013_an_acceptance_is_taken_back"),
        ("acceptance", "0014_saved_views"),
        ("acceptance", "0015_what_people_are_told"),
        ("acceptance", "0016_where_each_is_told_of_what"),
        ("acceptance", "0017_columns_of_the_list"),
        ("acceptance", "0018_choices_are_found_in_the_index"),
        ("acceptance", "0019_no_index_of_what_was_chosen_last"),
        ("acceptance", "0020_turns_carry_a_comment"),
        ("acceptance", "0021_told_to_review"),
        ("acceptance", "0022_amounts_of_a_policy"),
        ("acceptance", "0023_the_first_of_two_approvers"),
        ("acceptance", "0024_told_of_projects_and_breakdowns"),
        ("acceptance", "0025_webhooks"),
        ("acceptance", "0026_undecided_by_sender"),
    ]

    dependencies = [
        ("accounts", "0002_squashed_0011_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="JournalHead",
            fields=[
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="journal_head",
                        serialize=False,
                        to="accounts.company",
                    ),
                ),
                ("sequence", models.PositiveBigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="Endpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("url", models.CharField(max_length=500)),
                ("kinds", models.JSONField(blank=True, default=list)),
                ("happenings", models.JSONField(blank=True, default=list)),
                ("secret", procore_sync.kit.sealed.EncryptedTextField()),
                ("old_secret", procore_sync.kit.sealed.EncryptedTextField(blank=True)),
                ("old_secret_until", models.DateTimeField(blank=True, null=True)),
                (
                    "state",
                    models.CharField(
                        choices=[("on", "On"), ("off", "Switched off"), ("paused", "Paused")],
                        default="on",
                        max_length=6,
                    ),
                ),
                ("why_paused", models.TextField(blank=True)),
                ("told_up_to", models.PositiveBigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("failing_since", models.DateTimeField(blank=True, null=True)),
                ("waits_until", models.DateTimeField(blank=True, null=True)),
                ("turn_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="webhook_endpoints",
                        to="accounts.company",
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="ErpItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cost_code", "Cost code"),
                            ("vendor", "Vendor"),
                            ("project", "Project"),
                            ("budget", "Budget"),
                            ("commitment", "Commitment"),
                            ("change_order", "Change order"),
                            ("invoice", "Subcontractor invoice"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("not_sent", "Not sent"),
                            ("sent", "With accounting"),
                            ("retrieved", "Retrieved"),
                            ("rejected", "Rejected"),
                            ("exporting", "Exporting"),
                            ("failed", "Failed"),
                            ("synced", "Synced"),
                        ],
                        default="not_sent",
                        editable=False,
                        max_length=12,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("synced_revision", models.PositiveIntegerField(blank=True, null=True)),
                ("label", models.CharField(max_length=255)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("amount", procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("external_ref", models.CharField(blank=True, max_length=120, null=True)),
                ("differs", models.BooleanField(default=False, editable=False)),
                ("is_private", models.BooleanField(default=False)),
                ("status_changed_at", models.DateTimeField(auto_now_add=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("updated_at", models.DateTimeField(auto_now=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="erp_items", to="accounts.company"
                    ),
                ),
                (
                    "created_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="of_project",
                        to="acceptance.erpitem",
                    ),
                ),
                ("readers", models.ManyToManyField(blank=True, related_name="+", to="accounts.membership")),
                ("requires", models.ManyToManyField(blank=True, related_name="required_by", to="acceptance.erpitem")),
            ],
            options={
                "indexes": [
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
                    models.Index(
                        fields=["company", "kind", "status", "is_private", "synced_revision", "revision"],
                        name="inbox_by_kind",
                    ),
                    models.Index(
                        condition=models.Q(("is_private", True)),
                        fields=["company", "kind", "status"],
                        name="private_items",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "kind", "external_ref"), name="one_item_an_external_ref"
                    ),
                    models.CheckConstraint(condition=models.Q(("revision__gte", 1)), name="item_revision_from_one"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ("sequence", models.PositiveBigIntegerField(null=True)),
                ("happening", models.CharField(max_length=14)),
                ("body", models.TextField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("delivered", "Delivered"), ("given_up", "Given up")],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("tried_since", models.DateTimeField(blank=True, null=True)),
                ("tried_at", models.DateTimeField(blank=True, null=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("answer_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("answer", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                (
                    "endpoint",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="acceptance.endpoint"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="acceptance.erpitem",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")), fields=["endpoint", "id"], name="messages_that_wait"
                    ),
                    models.Index(
                        condition=models.Q(("state", "waiting"), _negated=True),
                        fields=["ended_at"],
                        name="messages_by_end",
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("endpoint", "sequence"), name="one_message_an_event")],
            },
        ),
        migrations.CreateModel(
            name="ExportPolicy",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cost_code", "Cost code"),
                            ("vendor", "Vendor"),
                            ("project", "Project"),
                            ("budget", "Budget"),
                            ("commitment", "Commitment"),
                            ("change_order", "Change order"),
                            ("invoice", "Subcontractor invoice"),
                        ],
                        max_length=20,
                    ),
                ),
                ("direct_export", models.BooleanField(default=False)),
                ("up_to", procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True)),
                (
                    "second_above",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="export_policies",
                        to="accounts.company",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "export policies",
                "constraints": [
                    models.UniqueConstraint(fields=("company", "kind"), name="one_policy_a_kind"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("up_to", None), ("up_to__gt", 0), _connector="OR"),
                            models.Q(("second_above", None), ("second_above__gt", 0), _connector="OR"),
                        ),
                        name="amounts_of_a_policy_are_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ListColumns",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("keys", models.JSONField(blank=True, default=list)),
                (
                    "member",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("rejected", "A record you sent is rejected"),
                            ("project_back", "Another approver rejects a project"),
                            ("accepted", "A record you sent is accepted"),
                            ("synced", "A record you sent is in QuickBooks"),
                            ("failed", "An export stops and needs a person"),
                            ("came_back", "A rejected record is sent again"),
                            ("mention", "Somebody mentions you in a comment"),
                            ("drift", "A record is changed in QuickBooks"),
                            ("submitted", "An application or a breakdown is submitted for review"),
                            ("to_review", "A change order waits for your review"),
                            ("returned", "An application or a breakdown is to be revised"),
                            ("health", "QuickBooks needs a sign-in, or something is not well"),
                            ("digest", "The daily summary of what waits for you"),
                        ],
                        max_length=12,
                    ),
                ),
                ("in_console", models.BooleanField(default=False)),
                ("line", models.CharField(blank=True, max_length=400)),
                ("path", models.CharField(blank=True, max_length=255)),
                ("read_at", models.DateTimeField(blank=True, null=True)),
                ("by_mail", models.BooleanField(default=True)),
                ("to", models.EmailField(max_length=254)),
                ("subject", models.CharField(max_length=200)),
                ("body", models.TextField()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("failure", models.TextField(blank=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="acceptance.erpitem",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("by_mail", True), ("sent_at__isnull", True)),
                        fields=["created_at"],
                        name="mails_due",
                    ),
                    models.Index(
                        condition=models.Q(("in_console", True), ("read_at__isnull", True)),
                        fields=["member", "-id"],
                        name="notices_unread",
                    ),
                    models.Index(
                        condition=models.Q(("in_console", True)), fields=["member", "-id"], name="notices_of_a_person"
                    ),
                    models.Index(fields=["created_at"], name="notices_by_age"),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoticeChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "about",
                    models.CharField(
                        choices=[
                            ("rejected", "A record you sent is rejected"),
                            ("project_back", "Another approver rejects a project"),
                            ("accepted", "A record you sent is accepted"),
                            ("synced", "A record you sent is in QuickBooks"),
                            ("failed", "An export stops and needs a person"),
                            ("came_back", "A rejected record is sent again"),
                            ("mention", "Somebody mentions you in a comment"),
                            ("drift", "A record is changed in QuickBooks"),
                            ("submitted", "An application or a breakdown is submitted for review"),
                            ("to_review", "A change order waits for your review"),
                            ("returned", "An application or a breakdown is to be revised"),
                            ("health", "QuickBooks needs a sign-in, or something is not well"),
                            ("digest", "The daily summary of what waits for you"),
                        ],
                        max_length=12,
                    ),
                ),
                ("in_console", models.BooleanField()),
                ("by_mail", models.BooleanField()),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notice_choices",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("member", "about"), name="one_choice_a_kind_of_notice")
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40)),
                ("query", models.CharField(max_length=300)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="saved_views",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["name"],
                "constraints": [models.UniqueConstraint(fields=("member", "name"), name="one_saved_view_a_name")],
            },
        ),
        migrations.CreateModel(
            name="Submission",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("revision", models.PositiveIntegerField()),
                ("document", models.JSONField()),
                ("digest", models.CharField(max_length=64)),
                ("sent_at", models.DateTimeField(auto_now_add=True)),
                (
                    "decision",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Undecided"),
                            ("accepted", "Accepted"),
                            ("rejected", "Rejected"),
                            ("retrieved", "Retrieved"),
                            ("linked", "Linked instead"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("comment", models.TextField(blank=True)),
                ("first_at", models.DateTimeField(blank=True, editable=False, null=True)),
                ("first_choices", models.JSONField(blank=True, default=dict, editable=False)),
                ("first_posting", models.CharField(blank=True, editable=False, max_length=64)),
                ("choices", models.JSONField(blank=True, default=dict)),
                ("posting", models.JSONField(blank=True, default=dict)),
                (
                    "work",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Nothing to do"),
                            ("due", "Due"),
                            ("flying", "On its way"),
                            ("uncertain", "Uncertain"),
                            ("waiting", "Waiting"),
                            ("parked", "Needs a person"),
                            ("done", "Done"),
                        ],
                        default="",
                        max_length=10,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("rung_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("over_at", models.DateTimeField(blank=True, null=True)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("lane", models.CharField(blank=True, max_length=64)),
                ("request_id", models.CharField(blank=True, max_length=50)),
                ("generation", models.PositiveIntegerField(default=0)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("absences", models.PositiveIntegerField(default=0)),
                ("crashes", models.PositiveIntegerField(default=0)),
                ("reason", models.TextField(blank=True)),
                ("cure_by", models.CharField(blank=True, max_length=40)),
                ("cure_url", models.CharField(blank=True, max_length=255)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "first_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="submissions", to="acceptance.erpitem"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("work__in", ["due", "uncertain", "waiting"])),
                        fields=["due_at", "id"],
                        name="submissions_due",
                    ),
                    models.Index(
                        condition=models.Q(("work", "flying")), fields=["lease_until"], name="submissions_leased"
                    ),
                    models.Index(
                        condition=models.Q(("decision", ""), ("first_by__isnull", False)),
                        fields=["first_by", "item"],
                        name="submissions_accepted_once",
                    ),
                    models.Index(
                        condition=models.Q(("decision", "")), fields=["sent_by", "item"], name="submissions_undecided"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("item", "number"), name="submissions_are_numbered"),
                    models.UniqueConstraint(
                        condition=models.Q(("decision", "")), fields=("item",), name="one_open_submission_an_item"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("work__in", ["flying", "uncertain"])),
                        fields=("lane",),
                        name="one_flight_a_lane",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decision", "accepted"), ("first_by", models.F("decided_by")), _negated=True
                        ),
                        name="two_approvers_are_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveBigIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("send", "Send to accounting"),
                            ("retrieve", "Retrieve"),
                            ("accept", "Accept"),
                            ("accept_first", "Accept, first of two"),
                            ("undo", "Take back"),
                            ("reject", "Reject"),
                            ("confirm", "Confirm"),
                            ("fail", "Fail"),
                            ("retry", "Try again"),
                            ("link", "Link"),
                            ("unlink", "Unlink"),
                            ("remark", "Remark"),
                            ("comment", "Comment"),
                        ],
                        max_length=20,
                    ),
                ),
                (
                    "from_status",
                    models.CharField(
                        choices=[
                            ("not_sent", "Not sent"),
                            ("sent", "With accounting"),
                            ("retrieved", "Retrieved"),
                            ("rejected", "Rejected"),
                            ("exporting", "Exporting"),
                            ("failed", "Failed"),
                            ("synced", "Synced"),
                        ],
                        max_length=12,
                    ),
                ),
                (
                    "to_status",
                    models.CharField(
                        choices=[
                            ("not_sent", "Not sent"),
                            ("sent", "With accounting"),
                            ("retrieved", "Retrieved"),
                            ("rejected", "Rejected"),
                            ("exporting", "Exporting"),
                            ("failed", "Failed"),
                            ("synced", "Synced"),
                        ],
                        max_length=12,
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("detail", models.JSONField(default=dict)),
                ("previous_hash", models.CharField(blank=True, max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="acceptance.erpitem"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="acceptance.submission",
                    ),
                ),
            ],
            options={
                "ordering": ["sequence"],
                "constraints": [models.UniqueConstraint(fields=("company", "sequence"), name="one_event_a_sequence")],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("act", models.CharField(max_length=8)),
                ("fence", models.PositiveIntegerField()),
                ("request_id", models.CharField(max_length=50)),
                (
                    "started_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("done", "Done"),
                            ("absent", "Not there"),
                            ("throttled", "Throttled"),
                            ("not_sent", "Not sent"),
                            ("unknown", "Unknown"),
                            ("refused", "Refused"),
                            ("disconnected", "Disconnected"),
                        ],
                        max_length=14,
                    ),
                ),
                ("sentence", models.TextField(blank=True)),
                ("http_status", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("fault_code", models.CharField(blank=True, max_length=20)),
                ("intuit_tid", models.CharField(blank=True, max_length=80)),
                ("elapsed_ms", models.PositiveIntegerField(blank=True, null=True)),
                ("asked", models.JSONField(blank=True, default=dict)),
                ("answered", models.JSONField(blank=True, default=dict)),
                (
                    "submission",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="attempts", to="acceptance.submission"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [models.UniqueConstraint(fields=("submission", "number"), name="attempts_are_numbered")],
            },
        ),
        migrations.CreateModel(
            name="Turn",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("batch", models.UUIDField(db_index=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("send", "Send to accounting"),
                            ("retrieve", "Retrieve"),
                            ("accept", "Accept"),
                            ("accept_first", "Accept, first of two"),
                            ("undo", "Take back"),
                            ("reject", "Reject"),
                            ("confirm", "Confirm"),
                            ("fail", "Fail"),
                            ("retry", "Try again"),
                            ("link", "Link"),
                            ("unlink", "Unlink"),
                            ("remark", "Remark"),
                            ("comment", "Comment"),
                        ],
                        max_length=20,
                    ),
                ),
                ("comment", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField(auto_now_add=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("why_not", models.TextField(blank=True)),
                ("who", models.CharField(blank=True, max_length=60)),
                ("where", models.CharField(blank=True, max_length=255)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="turns", to="acceptance.erpitem"
                    ),
                ),
                (
                    "submission",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="acceptance.submission",
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("done_at__isnull", True)), fields=["asked_at"], name="turns_that_wait"
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("batch", "item"), name="one_turn_an_item_and_batch")],
            },
        ),
        migrations.CreateModel(
            name="Alarm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=12)),
                ("sentence", models.TextField()),
                ("raised_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["what"],
                "constraints": [models.UniqueConstraint(fields=("company", "what"), name="one_alarm_a_thing")],
            },
        ),
        migrations.RunPython(
            code=_0002.forward,
            reverse_code=_0002.backward,
        ),
        migrations.RunPython(
            code=_0006.forward,
            reverse_code=_0006.backward,
        ),
    ]

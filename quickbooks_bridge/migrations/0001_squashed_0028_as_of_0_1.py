"""Every table as of 0.1 in one step, which 0001 to 0028 make one after another (ADR 53)."""

from decimal import Decimal
from importlib import import_module

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import procore_sync.kit.clock
import procore_sync.kit.money
import procore_sync.kit.sealed

_0009 = import_module("quickbooks_bridge.migrations.0009_tie_outs_are_append_only")
_0019 = import_module("quickbooks_bridge.migrations.0019_onboarding_entries_are_append_only")
_0024 = import_module("quickbooks_bridge.migrations.0024_month_ends_are_append_only")


class Migration(migrations.Migration):
    replaces = [
        ("quickbooks_bridge", "0001_connection_links_names"),
        ("quickbooks_bridge", "0002_job_cost_cursors"),
        ("quickbooks_bridge", "0003_retainage_item"),
        ("quickbooks_bridge", "0004_document_being_replaced"),
        ("quickbooks_bridge", "0005_ledger_bills"),
        ("quickbooks_bridge", "0006_tax_codes"),
        ("quickbooks_bridge", "0007_payments_read"),
        ("quickbooks_bridge", "0008_tie_outs"),
        ("quickbooks_bridge", "0009_tie_outs_are_append_only"),
        ("quickbooks_bridge", "0010_watching"),
        ("quickbooks_bridge", "0011_drift"),
        ("quickbooks_bridge", "0012_ledger_is_ahead"),
        ("quickbooks_bridge", "0013_reconciliation"),
        ("quickbooks_bridge", "0014_renewed_at"),
        ("quickbooks_bridge", "0015_end_notices"),
        ("quickbooks_bridge", "0016_onboarding_and_cap_of_a_connection"),
        ("quickbooks_bridge", "0017_opening_documents"),
        ("quickbooks_bridge", "0018_onboarding_entries"),
        ("quickbooks_bridge", "0019_onboarding_entries_are_append_only"),
        ("quickbooks_bridge", "0020_places_under_a_cap"),
        ("quickbooks_bridge", "0021_class_needed"),
        ("quickbooks_bridge", "0022_usual_classes_and_locations"),
        ("quickbooks_bridge", "0023_month_end_statements"),
        ("quickbooks_bridge", "0024_month_ends_are_append_only"),
        ("quickbooks_bridge", "0025_papers_needed"),
        ("quickbooks_bridge", "0026_links_and_readings_by_the_databases_clock"),
        ("quickbooks_bridge", "0027_files_of_bills"),
        ("quickbooks_bridge", "0028_class_of_orders"),
    ]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
        ("invoices", "0001_squashed_0006_as_of_0_1"),
        ("projects", "0001_squashed_0006_as_of_0_1"),
        ("vendors", "0001_squashed_0003_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="WebhookDelivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("body", models.TextField()),
                (
                    "shape",
                    models.CharField(
                        choices=[
                            ("cloudevents", "CloudEvents"),
                            ("legacy", "Event notifications, the format before July 2026"),
                            ("unreadable", "Not readable"),
                        ],
                        max_length=12,
                    ),
                ),
                ("times", models.PositiveIntegerField(default=1)),
                ("received_at", models.DateTimeField(auto_now_add=True, db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="CapPlace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14)),
                ("taken_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="acceptance.erpitem"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("realm_id", models.CharField(max_length=32, unique=True)),
                ("company_name", models.CharField(blank=True, max_length=255)),
                ("country", models.CharField(blank=True, max_length=3)),
                ("environment", models.CharField(max_length=16)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("connected", "Connected"),
                            ("disconnected", "Disconnected"),
                            ("needs_login", "Needs a new sign-in"),
                        ],
                        default="connected",
                        max_length=12,
                    ),
                ),
                ("why", models.TextField(blank=True)),
                ("access_token", procore_sync.kit.sealed.EncryptedTextField(blank=True)),
                ("refresh_token", procore_sync.kit.sealed.EncryptedTextField(blank=True)),
                ("access_expires_at", models.DateTimeField(null=True)),
                ("refresh_expires_at", models.DateTimeField(null=True)),
                ("hard_expires_at", models.DateTimeField(null=True)),
                ("renewed_at", models.DateTimeField(null=True)),
                ("token_version", models.PositiveIntegerField(default=1)),
                ("refreshing_until", models.DateTimeField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("pause_reason", models.TextField(blank=True)),
                ("is_halted", models.BooleanField(default=False)),
                ("looked_at", models.DateTimeField(null=True)),
                ("looking_until", models.DateTimeField(null=True)),
                ("ahead", models.PositiveIntegerField(default=0)),
                ("last_good_call_at", models.DateTimeField(null=True)),
                (
                    "customer_mode",
                    models.CharField(
                        choices=[
                            ("jobs_under_customers", "Each project is a job under a customer"),
                            ("customers_are_jobs", "Each project is a customer of its own"),
                        ],
                        default="jobs_under_customers",
                        max_length=24,
                    ),
                ),
                ("features", models.JSONField(default=dict)),
                ("class_needed", models.BooleanField(default=False)),
                ("location_needed", models.BooleanField(default=False)),
                ("papers_needed", models.BooleanField(default=False)),
                ("files_go", models.BooleanField(default=False)),
                ("files_since", models.DateTimeField(null=True)),
                ("connected_at", models.DateTimeField(null=True)),
                ("is_onboarding", models.BooleanField(default=False)),
                ("onboards_from", models.DateField(blank=True, null=True)),
                ("cap_documents", models.PositiveIntegerField(blank=True, null=True)),
                (
                    "cap_amount",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="quickbooks", to="accounts.company"
                    ),
                ),
                (
                    "connected_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerName",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                ("name", models.CharField(max_length=500)),
                ("fully_qualified_name", models.CharField(blank=True, max_length=1000)),
                ("matching", models.CharField(blank=True, max_length=500)),
                ("level", models.PositiveSmallIntegerField(default=0)),
                ("detail", models.JSONField(default=dict)),
                ("active", models.BooleanField(default=True)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("seen_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["company", "entity", "name"], name="ledger_names_by_name"),
                    models.Index(fields=["company", "matching"], name="ledger_names_by_matching"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity", "remote_id"), name="one_name_a_ledger_record")
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportCandidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("archived_at", models.DateTimeField(null=True)),
                (
                    "archived_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                ("dismissed", models.ManyToManyField(blank=True, related_name="+", to="acceptance.erpitem")),
                (
                    "ledger_name",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="candidate",
                        to="quickbooks_bridge.ledgername",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="LedgerOrder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[("", "Standing"), ("voided", "Voided"), ("deleted", "Deleted")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("party_id", models.CharField(blank=True, max_length=32)),
                ("job_ids", models.JSONField(default=list)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("day", models.DateField(null=True)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14)),
                ("is_closed", models.BooleanField(default=False)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("changed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity", "remote_id"), name="one_row_a_ledger_order")
                ],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("name", models.CharField(blank=True, max_length=255)),
                ("fingerprint", models.CharField(blank=True, max_length=64)),
                ("seen", models.JSONField(default=dict)),
                ("ignored", models.CharField(blank=True, max_length=64)),
                ("replaced", models.JSONField(blank=True, default=dict)),
                ("total", procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                (
                    "health",
                    models.CharField(
                        choices=[
                            ("ok", "As we sent it"),
                            ("drifted", "Changed in QuickBooks"),
                            ("missing", "Not in QuickBooks any more"),
                            ("voided", "Voided in QuickBooks"),
                            ("merged", "Merged into another in QuickBooks"),
                            ("inactive", "Made inactive in QuickBooks"),
                            ("accepted", "As QuickBooks has it, accepted here"),
                        ],
                        default="ok",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ledger_link", to="acceptance.erpitem"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "entity", "remote_id"), name="one_item_a_ledger_document"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="HeardInFlight",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("remote_id", models.CharField(max_length=32)),
                ("document", models.JSONField(default=dict)),
                ("into_id", models.CharField(blank=True, max_length=32)),
                ("heard_by", models.CharField(max_length=40)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="quickbooks_bridge.link"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Drift",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                ("name", models.CharField(blank=True, max_length=255)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("changed", "Changed"),
                            ("deleted", "Deleted"),
                            ("voided", "Voided"),
                            ("inactive", "Made inactive"),
                            ("merged", "Merged into another"),
                            ("closed", "Closed by hand"),
                            ("unapplied", "A payment was taken off"),
                        ],
                        max_length=9,
                    ),
                ),
                ("fields", models.JSONField(default=list)),
                ("theirs", models.JSONField(default=dict)),
                (
                    "theirs_total",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                ("state", models.CharField(max_length=64)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("into_id", models.CharField(blank=True, max_length=32)),
                ("touches", models.JSONField(default=list)),
                ("changed_at", models.DateTimeField(null=True)),
                ("changed_by", models.CharField(blank=True, max_length=120)),
                ("heard_by", models.CharField(max_length=40)),
                ("heard_at", models.DateTimeField()),
                (
                    "answer",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Open"),
                            ("accepted", "Theirs was accepted"),
                            ("sent", "Ours was sent again"),
                            ("relinked", "Linked to another"),
                            ("followed", "The merge was followed"),
                            ("unlinked", "Unlinked"),
                            ("ignored", "Ignored this once"),
                            ("ended", "Changed back in QuickBooks"),
                            ("overtaken", "Overtaken by a later export"),
                        ],
                        default="",
                        max_length=9,
                    ),
                ),
                ("answered_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "answered_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="drifts", to="acceptance.erpitem"
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="drifts",
                        to="quickbooks_bridge.link",
                    ),
                ),
            ],
            options={
                "ordering": ["-heard_at", "-pk"],
                "indexes": [
                    models.Index(
                        condition=models.Q(("answer", "")), fields=["company", "-heard_at"], name="open_drifts"
                    ),
                    models.Index(condition=models.Q(("what", "merged")), fields=["company", "entity"], name="merges"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("answer", "")), fields=("link",), name="one_open_drift_a_link"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LinkWatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("due_at", models.DateTimeField(db_index=True)),
                (
                    "link",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="watch", to="quickbooks_bridge.link"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Mapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "thing",
                    models.CharField(
                        choices=[
                            ("income_account", "Income account of new cost codes"),
                            ("expense_account", "Expense account of new cost codes"),
                            ("terms", "Terms of new vendors"),
                            ("retainage_item", "Retainage item"),
                            ("work_tax_code", "Tax code of work"),
                            ("retainage_tax_code", "Tax code of retainage"),
                            ("class", "Class of orders and bills"),
                            ("location", "Location of bills"),
                        ],
                        max_length=24,
                    ),
                ),
                ("key", models.CharField(blank=True, max_length=120)),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "thing", "key"), name="one_mapping_a_thing")
                ],
            },
        ),
        migrations.CreateModel(
            name="MonthEndStatement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("remark", models.TextField(blank=True)),
                ("figures", models.JSONField()),
                ("signed_at", models.DateTimeField(auto_now_add=True)),
                ("digest", models.CharField(max_length=64)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "ordering": ["-month", "-pk"],
                "abstract": False,
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("month__day", 1)), name="a_month_end_is_of_a_month")
                ],
            },
        ),
        migrations.CreateModel(
            name="OnboardingEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "step",
                    models.CharField(
                        choices=[
                            ("begun", "Matching began"),
                            ("signed", "Signed: sending may begin"),
                            ("skipped", "Skipped"),
                            ("dry_run", "Dry run"),
                            ("capped", "Cap set"),
                            ("lifted", "Cap lifted"),
                        ],
                        max_length=8,
                    ),
                ),
                ("remark", models.TextField(blank=True)),
                ("figures", models.JSONField(default=dict)),
                ("at", models.DateTimeField(auto_now_add=True)),
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "onboarding entries",
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="OpeningCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("last_id", models.CharField(blank=True, max_length=32)),
                ("window_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("restarts", models.PositiveSmallIntegerField(default=0)),
                ("done_in", models.PositiveBigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity"), name="one_opening_cursor_an_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[("", "Standing"), ("voided", "Voided"), ("deleted", "Deleted")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("matching", models.CharField(blank=True, max_length=64)),
                ("party_id", models.CharField(blank=True, max_length=32)),
                ("party", models.CharField(blank=True, max_length=500)),
                ("day", models.DateField(null=True)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14)),
                ("job_ids", models.JSONField(default=list)),
                ("document", models.JSONField(default=dict)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("seen_at", models.DateTimeField()),
                ("set_aside_at", models.DateTimeField(blank=True, null=True)),
                ("set_aside_why", models.TextField(blank=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                ("dismissed", models.ManyToManyField(blank=True, related_name="+", to="acceptance.erpitem")),
                (
                    "set_aside_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["entity", "day", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "entity", "remote_id"), name="one_row_an_opening_document"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OpeningReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fence", models.PositiveIntegerField(default=1)),
                ("leased_until", models.DateTimeField()),
                ("began_at", models.DateTimeField(default=procore_sync.kit.clock.database_time, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reads", models.PositiveIntegerField(default=0)),
                ("documents", models.PositiveIntegerField(default=0)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=200)),
                ("error", models.TextField(blank=True)),
                (
                    "asked_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("company",),
                        name="one_open_opening_reading_a_company",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OrderCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("last_id", models.CharField(blank=True, max_length=32)),
                ("window_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("restarts", models.PositiveSmallIntegerField(default=0)),
                ("done_in", models.PositiveBigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity"), name="one_order_cursor_an_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("last_id", models.CharField(blank=True, max_length=32)),
                ("window_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("restarts", models.PositiveSmallIntegerField(default=0)),
                ("done_in", models.PositiveBigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity"), name="one_payment_cursor_an_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentReading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fence", models.PositiveIntegerField(default=1)),
                ("leased_until", models.DateTimeField()),
                ("began_at", models.DateTimeField(default=procore_sync.kit.clock.database_time, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reads", models.PositiveIntegerField(default=0)),
                ("documents", models.PositiveIntegerField(default=0)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=200)),
                ("error", models.TextField(blank=True)),
                (
                    "asked_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("company",),
                        name="one_open_payment_reading_a_company",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PaymentSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "hours",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Never"),
                            (1, "Every hour"),
                            (2, "Every 2 hours"),
                            (4, "Every 4 hours"),
                            (24, "Every day"),
                        ],
                        default=1,
                        verbose_name="read payments",
                    ),
                ),
                ("since", models.DateField(verbose_name="take payments dated from")),
                ("began_at", models.DateTimeField()),
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="payment_schedule",
                        to="accounts.company",
                    ),
                ),
                (
                    "set_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ReadCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("purpose", models.CharField(max_length=60)),
                ("reads", models.PositiveIntegerField(default=0)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-reads", "purpose"],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "day", "purpose"), name="one_count_a_purpose")
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fence", models.PositiveIntegerField(default=1)),
                ("leased_until", models.DateTimeField()),
                ("began_at", models.DateTimeField(default=procore_sync.kit.clock.database_time, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reads", models.PositiveIntegerField(default=0)),
                ("documents", models.PositiveIntegerField(default=0)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=200)),
                ("error", models.TextField(blank=True)),
                ("projects", models.PositiveIntegerField(default=0)),
                ("vendors", models.PositiveIntegerField(default=0)),
                ("differing", models.PositiveIntegerField(default=0)),
                ("fresh", models.PositiveIntegerField(default=0)),
                ("not_ours", models.PositiveIntegerField(default=0)),
                (
                    "asked_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("company",), name="one_open_run_a_company"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReconciliationRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("scope", models.CharField(choices=[("project", "Project"), ("vendor", "Vendor")], max_length=7)),
                ("name", models.CharField(max_length=255)),
                ("ours", models.JSONField()),
                ("theirs", models.JSONField()),
                ("difference", models.JSONField()),
                ("unexplained", models.JSONField()),
                ("differs", models.BooleanField()),
                ("since", models.DateTimeField(null=True)),
                ("causes", models.JSONField(default=list)),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor"
                    ),
                ),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rows",
                        to="quickbooks_bridge.reconciliationrun",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["run", "scope"], name="rows_of_a_run")],
            },
        ),
        migrations.CreateModel(
            name="ForeignDocument",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("day", models.DateField(null=True)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("balance", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("party", models.CharField(blank=True, max_length=500)),
                ("why", models.TextField()),
                ("found_at", models.DateTimeField()),
                ("put_away_at", models.DateTimeField(null=True)),
                ("put_away_total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.project"
                    ),
                ),
                (
                    "put_away_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="vendors.vendor"
                    ),
                ),
                (
                    "found_in",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="quickbooks_bridge.reconciliationrun",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "-day", "-id"], name="foreign_documents_by_day")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "entity", "remote_id"), name="one_row_a_foreign_document"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sweep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("fence", models.PositiveIntegerField(default=1)),
                ("leased_until", models.DateTimeField()),
                ("began_at", models.DateTimeField(default=procore_sync.kit.clock.database_time, editable=False)),
                ("ended_at", models.DateTimeField(null=True)),
                ("reads", models.PositiveIntegerField(default=0)),
                ("documents", models.PositiveIntegerField(default=0)),
                ("lines", models.PositiveIntegerField(default=0)),
                ("step", models.CharField(blank=True, max_length=200)),
                ("error", models.TextField(blank=True)),
                (
                    "asked_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)), fields=("company",), name="one_open_sweep"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TieOutSignOff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("month", models.DateField()),
                ("remark", models.TextField(blank=True)),
                ("figures", models.JSONField()),
                ("signed_at", models.DateTimeField(auto_now_add=True)),
                ("ties", models.BooleanField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tie_outs", to="projects.project"
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "ordering": ["-month", "-pk"],
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="WatchCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("last_id", models.CharField(blank=True, max_length=32)),
                ("window_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("restarts", models.PositiveSmallIntegerField(default=0)),
                ("done_in", models.PositiveBigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity"), name="one_watch_cursor_an_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="WebhookEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("realm_id", models.CharField(max_length=32)),
                ("event_id", models.CharField(blank=True, max_length=128)),
                ("entity", models.CharField(max_length=40)),
                ("remote_id", models.CharField(max_length=40)),
                ("operation", models.CharField(max_length=16)),
                ("into_id", models.CharField(blank=True, max_length=40)),
                ("happened_at", models.DateTimeField()),
                ("heard_at", models.DateTimeField(auto_now_add=True)),
                ("read_at", models.DateTimeField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="quickbooks_bridge.webhookdelivery",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("read_at", None)), fields=["company"], name="events_to_be_read")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("realm_id", "entity", "remote_id", "operation", "happened_at"),
                        name="one_event_a_change",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("event_id", ""), _negated=True),
                        fields=("realm_id", "event_id", "entity", "remote_id"),
                        name="one_event_an_id",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("size", models.PositiveIntegerField()),
                ("realm_id", models.CharField(max_length=32)),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "On its way to QuickBooks"),
                            ("sending", "Being sent to QuickBooks"),
                            ("unknown", "Being looked for in QuickBooks"),
                            ("there", "In QuickBooks"),
                            ("refused", "Refused"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("mark", models.CharField(max_length=120)),
                ("request_id", models.CharField(max_length=50)),
                ("attachable_id", models.CharField(blank=True, max_length=32)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("fence", models.PositiveIntegerField(default=0)),
                ("lease_until", models.DateTimeField(null=True)),
                ("due_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("sentence", models.TextField(blank=True)),
                ("intuit_tid", models.CharField(blank=True, max_length=80)),
                ("changed_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="invoices.invoicefile",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="acceptance.erpitem"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "indexes": [models.Index(fields=["company", "state", "due_at"], name="bill_files_by_state")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("file", "realm_id", "entity", "remote_id"), name="one_row_a_file_and_bill"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CostCursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("whole_at", models.DateTimeField(null=True)),
                ("position", models.PositiveIntegerField(default=0)),
                ("last_id", models.CharField(blank=True, max_length=32)),
                ("window_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("began_at", models.DateTimeField(null=True)),
                ("restarts", models.PositiveSmallIntegerField(default=0)),
                ("done_in", models.PositiveBigIntegerField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "abstract": False,
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity"), name="one_cost_cursor_an_entity")
                ],
            },
        ),
        migrations.CreateModel(
            name="Cursor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("changed_since", models.DateTimeField(null=True)),
                ("full_at", models.DateTimeField(null=True)),
                ("last_run_at", models.DateTimeField(null=True)),
                ("error", models.TextField(blank=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "ordering": ["entity"],
                "constraints": [models.UniqueConstraint(fields=("company", "entity"), name="one_cursor_an_entity")],
            },
        ),
        migrations.CreateModel(
            name="EndNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "of",
                    models.CharField(
                        choices=[("unused", "Not renewed for 100 days"), ("five_years", "Five years old")],
                        max_length=10,
                    ),
                ),
                ("ends_on", models.DateField()),
                ("days", models.PositiveSmallIntegerField()),
                ("told_at", models.DateTimeField(auto_now_add=True)),
                (
                    "connection",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="quickbooks_bridge.connection"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("connection", "of", "ends_on", "days"), name="one_notice_an_end_and_day"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerBill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(default="Bill", max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[("", "Standing"), ("voided", "Voided"), ("deleted", "Deleted")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("vendor_id", models.CharField(max_length=32)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("matching", models.CharField(blank=True, max_length=64)),
                ("day", models.DateField(null=True)),
                ("due", models.DateField(null=True)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("tax", procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14)),
                ("gross", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "retainage",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                (
                    "released",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                ("balance", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("job_ids", models.JSONField(default=list)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("changed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["company", "vendor_id", "matching"], name="ledger_bills_by_number")],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "entity", "remote_id"), name="one_row_a_ledger_bill")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerBillPayment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("remote_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        blank=True,
                        choices=[("", "Standing"), ("voided", "Voided"), ("deleted", "Deleted")],
                        default="",
                        max_length=7,
                    ),
                ),
                ("vendor_id", models.CharField(blank=True, max_length=32)),
                ("method", models.CharField(blank=True, max_length=11)),
                ("number", models.CharField(blank=True, max_length=64)),
                ("day", models.DateField(null=True)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14)),
                (
                    "credits",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                ("memo", models.TextField(blank=True)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("lines", models.JSONField(default=list)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("entered_at", models.DateTimeField(null=True)),
                ("changed_at", models.DateTimeField(null=True)),
                ("seen_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("company", "remote_id"), name="one_row_a_ledger_bill_payment")
                ],
            },
        ),
        migrations.CreateModel(
            name="LedgerFinding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entity", models.CharField(max_length=20)),
                ("remote_id", models.CharField(max_length=32)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("unlinked", "Not linked here"),
                            ("newer", "Newer in QuickBooks than here"),
                            ("unknown", "No such record here"),
                            ("named", "Same name, and made since"),
                        ],
                        max_length=8,
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=255)),
                ("party", models.CharField(blank=True, max_length=255)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14, null=True)),
                ("document", models.JSONField()),
                ("against", models.TextField(blank=True)),
                ("found_at", models.DateTimeField()),
                (
                    "settled",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Open"),
                            ("linked", "Linked"),
                            ("put_away", "Said not to be ours"),
                            ("known", "Known here meanwhile"),
                        ],
                        default="",
                        max_length=8,
                    ),
                ),
                ("settled_at", models.DateTimeField(null=True)),
                ("note", models.TextField(blank=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="acceptance.erpitem",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-found_at", "pk"],
                "indexes": [
                    models.Index(condition=models.Q(("settled", "")), fields=["company"], name="open_ledger_findings")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "entity", "remote_id", "number", "revision"), name="one_finding_a_mark"
                    )
                ],
            },
        ),
        migrations.RunPython(
            code=_0009.forward,
            reverse_code=_0009.backward,
        ),
        migrations.RunPython(
            code=_0019.forward,
            reverse_code=_0019.backward,
        ),
        migrations.RunPython(
            code=_0024.forward,
            reverse_code=_0024.backward,
        ),
    ]

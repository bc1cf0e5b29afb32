"""Every table as of 0.1 in one step, which 0001 to 0003 make one after another (ADR 53)."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import procore_sync.kit.money


class Migration(migrations.Migration):
    replaces = [
        ("commitments", "0001_commitments"),
        ("commitments", "0002_who_is_told_what_is_submitted"),
        ("commitments", "0003_contacts_are_asked_to_break_down"),
    ]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
        ("projects", "0001_squashed_0006_as_of_0_1"),
        ("vendors", "0001_squashed_0003_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="Commitment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                (
                    "type",
                    models.CharField(
                        choices=[("purchase_order", "Purchase order"), ("subcontract", "Subcontract")], max_length=16
                    ),
                ),
                ("number", models.CharField(max_length=60)),
                ("title", models.CharField(blank=True, max_length=255)),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("processing", "Processing"),
                            ("submitted", "Submitted"),
                            ("partially_received", "Partially received"),
                            ("received", "Received"),
                            ("out_for_bid", "Out for bid"),
                            ("out_for_signature", "Out for signature"),
                            ("approved", "Approved"),
                            ("complete", "Complete"),
                            ("closed", "Closed"),
                            ("terminated", "Terminated"),
                            ("void", "Void"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                (
                    "accounting_method",
                    models.CharField(
                        choices=[("amount", "Amount based"), ("unit", "Unit and quantity based")],
                        default="amount",
                        max_length=8,
                    ),
                ),
                (
                    "default_retainage",
                    models.DecimalField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="default retainage, percent",
                    ),
                ),
                ("created_on", models.DateField(verbose_name="date created")),
                ("description", models.TextField(blank=True)),
                ("inclusions", models.TextField(blank=True)),
                ("exclusions", models.TextField(blank=True)),
                ("ship_to", models.TextField(blank=True)),
                ("bill_to", models.TextField(blank=True)),
                ("payment_terms", models.CharField(blank=True, max_length=100)),
                ("delivers_on", models.DateField(blank=True, null=True, verbose_name="delivery date")),
                ("starts_on", models.DateField(blank=True, null=True, verbose_name="start date")),
                ("completes_on", models.DateField(blank=True, null=True, verbose_name="estimated completion")),
                ("signed_on", models.DateField(blank=True, null=True, verbose_name="signed on")),
                ("executed", models.BooleanField(default=False)),
                (
                    "uses_ssov",
                    models.BooleanField(default=False, verbose_name="has a subcontractor schedule of values"),
                ),
                (
                    "ssov_status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("under_review", "Under review"),
                            ("approved", "Approved"),
                            ("revise", "Revise and resubmit"),
                        ],
                        default="draft",
                        max_length=16,
                        verbose_name="subcontractor schedule of values",
                    ),
                ),
                ("ssov_reason", models.TextField(blank=True, verbose_name="why the breakdown came back")),
                (
                    "ssov_asked_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="contacts were last invited to break it down"
                    ),
                ),
                ("correcting", models.TextField(blank=True)),
                ("corrects_revision", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                ("next_line", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "distribution",
                    models.ManyToManyField(blank=True, related_name="commitments_told_of", to="accounts.membership"),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="commitment", to="acceptance.erpitem"
                    ),
                ),
                (
                    "invoice_contacts",
                    models.ManyToManyField(blank=True, related_name="commitments_to_bill", to="accounts.membership"),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="commitments", to="projects.project"
                    ),
                ),
                (
                    "vendor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="commitments",
                        to="vendors.vendor",
                    ),
                ),
            ],
            options={
                "ordering": ["number", "pk"],
                "constraints": [models.UniqueConstraint(fields=("project", "number"), name="one_commitment_a_number")],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
                ("content_type", models.CharField(max_length=100)),
                ("size", models.PositiveIntegerField()),
                ("content", models.BinaryField()),
                ("added_at", models.DateTimeField(auto_now_add=True)),
                (
                    "added_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="commitments.commitment",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="SovLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("position", models.PositiveIntegerField()),
                ("description", models.CharField(blank=True, max_length=3900)),
                ("quantity", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ("uom", models.CharField(blank=True, max_length=20, verbose_name="unit of measure")),
                ("unit_cost", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="sov_lines",
                        to="projects.projectcostcode",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="commitments.commitment"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "number"],
                "constraints": [
                    models.UniqueConstraint(fields=("commitment", "number"), name="sov_lines_are_numbered")
                ],
            },
        ),
        migrations.CreateModel(
            name="SsovLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("description", models.CharField(max_length=1000)),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="breakdown", to="commitments.sovline"
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
            },
        ),
    ]

"""Every table as of 0.1 in one step, which 0001 to 0006 make one after another (ADR 53)."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models

import procore_sync.kit.money


class Migration(migrations.Migration):
    replaces = [
        ("invoices", "0001_invoices"),
        ("invoices", "0002_invoice_corrections"),
        ("invoices", "0003_start_day_of_billing"),
        ("invoices", "0004_standing_of_bills"),
        ("invoices", "0005_sending_of_many"),
        ("invoices", "0006_no_sending_of_its_own"),
    ]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
        ("change_orders", "0001_change_orders"),
        ("commitments", "0001_squashed_0003_as_of_0_1"),
        ("projects", "0001_squashed_0006_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="BillingPeriod",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("starts_on", models.DateField(verbose_name="from")),
                ("ends_on", models.DateField(verbose_name="to")),
                ("due_on", models.DateField(verbose_name="due date")),
                ("opened_at", models.DateTimeField(auto_now_add=True)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_by",
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billing_periods",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-starts_on"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at__isnull", True)),
                        fields=("project",),
                        name="one_open_billing_period",
                    ),
                    models.UniqueConstraint(fields=("project", "starts_on"), name="one_billing_period_a_start"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))),
                        name="a_billing_period_ends_after_start",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingSettings",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("never", "Never: periods are opened by hand"),
                            ("weekly", "Weekly"),
                            ("monthly", "Monthly"),
                        ],
                        default="never",
                        max_length=8,
                    ),
                ),
                ("next_start", models.DateField(blank=True, null=True, verbose_name="next period starts on")),
                ("start_day", models.PositiveSmallIntegerField(blank=True, editable=False, null=True)),
                (
                    "due_day",
                    models.PositiveSmallIntegerField(
                        default=25,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(31),
                        ],
                        verbose_name="due day",
                    ),
                ),
                (
                    "default_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("work_materials", "Work and materials"),
                            ("work_materials_retainage", "Work, materials and retainage"),
                        ],
                        default="work_materials",
                        max_length=24,
                        verbose_name="default type",
                    ),
                ),
                (
                    "allows_overbilling",
                    models.BooleanField(default=False, verbose_name="lets more be billed than a line is worth"),
                ),
                (
                    "shows_claimed",
                    models.BooleanField(default=True, verbose_name="shows what was claimed beside what was approved"),
                ),
                ("numbers_invoices", models.BooleanField(default=False, verbose_name="numbers the invoices itself")),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="billing_settings",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "billing settings",
            },
        ),
        migrations.CreateModel(
            name="Invite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("work_materials", "Work and materials"),
                            ("work_materials_retainage", "Work, materials and retainage"),
                        ],
                        default="work_materials",
                        max_length=24,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[("invited", "Invited"), ("accepted", "Accepted"), ("declined", "Declined")],
                        default="invited",
                        max_length=8,
                    ),
                ),
                ("sent_at", models.DateTimeField()),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invites", to="commitments.commitment"
                    ),
                ),
                (
                    "contact",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invites", to="accounts.membership"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invites", to="invoices.billingperiod"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-sent_at", "-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("period", "commitment", "contact"), name="one_invite_a_contact_and_period"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("sequence", models.PositiveIntegerField()),
                ("number", models.CharField(max_length=60)),
                (
                    "type",
                    models.CharField(
                        choices=[
                            ("work_materials", "Work and materials"),
                            ("work_materials_retainage", "Work, materials and retainage"),
                        ],
                        default="work_materials",
                        max_length=24,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("under_review", "Under review"),
                            ("revise", "Revise and resubmit"),
                            ("approved", "Approved"),
                            ("approved_as_noted", "Approved as noted"),
                            ("pending_owner", "Pending owner approval"),
                            ("void", "Void"),
                        ],
                        default="draft",
                        max_length=20,
                    ),
                ),
                ("billed_on", models.DateField(verbose_name="billing date")),
                ("starts_on", models.DateField(verbose_name="period start")),
                ("ends_on", models.DateField(verbose_name="period end")),
                ("due_on", models.DateField(blank=True, null=True, verbose_name="payment due date")),
                ("note", models.TextField(blank=True)),
                ("as_credit", models.BooleanField(default=False, verbose_name="goes to QuickBooks as a vendor credit")),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("reviewed_at", models.DateTimeField(blank=True, null=True)),
                ("remark", models.TextField(blank=True)),
                ("correcting", models.TextField(blank=True)),
                ("corrects_revision", models.PositiveIntegerField(blank=True, editable=False, null=True)),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="commitments.commitment",
                    ),
                ),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="invoice", to="acceptance.erpitem"
                    ),
                ),
                (
                    "period",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="invoices.billingperiod",
                    ),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
                (
                    "submitted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["commitment", "sequence"],
                "constraints": [
                    models.UniqueConstraint(fields=("commitment", "sequence"), name="invoices_are_numbered"),
                    models.UniqueConstraint(
                        condition=models.Q(("status", "void"), _negated=True),
                        fields=("commitment", "number"),
                        name="one_invoice_a_number",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillStanding",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("balance", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("read_at", models.DateTimeField()),
                (
                    "invoice",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="standing", to="invoices.invoice"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InvoiceLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                ("key", models.CharField(max_length=20)),
                ("scheduled", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "completed_before",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                (
                    "stored_before",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                (
                    "work_held_before",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                (
                    "stored_held_before",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                (
                    "completed",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=14,
                        verbose_name="work completed this period",
                    ),
                ),
                (
                    "stored",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=14,
                        verbose_name="materials presently stored",
                    ),
                ),
                (
                    "work_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                    ),
                ),
                (
                    "work_retained",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=14,
                        verbose_name="work retainage this period",
                    ),
                ),
                (
                    "stored_percent",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=5,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                    ),
                ),
                (
                    "stored_held",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=14,
                        verbose_name="retainage on stored materials",
                    ),
                ),
                (
                    "released",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2, default=Decimal("0.00"), max_digits=14, verbose_name="retainage released"
                    ),
                ),
                (
                    "claimed_completed",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "claimed_stored",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "claimed_released",
                    procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
                ),
                (
                    "verdict",
                    models.CharField(
                        blank=True,
                        choices=[("", "Not looked at"), ("approved", "Approved"), ("rejected", "Rejected")],
                        default="",
                        max_length=8,
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                (
                    "change_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed",
                        to="change_orders.changeline",
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="invoices.invoice"
                    ),
                ),
                (
                    "sov_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="billed",
                        to="commitments.sovline",
                    ),
                ),
            ],
            options={
                "ordering": ["position", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("invoice", "key"), name="one_invoice_line_a_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("change_line__isnull", True), ("sov_line__isnull", False)),
                            models.Q(("change_line__isnull", False), ("sov_line__isnull", True)),
                            _connector="OR",
                        ),
                        name="an_invoice_line_bills_one_line",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("payment_id", models.CharField(max_length=32)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("issued", "Issued"),
                            ("voided", "Voided in QuickBooks"),
                            ("deleted", "Deleted in QuickBooks"),
                            ("unapplied", "Taken off this bill in QuickBooks"),
                        ],
                        default="issued",
                        max_length=9,
                    ),
                ),
                (
                    "method",
                    models.CharField(
                        choices=[("check", "Check"), ("credit_card", "Credit card"), ("electronic", "Electronic")],
                        max_length=11,
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=64, verbose_name="payment number")),
                ("day", models.DateField(verbose_name="date")),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                ("total", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "credits",
                    procore_sync.kit.money.MoneyField(decimal_places=2, default=Decimal("0.00"), max_digits=14),
                ),
                ("bills", models.PositiveIntegerField(default=1, verbose_name="bills paid by it")),
                ("memo", models.TextField(blank=True)),
                ("note", models.TextField(blank=True)),
                ("sync_token", models.CharField(blank=True, max_length=16)),
                ("changed_at", models.DateTimeField(null=True)),
                ("read_at", models.DateTimeField()),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="payments", to="invoices.invoice"
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("company", "payment_id", "invoice"), name="one_payment_an_invoice")
                ],
            },
        ),
        migrations.CreateModel(
            name="InvoiceFile",
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
                    "invoice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="files", to="invoices.invoice"
                    ),
                ),
                (
                    "payment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="invoices.payment",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
            },
        ),
        migrations.CreateModel(
            name="RetainageStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "from_complete",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="once complete, percent",
                    ),
                ),
                (
                    "percent",
                    models.DecimalField(
                        decimal_places=2,
                        max_digits=5,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0")),
                            django.core.validators.MaxValueValidator(Decimal("100")),
                        ],
                        verbose_name="retainage, percent",
                    ),
                ),
                (
                    "commitment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="retainage_steps",
                        to="commitments.commitment",
                    ),
                ),
            ],
            options={
                "ordering": ["from_complete"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("commitment", "from_complete"), name="one_retainage_step_a_percentage"
                    )
                ],
            },
        ),
    ]

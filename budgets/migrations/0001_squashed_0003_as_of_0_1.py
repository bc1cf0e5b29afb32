"""Every table as of 0.1 in one step, which 0001 to 0003 make one after another (ADR 53)."""

from decimal import Decimal

import django.db.models.deletion
from django.db import migrations, models

import procore_sync.kit.money


class Migration(migrations.Migration):
    replaces = [("budgets", "0001_budgets"), ("budgets", "0002_budget_rules"), ("budgets", "0003_typed_direct_costs")]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
        ("projects", "0001_squashed_0006_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="Budget",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("is_locked", models.BooleanField(default=False)),
                ("locked_on", models.DateField(blank=True, null=True)),
                (
                    "may_change_total",
                    models.BooleanField(default=False, verbose_name="changes may alter the grand total"),
                ),
                ("next_line", models.PositiveIntegerField(default=1, editable=False)),
                ("next_change", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="budget", to="acceptance.erpitem"
                    ),
                ),
                (
                    "project",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="budget", to="projects.project"
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="BudgetChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("made_on", models.DateField(verbose_name="date")),
                ("notes", models.CharField(blank=True, max_length=1000)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                ("revision", models.PositiveIntegerField(editable=False)),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="changes", to="budgets.budget"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("budget", "number"), name="budget_changes_are_numbered")
                ],
            },
        ),
        migrations.CreateModel(
            name="BudgetLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("description", models.CharField(blank=True, max_length=1000)),
                ("manual", models.BooleanField(default=True, verbose_name="amount typed by hand")),
                ("quantity", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                ("uom", models.CharField(blank=True, max_length=20, verbose_name="unit of measure")),
                ("unit_cost", models.DecimalField(blank=True, decimal_places=4, max_digits=14, null=True)),
                (
                    "original",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2, max_digits=14, verbose_name="original budget amount"
                    ),
                ),
                (
                    "direct_cost",
                    procore_sync.kit.money.MoneyField(
                        decimal_places=2,
                        default=Decimal("0.00"),
                        max_digits=14,
                        verbose_name="direct cost typed by hand",
                    ),
                ),
                ("added_later", models.BooleanField(default=False)),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="budgets.budget"
                    ),
                ),
                (
                    "code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="budget_lines",
                        to="projects.projectcostcode",
                    ),
                ),
            ],
            options={
                "ordering": ["code__cost_code__code_key", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("budget", "number"), name="budget_lines_are_numbered"),
                    models.UniqueConstraint(fields=("budget", "code"), name="one_budget_line_a_code"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BudgetChangeLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
                (
                    "change",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="lines", to="budgets.budgetchange"
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="changes", to="budgets.budgetline"
                    ),
                ),
            ],
            options={
                "ordering": ["number"],
                "constraints": [
                    models.UniqueConstraint(fields=("change", "number"), name="budget_change_lines_are_numbered")
                ],
            },
        ),
        migrations.CreateModel(
            name="BudgetRules",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "adds_new_codes",
                    models.BooleanField(
                        default=False, verbose_name="new codes from QuickBooks become lines of budgets"
                    ),
                ),
                (
                    "direct_costs",
                    models.CharField(
                        choices=[
                            ("filled", "Read-only, fill from QuickBooks"),
                            ("typed", "Editable, do not fill from QuickBooks"),
                        ],
                        default="filled",
                        max_length=8,
                    ),
                ),
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE, related_name="budget_rules", to="accounts.company"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "budget rules",
            },
        ),
        migrations.CreateModel(
            name="BudgetSheet",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "budget",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="budgets.budget"
                    ),
                ),
                (
                    "sheet",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="budget_sheet",
                        to="projects.importsheet",
                    ),
                ),
            ],
        ),
    ]

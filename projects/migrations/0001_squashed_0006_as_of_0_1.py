"""Every table as of 0.1 in one step, which 0001 to 0006 make one after another (ADR 53)."""

import django.db.models.deletion
from django.db import migrations, models

import procore_sync.kit.clock
import procore_sync.kit.money


class Migration(migrations.Migration):
    replaces = [
        ("projects", "0001_cost_codes_and_projects"),
        ("projects", "0002_import_sheets"),
        ("projects", "0003_job_costs"),
        ("projects", "0004_codes_of_one_width"),
        ("projects", "0005_template_of_imported_projects"),
        ("projects", "0006_readings_by_the_databases_clock"),
    ]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="CostCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("code", models.CharField(max_length=100)),
                ("code_key", models.CharField(editable=False, max_length=300)),
                ("description", models.CharField(blank=True, max_length=1000)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cost_code", to="acceptance.erpitem"
                    ),
                ),
            ],
            options={
                "ordering": ["code", "pk"],
                "constraints": [models.UniqueConstraint(fields=("company", "code_key"), name="one_cost_code_a_code")],
            },
        ),
        migrations.CreateModel(
            name="CostReading",
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
                        condition=models.Q(("ended_at", None)), fields=("company",), name="one_open_reading_a_company"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportSheet",
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
                ("file_name", models.CharField(max_length=255)),
                ("rows", models.JSONField()),
                ("ignored", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("expires_at", models.DateTimeField()),
                ("imported_at", models.DateTimeField(blank=True, null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "uploaded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Project",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("name", models.CharField(max_length=100)),
                ("number", models.CharField(blank=True, max_length=50)),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("bidding", "Bidding"),
                            ("pre_construction", "Pre-construction"),
                            ("construction", "Course of construction"),
                            ("post_construction", "Post-construction"),
                            ("warranty", "Warranty"),
                        ],
                        default="pre_construction",
                        max_length=20,
                    ),
                ),
                ("street", models.CharField(blank=True, max_length=500)),
                ("city", models.CharField(blank=True, max_length=255)),
                ("state", models.CharField(blank=True, max_length=255, verbose_name="state or province")),
                ("postal_code", models.CharField(blank=True, max_length=31)),
                ("country", models.CharField(blank=True, max_length=255)),
                ("starts_on", models.DateField(blank=True, null=True)),
                ("finishes_on", models.DateField(blank=True, null=True)),
                ("erp_sync", models.BooleanField(default=True, verbose_name="synced with QuickBooks")),
                (
                    "uses_standard_codes",
                    models.BooleanField(default=True, verbose_name="uses the QuickBooks standard cost codes"),
                ),
                ("has_sub_jobs", models.BooleanField(default=False, verbose_name="is divided into sub jobs")),
                ("job_costs", models.BooleanField(default=False, verbose_name="takes its job costs from QuickBooks")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="project_record",
                        to="acceptance.erpitem",
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("number", ""), _negated=True),
                        fields=("company", "number"),
                        name="one_project_a_number",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CostRule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("account_id", models.CharField(blank=True, max_length=32)),
                ("party_id", models.CharField(blank=True, max_length=48)),
                ("item_id", models.CharField(blank=True, max_length=32)),
                ("line", models.CharField(blank=True, max_length=100)),
                ("says", models.CharField(max_length=1000)),
                ("made_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "cost_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.costcode"
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.membership"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="cost_rules",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("project", None)),
                        fields=("company", "account_id", "party_id", "item_id", "line"),
                        name="one_rule_a_company_pattern",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("project__isnull", False)),
                        fields=("project", "account_id", "party_id", "item_id", "line"),
                        name="one_rule_a_project_pattern",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("account_id", ""), ("item_id", ""), ("line", ""), ("party_id", ""), _negated=True
                        ),
                        name="a_rule_asks_for_something",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CostLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "coding",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "Not coded"),
                            ("item", "By its item in the ledger"),
                            ("line", "By hand, this line alone"),
                            ("rule", "By a rule"),
                        ],
                        default="",
                        max_length=4,
                    ),
                ),
                ("own", models.BooleanField(default=False)),
                (
                    "entity",
                    models.CharField(
                        choices=[
                            ("Bill", "Bill"),
                            ("Purchase", "Expense"),
                            ("VendorCredit", "Vendor credit"),
                            ("JournalEntry", "Journal entry"),
                            ("TimeActivity", "Time"),
                        ],
                        max_length=20,
                        verbose_name="document",
                    ),
                ),
                ("txn_id", models.CharField(max_length=32)),
                ("line_id", models.CharField(max_length=40)),
                ("job_id", models.CharField(max_length=32)),
                ("item_id", models.CharField(blank=True, max_length=32)),
                ("account_id", models.CharField(blank=True, max_length=32)),
                ("party_id", models.CharField(blank=True, max_length=48)),
                ("day", models.DateField()),
                ("number", models.CharField(blank=True, max_length=64)),
                ("party", models.CharField(blank=True, max_length=500)),
                ("account", models.CharField(blank=True, max_length=1000)),
                ("item", models.CharField(blank=True, max_length=1000)),
                ("description", models.TextField(blank=True)),
                ("amount", procore_sync.kit.money.MoneyField(decimal_places=2, max_digits=14)),
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
                    "cost_code",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="projects.costcode"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="cost_lines",
                        to="projects.project",
                    ),
                ),
            ],
            options={
                "ordering": ["-day", "-pk"],
                "indexes": [
                    models.Index(fields=["project", "cost_code"], name="costs_by_code"),
                    models.Index(fields=["company", "job_id"], name="costs_by_job"),
                    models.Index(fields=["company", "item_id"], name="costs_by_item"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("company", "entity", "txn_id", "line_id"), name="one_cost_a_ledger_line"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProjectCostCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "cost_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="project_rows", to="projects.costcode"
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="code_rows", to="projects.project"
                    ),
                ),
            ],
            options={
                "ordering": ["cost_code__code", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("project", "cost_code"), name="one_row_a_code_and_project")
                ],
            },
        ),
        migrations.AddField(
            model_name="project",
            name="cost_codes",
            field=models.ManyToManyField(
                related_name="projects", through="projects.ProjectCostCode", to="projects.costcode"
            ),
        ),
        migrations.CreateModel(
            name="ProjectTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "company",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="project_template",
                        to="accounts.company",
                    ),
                ),
                (
                    "project",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="projects.project"
                    ),
                ),
            ],
        ),
    ]

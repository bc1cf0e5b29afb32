"""Every table as of 0.1 in one step, which 0001 to 0003 make one after another (ADR 53)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    replaces = [
        ("vendors", "0001_vendors"),
        ("vendors", "0002_names_of_one_width"),
        ("vendors", "0003_w9_and_insurance"),
    ]

    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
    ]

    operations = [
        migrations.CreateModel(
            name="Vendor",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("edition", models.PositiveIntegerField(default=1, editable=False)),
                ("is_active", models.BooleanField(default=True, verbose_name="active")),
                ("name", models.CharField(max_length=100)),
                ("name_key", models.CharField(editable=False, max_length=300)),
                (
                    "print_name",
                    models.CharField(blank=True, max_length=100, verbose_name="legal name, as printed on checks"),
                ),
                ("street", models.CharField(blank=True, max_length=500)),
                ("city", models.CharField(blank=True, max_length=255)),
                ("state", models.CharField(blank=True, max_length=255, verbose_name="state or province")),
                ("postal_code", models.CharField(blank=True, max_length=31)),
                ("country", models.CharField(blank=True, max_length=255)),
                ("phone", models.CharField(blank=True, max_length=30)),
                ("fax", models.CharField(blank=True, max_length=30)),
                ("email", models.CharField(blank=True, max_length=100, verbose_name="e-mail")),
                ("website", models.CharField(blank=True, max_length=1000)),
                ("terms_hint", models.CharField(blank=True, max_length=60, verbose_name="usual terms")),
                ("w9_on", models.DateField(blank=True, null=True, verbose_name="W-9 on file since")),
                ("insured_until", models.DateField(blank=True, null=True, verbose_name="insurance valid until")),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "erp",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="vendor", to="acceptance.erpitem"
                    ),
                ),
            ],
            options={
                "ordering": ["name", "pk"],
                "constraints": [models.UniqueConstraint(fields=("company", "name_key"), name="one_vendor_a_name")],
            },
        ),
    ]

import django.db.models.deletion
from django.db import migrations, models

import procore_sync.kit.money


class Migration(migrations.Migration):
    dependencies = [
        ("acceptance", "0008_items_that_differ"),
        ("accounts", "0004_sign_in_limits_in_the_database"),
        ("quickbooks_bridge", "0010_watching"),
    ]

    operations = [
        migrations.AddField(
            model_name="link",
            name="ignored",
            field=models.CharField(blank=True, max_length=64),
        ),
        migrations.AlterField(
            model_name="link",
            name="health",
            field=models.CharField(
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
    ]

"""Every table as of 0.1 in one step, which 0002 to 0011 make one after another (ADR 53)."""

from importlib import import_module

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import procore_sync.accounts.models

_0003 = import_module("procore_sync.accounts.migrations.0003_rights_changes_are_append_only")
_0004 = import_module("procore_sync.accounts.migrations.0004_sign_in_limits_in_the_database")


class Migration(migrations.Migration):
    replaces = [
        ("accounts", "0002_rights_tokens_answers"),
        ("accounts", "0003_rights_changes_are_append_only"),
        ("accounts", "0004_sign_in_limits_in_the_database"),
        ("accounts", "0005_time_to_take_an_acceptance_back"),
        ("accounts", "0006_keys_of_a_person"),
        ("accounts", "0007_when_a_record_is_late"),
        ("accounts", "0008_tour_seen"),
        ("accounts", "0009_language_of_a_person"),
        ("accounts", "0010_permissions_beside_a_role"),
        ("accounts", "0011_only_holders_grant"),
    ]

    dependencies = [
        ("accounts", "0001_companies_and_people"),
        ("knox", "0009_extend_authtoken_field"),
    ]

    operations = [
        migrations.AddField(
            model_name="company",
            name="late_after_days",
            field=models.PositiveSmallIntegerField(
                default=3,
                help_text="A record that waits so long for a decision is marked as late; 0 marks none.",
                validators=[django.core.validators.MaxValueValidator(365)],
                verbose_name="days after which a record is late",
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="only_holders_grant",
            field=models.BooleanField(
                default=False,
                help_text="An administrator gives nobody a privilege of a kind that he does not have himself.",
                verbose_name="only who has a privilege may give it",
            ),
        ),
        migrations.AddField(
            model_name="company",
            name="undo_seconds",
            field=models.PositiveSmallIntegerField(
                default=procore_sync.accounts.models.undo_seconds_at_first,
                help_text="So long an accepted record stays before it leaves for QuickBooks: 0, at once, to 600.",
                validators=[django.core.validators.MaxValueValidator(600)],
                verbose_name="seconds to take an acceptance back",
            ),
        ),
        migrations.AddField(
            model_name="membership",
            name="permissions",
            field=models.JSONField(blank=True, default=list, help_text="Values of Permission, in its order."),
        ),
        migrations.AddField(
            model_name="membership",
            name="tour_seen_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="put his first steps away"),
        ),
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True, help_text="Of pages and mails; empty, what the browser says.", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="user",
            name="single_keys",
            field=models.BooleanField(default=True, help_text="Whether single keys decide and walk in lists."),
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to="accounts.membership"
                    ),
                ),
                (
                    "token",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_token",
                        to=settings.KNOX_TOKEN_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
            },
        ),
        migrations.CreateModel(
            name="RightsChange",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True)),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("invited", "Invited"),
                            ("joined", "Joined"),
                            ("changed", "Rights changed"),
                            ("deactivated", "Deactivated"),
                            ("reactivated", "Reactivated"),
                            ("settings", "Company settings changed"),
                            ("token_created", "API token created"),
                            ("token_revoked", "API token revoked"),
                        ],
                        max_length=20,
                    ),
                ),
                ("changes", models.JSONField(default=list)),
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
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rights_changes",
                        to="accounts.company",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rights_changes",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.CreateModel(
            name="DigestRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("local_date", models.DateField()),
                ("ran_at", models.DateTimeField(auto_now_add=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="digest_runs", to="accounts.company"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("company", "local_date"), name="one_digest_a_day")],
            },
        ),
        migrations.CreateModel(
            name="IdempotentAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=100)),
                ("request_line", models.CharField(max_length=255)),
                ("body_hash", models.CharField(max_length=64)),
                ("status", models.PositiveSmallIntegerField(null=True)),
                ("answer", models.JSONField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("answered_at", models.DateTimeField(null=True)),
                (
                    "company",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.company"
                    ),
                ),
                (
                    "membership",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.membership"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("membership", "key"), name="one_answer_a_key")],
            },
        ),
        migrations.RunPython(
            code=_0003.forward,
            reverse_code=_0003.backward,
        ),
        migrations.RunPython(
            code=_0004.make_table,
            reverse_code=_0004.drop_table,
        ),
    ]

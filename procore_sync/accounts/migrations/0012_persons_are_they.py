"""Words for people alone: no column changes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_squashed_0011_as_of_0_1"),
    ]

    operations = [
        migrations.AlterField(
            model_name="company",
            name="only_holders_grant",
            field=models.BooleanField(
                default=False,
                help_text="An administrator gives nobody a privilege of a kind that they do not have themselves.",
                verbose_name="only who has a privilege may give it",
            ),
        ),
        migrations.AlterField(
            model_name="membership",
            name="tour_seen_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="put the first steps away"),
        ),
    ]

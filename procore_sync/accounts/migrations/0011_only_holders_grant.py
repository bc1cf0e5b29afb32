"""Whether an administrator gives only the privileges that he has himself."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0010_permissions_beside_a_role")]

    operations = [
        migrations.AddField(
            model_name="company",
            name="only_holders_grant",
            field=models.BooleanField(
                default=False,
                help_text="An administrator gives nobody a privilege of a kind that he does not have himself.",
                verbose_name="only who has a privilege may give it",
            ),
        ),
    ]

from django.db import migrations, models

import procore_sync.kit.money


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0021_told_to_review")]

    operations = [
        migrations.AddField(
            model_name="exportpolicy",
            name="up_to",
            field=procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddField(
            model_name="exportpolicy",
            name="second_above",
            field=procore_sync.kit.money.MoneyField(blank=True, decimal_places=2, max_digits=14, null=True),
        ),
        migrations.AddConstraint(
            model_name="exportpolicy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("up_to", None), ("up_to__gt", 0), _connector="OR"),
                    models.Q(("second_above", None), ("second_above__gt", 0), _connector="OR"),
                ),
                name="amounts_of_a_policy_are_positive",
            ),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("acceptance", "0001_squashed_0026_as_of_0_1"),
        ("accounts", "0002_squashed_0011_as_of_0_1"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="erpitem",
            index=models.Index(
                condition=models.Q(("status__in", ["rejected", "retrieved"])),
                fields=["company", "created_by", "kind", "status", "is_private", "synced_revision", "revision", "id"],
                name="items_given_back",
            ),
        ),
    ]

"""When a member put his first steps away."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_when_a_record_is_late")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="tour_seen_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="put his first steps away"),
        ),
    ]

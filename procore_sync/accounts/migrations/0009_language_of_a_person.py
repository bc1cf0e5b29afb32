"""In which language a person reads pages and mails."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_tour_seen")]

    operations = [
        migrations.AddField(
            model_name="user",
            name="language",
            field=models.CharField(
                blank=True, help_text="Of pages and mails; empty, what the browser says.", max_length=8
            ),
        ),
    ]

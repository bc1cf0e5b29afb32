from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0018_choices_are_found_in_the_index")]

    operations = [
        migrations.AddField(model_name="turn", name="comment", field=models.TextField(blank=True)),
    ]

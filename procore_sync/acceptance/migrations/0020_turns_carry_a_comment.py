from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0019_no_index_of_what_was_chosen_last")]

    operations = [
        migrations.AddField(model_name="turn", name="comment", field=models.TextField(blank=True)),
    ]

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0027_given_back_by_creator")]

    operations = [
        migrations.AddIndex(
            model_name="submission",
            index=models.Index(fields=["sent_by", "item"], name="submissions_by_sender"),
        ),
        # The one above begins with the same column.
        migrations.AlterField(
            model_name="submission",
            name="sent_by",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.membership",
            ),
        ),
    ]

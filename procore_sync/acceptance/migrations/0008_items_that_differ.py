from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("acceptance", "0007_many_at_once"),
    ]

    operations = [
        migrations.AddField(
            model_name="erpitem",
            name="differs",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="event",
            name="action",
            field=models.CharField(
                choices=[
                    ("send", "Send to accounting"),
                    ("retrieve", "Retrieve"),
                    ("accept", "Accept"),
                    ("reject", "Reject"),
                    ("confirm", "Confirm"),
                    ("fail", "Fail"),
                    ("retry", "Try again"),
                    ("link", "Link"),
                    ("unlink", "Unlink"),
                    ("remark", "Remark"),
                ],
                max_length=20,
            ),
        ),
        migrations.AlterField(
            model_name="turn",
            name="action",
            field=models.CharField(
                choices=[
                    ("send", "Send to accounting"),
                    ("retrieve", "Retrieve"),
                    ("accept", "Accept"),
                    ("reject", "Reject"),
                    ("confirm", "Confirm"),
                    ("fail", "Fail"),
                    ("retry", "Try again"),
                    ("link", "Link"),
                    ("unlink", "Unlink"),
                    ("remark", "Remark"),
                ],
                max_length=20,
            ),
        ),
    ]

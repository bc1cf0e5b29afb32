"""What a person is allowed beside his role."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_language_of_a_person")]

    operations = [
        migrations.AddField(
            model_name="membership",
            name="permissions",
            field=models.JSONField(blank=True, default=list, help_text="Values of Permission, in its order."),
        ),
    ]

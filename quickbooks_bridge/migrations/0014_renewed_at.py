"""When a connection's tokens were renewed last, so that those that nobody uses are renewed in time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("quickbooks_bridge", "0013_reconciliation")]

    operations = [
        migrations.AddField(model_name="connection", name="renewed_at", field=models.DateTimeField(null=True)),
    ]

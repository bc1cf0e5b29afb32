"""PostgreSQL vacuums the items after a hundredth of them changed, not a fifth.

An index can answer alone only for pages that were vacuumed since their last change.
"""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

SETTINGS = ("autovacuum_vacuum_scale_factor", "autovacuum_vacuum_insert_scale_factor")
FORWARD = f"ALTER TABLE acceptance_erpitem SET ({', '.join(f'{name} = 0.01' for name in SETTINGS)})"
BACKWARD = f"ALTER TABLE acceptance_erpitem RESET ({', '.join(SETTINGS)})"


def _run(sql: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # SQLite has no such settings.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql, params=None)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(FORWARD, schema_editor)


def backward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(BACKWARD, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0005_counts_from_the_index")]

    operations = [migrations.RunPython(forward, backward)]

"""PostgreSQL refuses to change or delete a row of the journal."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORWARD = """
CREATE FUNCTION acceptance_event_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The journal is append-only: row % cannot be changed or deleted.', OLD.sequence;
END $$;
CREATE TRIGGER acceptance_event_append_only BEFORE UPDATE OR DELETE ON acceptance_event
    FOR EACH ROW EXECUTE FUNCTION acceptance_event_is_append_only();
"""
BACKWARD = """
DROP TRIGGER acceptance_event_append_only ON acceptance_event;
DROP FUNCTION acceptance_event_is_append_only();
"""


def _run(sql: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    # SQLite serves demonstrations only; there the hash chain alone tells.
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql, params=None)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(FORWARD, schema_editor)


def backward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(BACKWARD, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("acceptance", "0001_items_submissions_attempts_journal")]

    operations = [migrations.RunPython(forward, backward)]

"""PostgreSQL refuses to change or delete a signed month-end."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORWARD = """
CREATE FUNCTION quickbooks_bridge_monthendstatement_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Statements are append-only: row % cannot be changed or deleted.', OLD.id;
END $$;
CREATE TRIGGER quickbooks_bridge_monthendstatement_append_only BEFORE UPDATE OR DELETE ON quickbooks_bridge_monthendstatement
    FOR EACH ROW EXECUTE FUNCTION quickbooks_bridge_monthendstatement_is_append_only();
"""
BACKWARD = """
DROP TRIGGER quickbooks_bridge_monthendstatement_append_only ON quickbooks_bridge_monthendstatement;
DROP FUNCTION quickbooks_bridge_monthendstatement_is_append_only();
"""


def _run(sql: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql, params=None)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(FORWARD, schema_editor)


def backward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(BACKWARD, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("quickbooks_bridge", "0023_month_end_statements")]

    operations = [migrations.RunPython(forward, backward)]

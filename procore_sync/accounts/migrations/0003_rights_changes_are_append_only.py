"""PostgreSQL refuses to change or delete a row of the rights changes."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORWARD = """
CREATE FUNCTION accounts_rightschange_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Changes of rights are append-only: row % cannot be changed or deleted.', OLD.id;
END $$;
CREATE TRIGGER accounts_rightschange_append_only BEFORE UPDATE OR DELETE ON accounts_rightschange
    FOR EACH ROW EXECUTE FUNCTION accounts_rightschange_is_append_only();
"""
BACKWARD = """
DROP TRIGGER accounts_rightschange_append_only ON accounts_rightschange;
DROP FUNCTION accounts_rightschange_is_append_only();
"""


def _run(sql: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql, params=None)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(FORWARD, schema_editor)


def backward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(BACKWARD, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_rights_tokens_answers")]

    operations = [migrations.RunPython(forward, backward)]

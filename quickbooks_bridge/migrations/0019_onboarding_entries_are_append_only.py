"""PostgreSQL refuses to change or delete a row of the journal of taking a company on."""

from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

FORWARD = """
CREATE FUNCTION quickbooks_bridge_onboardingentry_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'Onboarding entries are append-only: row % cannot be changed or deleted.', OLD.id;
END $$;
CREATE TRIGGER quickbooks_bridge_onboardingentry_append_only BEFORE UPDATE OR DELETE ON quickbooks_bridge_onboardingentry
    FOR EACH ROW EXECUTE FUNCTION quickbooks_bridge_onboardingentry_is_append_only();
"""
BACKWARD = """
DROP TRIGGER quickbooks_bridge_onboardingentry_append_only ON quickbooks_bridge_onboardingentry;
DROP FUNCTION quickbooks_bridge_onboardingentry_is_append_only();
"""


def _run(sql: str, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(sql, params=None)


def forward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(FORWARD, schema_editor)


def backward(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    _run(BACKWARD, schema_editor)


class Migration(migrations.Migration):
    dependencies = [("quickbooks_bridge", "0018_onboarding_entries")]

    operations = [migrations.RunPython(forward, backward)]

"""The table in which failures of signing in are counted: Django's own cache in the database."""

from django.core.management import call_command
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps


def make_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    call_command("createcachetable", database=schema_editor.connection.alias, verbosity=0)


def drop_table(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE IF EXISTS accounts_sign_in_limits")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_rights_changes_are_append_only")]

    operations = [migrations.RunPython(make_table, drop_table)]

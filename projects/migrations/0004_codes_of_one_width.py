"""Records whose codes differ in width or typeface alone are the same; those that stand beside each other stay."""

from __future__ import annotations

from typing import Any

from django.db import migrations

from procore_sync.kit.text import same_name_key


def fold(apps: Any, schema_editor: Any) -> None:
    """Give each cost code the key that it would get now, unless another of its company has it."""
    rows = apps.get_model("projects", "CostCode").objects.using(schema_editor.connection.alias)
    for pk, company, code, key in rows.values_list("pk", "company_id", "code", "code_key").iterator():
        folded = same_name_key(code)
        if folded != key and not rows.filter(company_id=company, code_key=folded).exists():
            rows.filter(pk=pk).update(code_key=folded)


class Migration(migrations.Migration):
    dependencies = [("projects", "0003_job_costs")]

    # A key is only compared, so what was folded may stay folded.
    operations = [migrations.RunPython(fold, migrations.RunPython.noop, elidable=True)]

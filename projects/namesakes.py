"""What is called after its project, and is called otherwise once the project is."""

from __future__ import annotations

from collections.abc import Callable

from projects.models import Project

#: Calls what an app names after a project as the project is called now.
Renaming = Callable[[Project], None]

_renamings: dict[str, Renaming] = {}


def register_renaming(name: str, renaming: Renaming) -> None:
    """Let an app follow the name and number of projects; called once from its `AppConfig.ready()`."""
    _renamings[name] = renaming


def rename_after(project: Project) -> None:
    """Call everything that is named after `project` as it is called now, in the transaction that renames it."""
    for renaming in _renamings.values():
        renaming(project)

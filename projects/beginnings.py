"""How a project that comes from QuickBooks begins: like the template of its company (domain.md §4).

It gets the template's active cost codes and its switch of job costs here, and what the apps above give of theirs. What
it is called, where it lies and how far it is, it does not get: that is its own.
"""

from __future__ import annotations

from collections.abc import Callable

from projects.models import Project, ProjectCostCode, ProjectTemplate

#: Gives a new project what an app keeps of its template: (template, project).
Part = Callable[[Project, Project], None]

_parts: dict[str, Part] = {}


def register_part(name: str, part: Part) -> None:
    """Let an app give its part of a template; called once from its `AppConfig.ready()`."""
    _parts[name] = part


def template_of(company_id: int) -> Project | None:
    """The project that imported ones begin like; None if they begin empty."""
    found = ProjectTemplate.objects.filter(company_id=company_id).select_related("project").first()
    return found.project if found else None


def begin_like_template(project: Project) -> None:
    """Give `project` all that its company's template gives; call it in the transaction that makes the project."""
    template = template_of(project.company_id)
    if template is None:
        return
    codes = template.code_rows.filter(cost_code__is_active=True).values_list("cost_code", flat=True)
    ProjectCostCode.objects.bulk_create(ProjectCostCode(project=project, cost_code_id=one) for one in codes)
    if template.job_costs:
        Project.objects.filter(pk=project.pk).update(job_costs=True)
        project.job_costs = True
    for part in _parts.values():
        part(template, project)

"""The job costs of a project: a plot, a table by cost code with the way to every transaction, and files."""

from __future__ import annotations

from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from budgets.job_costs import COLUMNS, Figures, JobCost, JobCosts, job_costs_of
from budgets.sources import page_behind
from procore_sync.accounts.access import Right, may, require
from procore_sync.accounts.web import MemberRequest, get_visible, member_required
from projects.cost_views import file_of
from projects.job_costs import NO_CODE, may_code, readings_for
from projects.models import Project
from projects.selectors import projects_for

PLOTTED = ("budget", "committed", "invoiced", "paid", "to_date")


@require_GET
@member_required
def job_costs(request: MemberRequest, pk: int) -> HttpResponse:
    """What a project costs by cost code."""
    project = get_visible(projects_for(request.member), pk)
    found = job_costs_of(project)
    headings = {key: gettext(heading) for key, heading, _ in COLUMNS}
    context = {
        "project": project,
        "costs": found,
        "columns": [(key, headings[key], gettext(meaning)) for key, _, meaning in COLUMNS],
        "cells": [(row, _leading(row, project, headings)) for row in found.rows],
        "total": _cells(found.total, headings),
        "series": [headings[key] for key in PLOTTED],
        "groups": [(row.code.code, [getattr(row.figures, key) for key in PLOTTED]) for row in found.plotted],
        "no_code": NO_CODE,
        "reading": readings_for(request.member).filter(ended_at__isnull=False, error="").first(),
        "may_code": may_code(request.member),
        "may_edit": may(request.member, Right.EDIT),
    }
    return render(request, "budgets/job_costs.html", context)


def _cells(figures: Figures, headings: dict[str, str]) -> list[tuple[str, str, object]]:
    return [(key, heading, getattr(figures, key)) for key, heading in headings.items()]


def _leading(row: JobCost, project: Project, headings: dict[str, str]) -> list[tuple[str, object, str]]:
    """Heading and amount of each figure of a code, and the address of what is behind it, if there is something."""
    costs = f"{reverse('projects:costs')}?project={project.pk}&code={row.code.pk}"
    return [
        (heading, amount, (costs if key == "direct" else page_behind(key, project.pk, row.code.pk)) if amount else "")
        for key, heading, amount in _cells(row.figures, headings)
    ]


def _amounts(figures: Figures) -> Iterator[object]:
    yield from (getattr(figures, key) for key, _, _ in COLUMNS)


@require_GET
@member_required
def job_costs_file(request: MemberRequest, pk: int, extension: str) -> HttpResponse:
    """The same figures as CSV or XLSX."""
    require(request.member, Right.VIEW)
    project = get_visible(projects_for(request.member), pk)
    headings = ("Cost code", "Description", *(heading for _, heading, _ in COLUMNS))
    return file_of(
        extension, f"job-costs-{project.pk}", headings, _rows(job_costs_of(project)), company=request.member.company
    )


def _rows(costs: JobCosts) -> Iterator[tuple[object, ...]]:
    for row in costs.rows:
        yield (row.code.code, row.code.description, *_amounts(row.figures))
    if costs.uncoded_lines:
        yield ("", "Not coded", *_amounts(Figures(direct=costs.uncoded)))
    yield ("", "Total", *_amounts(costs.total))

"""Why a cost code or a project cannot be sent to accounting yet (domain.md W1 and W10)."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse
from django.utils.translation import gettext, ngettext

from procore_sync.acceptance.kinds import Unmet, on_its_way
from procore_sync.accounts.curing import CODE_KEEPERS, EDITORS
from projects.models import CostCode, Project
from projects.records import Problems, details_of
from projects.rules import CostCodeDetails, ProjectDetails, cost_code_problems, project_problems

NAMED_AT_MOST = 3


def unmet_at(page: str, pk: int, sentences: Iterable[str]) -> list[Unmet]:
    """Each sentence as something that who edits records can cure on `page` of the record `pk`."""
    return [Unmet(sentence, EDITORS, reverse(page, args=[pk])) for sentence in sentences]


def all_sentences(problems: Problems) -> list[str]:
    """The sentences of all fields, in order."""
    return [sentence for sentences in problems.values() for sentence in sentences]


def unmet_of_cost_code(cost_code: CostCode) -> list[Unmet]:
    """Everything that keeps the code from being sent; empty if nothing does."""
    problems = cost_code_problems(details_of(cost_code, CostCodeDetails))
    return [
        *unlinkable_cost_code(cost_code),
        *unmet_at("projects:edit_cost_code", cost_code.pk, all_sentences(problems)),
    ]


def unlinkable_cost_code(cost_code: CostCode) -> list[Unmet]:
    """What keeps the code from being linked to an item that QuickBooks has, and from being sent as well."""
    inactive = [] if cost_code.is_active else [gettext("The cost code is inactive. Activate it first.")]
    return unmet_at("projects:cost_code", cost_code.pk, inactive)


def unmet_of_project(project: Project) -> list[Unmet]:
    """Everything that keeps the project from being sent; empty if nothing does."""
    problems = project_problems(details_of(project, ProjectDetails))
    return [
        *unlinkable_project(project),
        *unmet_at("projects:edit_project", project.pk, all_sentences(problems)),
        *_codes(project),
    ]


def unlinkable_project(project: Project) -> list[Unmet]:
    """What keeps the project from being linked to a job that QuickBooks has, and from being sent as well."""
    return [
        *unmet_at("projects:project", project.pk, _inactive(project)),
        *unmet_at("projects:edit_project", project.pk, _switches(project)),
    ]


def _inactive(project: Project) -> list[str]:
    return [] if project.is_active else [gettext("The project is inactive. Activate it first.")]


def _switches(project: Project) -> list[str]:
    sentences = []
    if not project.erp_sync:
        sentences.append(gettext("The project is not to be synced with QuickBooks. Switch that on in its settings."))
    if not project.uses_standard_codes:
        sentences.append(
            gettext("The project has a cost code list of its own. Let it use the QuickBooks standard cost codes.")
        )
    if project.has_sub_jobs:
        sentences.append(
            gettext("The project is divided into sub jobs, which cannot go to QuickBooks. Switch them off.")
        )
    return sentences


def _codes(project: Project) -> list[Unmet]:
    codes = list(CostCode.objects.filter(projects=project).select_related("erp").order_by("code_key", "pk"))
    page = reverse("projects:project_codes", args=[project.pk])
    if not codes:
        return [Unmet(gettext("The project uses no cost code yet. Add at least one."), CODE_KEEPERS, page)]
    missing = [code for code in codes if not on_its_way(code.erp)]
    if not missing:
        return []
    return [Unmet(_not_there(missing), EDITORS, page, items=tuple(code.erp for code in missing))]


def _not_there(missing: list[CostCode]) -> str:
    codes = ", ".join(code.code for code in missing[:NAMED_AT_MOST])
    if len(missing) > NAMED_AT_MOST:
        codes = gettext("%(codes)s and others") % {"codes": codes}
    said = ngettext(
        "%(codes)s is not in QuickBooks yet. Send the cost codes first, or along with the project.",
        "%(codes)s are not in QuickBooks yet. Send the cost codes first, or along with the project.",
        len(missing),
    )
    return said % {"codes": codes}

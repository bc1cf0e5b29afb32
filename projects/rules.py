"""What a cost code and a project may say: sentences by field, for form, file, API and operation alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext, gettext_noop

from procore_sync.kit.text import line_problems, name_problems, number_problems
from projects.models import Stage
from projects.records import Problems

ADDRESS_LIMITS = {
    "street": (500, gettext_noop("street")),
    "city": (255, gettext_noop("city")),
    "state": (255, gettext_noop("state or province")),
    "postal_code": (31, gettext_noop("postal code")),
    "country": (255, gettext_noop("country")),
}


@dataclass(frozen=True)
class CostCodeDetails:
    """What a person says about a cost code."""

    code: str
    description: str = ""


@dataclass(frozen=True)
class ProjectDetails:
    """What a person says about a project."""

    name: str
    number: str = ""
    stage: str = Stage.PRE_CONSTRUCTION
    street: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    starts_on: date | None = None
    finishes_on: date | None = None
    erp_sync: bool = True
    uses_standard_codes: bool = True
    has_sub_jobs: bool = False
    job_costs: bool = False


def problems_of_lines(details: object, limits: Mapping[str, tuple[int, str]]) -> Problems:
    """The sentences about each plain line of `details`; `limits` gives length and wording by field."""
    found = {
        name: line_problems(getattr(details, name), limit=limit, what=what) for name, (limit, what) in limits.items()
    }
    return {name: sentences for name, sentences in found.items() if sentences}


def cost_code_problems(details: CostCodeDetails) -> Problems:
    """Why QuickBooks would not take the code, by field; empty if it would."""
    problems = problems_of_lines(details, {"description": (1000, gettext_noop("description"))})
    return _with("code", name_problems(details.code, what=gettext_noop("code")), problems)


def project_problems(details: ProjectDetails) -> Problems:
    """Why the project cannot be as given, by field; empty if it can."""
    problems = problems_of_lines(details, ADDRESS_LIMITS)
    if details.stage not in Stage.values:
        said = gettext("%(stage)s is not a stage of a project. Choose one of %(stages)s.")
        problems["stage"] = [said % {"stage": details.stage, "stages": ", ".join(Stage.values)}]
    if details.starts_on and details.finishes_on and details.finishes_on < details.starts_on:
        problems["finishes_on"] = [gettext("The project finishes before it starts. Change one of the two dates.")]
    problems = _with("number", number_problems(details.number, limit=50), problems)
    return _with("name", name_problems(details.name), problems)


def _with(name: str, sentences: list[str], problems: Problems) -> Problems:
    return {name: sentences, **problems} if sentences else problems

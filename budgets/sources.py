"""What the apps above tell the budget of a project's costs and of the codes they use; each registers at start."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from projects.models import Project

_ZERO = Decimal("0.00")


@dataclass(frozen=True)
class Costs:
    """What one source knows of one cost code of a project, in money (domain.md §7.2 and §9.1).

    `committed` is Committed Costs, `pending` Pending Cost Changes, `invoiced` what subcontractors have billed, `paid`
    what of that was paid.
    """

    committed: Decimal = _ZERO
    pending: Decimal = _ZERO
    invoiced: Decimal = _ZERO
    paid: Decimal = _ZERO


#: The costs of a project by the id of the cost code, in a constant number of queries.
CostSource = Callable[[Project], Mapping[int, Costs]]
#: Why a code of a project must keep its budget line, by the id of the cost code: a sentence such as "SC-001 uses it."
CodeUse = Callable[[Project], Mapping[int, str]]
#: The address of the page that lists what is behind a figure of a project (its id) and a cost code (its id).
FigurePage = Callable[[int, int], str]

_sources: dict[str, CostSource] = {}
_uses: dict[str, CodeUse] = {}
_pages: dict[str, FigurePage] = {}


def register_source(name: str, source: CostSource) -> None:
    """Make a source known; called once from the `AppConfig.ready()` of the app that knows."""
    _sources[name] = source


def costs_by_code(project: Project) -> dict[int, Costs]:
    """The sum of all sources by the id of the cost code; a code that none knows is absent."""
    found: dict[int, Costs] = {}
    for source in _sources.values():
        for code_id, one in source(project).items():
            sum_ = found.get(code_id, Costs())
            found[code_id] = Costs(
                sum_.committed + one.committed,
                sum_.pending + one.pending,
                sum_.invoiced + one.invoiced,
                sum_.paid + one.paid,
            )
    return found


def register_use(name: str, use: CodeUse) -> None:
    """Let an app say which codes of a project it uses; a budget line whose code is used is not removed."""
    _uses[name] = use


def use_of_code(project: Project, code_id: int) -> str:
    """Who uses this code of the project, as sentences; "" if nobody does."""
    return " ".join(sentence for use in _uses.values() if (sentence := use(project).get(code_id)))


def register_page(figure: str, page: FigurePage) -> None:
    """Let a figure of the budget view or of job costs lead to what is behind it. Called by the app that lists that."""
    _pages[figure] = page


def page_behind(figure: str, project_id: int, code_id: int) -> str:
    """The address of what is behind a figure of a project and a code; "" while no app lists it."""
    return _pages[figure](project_id, code_id) if figure in _pages else ""

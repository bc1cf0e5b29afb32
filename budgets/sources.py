"""What the apps above tell the budget of a project's costs; each registers its source at start."""

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

_sources: dict[str, CostSource] = {}


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

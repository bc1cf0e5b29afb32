"""Which cost code a cost gets: the ledger's item decides; where that says none, the rules that people made.

Of two rules that fit, the one that asks for more decides: this line alone before an item, before a vendor, before an
account; a project's rule before the company's. So the order in which rules were made never matters.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from django.db.models import QuerySet

from projects.models import Coding, CostLine, CostRule


class Facts(NamedTuple):
    """What rules ask of a cost."""

    project_id: int | None
    account_id: str
    party_id: str
    item_id: str


@dataclass(frozen=True)
class Coded:
    """A cost's code, or None, and how it came to it."""

    cost_code_id: int | None
    coding: Coding


NOT_CODED = Coded(None, Coding.NONE)
_Pattern = tuple[int | None, str, str, str]


class Rules:
    """The rules of a company, ready to be asked often."""

    def __init__(self, rules: Iterable[CostRule]) -> None:
        self._lines: dict[str, int] = {}
        self._patterns: dict[_Pattern, int] = {}
        for rule in rules:
            if rule.line:
                self._lines[rule.line] = rule.cost_code_id
            else:
                pattern = (rule.project_id, rule.account_id, rule.party_id, rule.item_id)
                self._patterns[pattern] = rule.cost_code_id
        shapes = {
            (item != "", party != "", account != "", at is not None) for at, account, party, item in self._patterns
        }
        self._shapes = sorted(shapes, reverse=True)

    @classmethod
    def of(cls, company_id: int) -> Rules:
        """The rules of a company as they stand now: one query."""
        return cls(CostRule.objects.filter(company_id=company_id))

    def code_of(self, facts: Facts, key: str = "") -> Coded:
        """What the rules say of a cost; `key` names its line."""
        if key in self._lines:
            return Coded(self._lines[key], Coding.LINE)
        for item, party, account, of_project in self._shapes:
            pattern = (
                facts.project_id if of_project else None,
                facts.account_id if account else "",
                facts.party_id if party else "",
                facts.item_id if item else "",
            )
            if pattern in self._patterns:
                return Coded(self._patterns[pattern], Coding.RULE)
        return NOT_CODED


def recode(company_id: int) -> int:
    """Bring every cost that its item does not code in line with the rules; returns how many changed.

    Asks for what is different only, so the number of statements follows what there is to change.
    """
    rules = Rules.of(company_id)
    return _recode_lines(company_id) + _recode_patterns(company_id, rules)


def _recode_patterns(company_id: int, rules: Rules) -> int:
    rows = CostLine.objects.filter(company_id=company_id, coding__in=[Coding.NONE, Coding.RULE])
    seen = rows.order_by().values_list("project_id", "account_id", "party_id", "item_id", "cost_code_id").distinct()
    changed = 0
    for project_id, account_id, party_id, item_id, before in list(seen):
        facts = Facts(project_id, account_id, party_id, item_id)
        said = rules.code_of(facts)
        if said.cost_code_id != before:
            alike = rows.filter(**facts._asdict(), cost_code_id=before)
            changed += alike.update(cost_code_id=said.cost_code_id, coding=said.coding)
    return changed


def _recode_lines(company_id: int) -> int:
    """Lines that a rule of their own codes, and those that have lost theirs."""
    wanted = {rule.line: rule.cost_code_id for rule in CostRule.objects.filter(company_id=company_id).exclude(line="")}
    rows = CostLine.objects.filter(company_id=company_id).exclude(coding=Coding.ITEM)
    coded = {line.key: line for line in rows.filter(coding=Coding.LINE)}
    lost = [line.pk for key, line in coded.items() if key not in wanted]
    changed = CostLine.objects.filter(pk__in=lost).update(coding=Coding.NONE, cost_code=None)
    for key, code_id in wanted.items():
        if key not in coded or coded[key].cost_code_id != code_id:
            changed += line_of(rows, key).update(coding=Coding.LINE, cost_code_id=code_id)
    return changed


def line_of(rows: QuerySet[CostLine], key: str) -> QuerySet[CostLine]:
    """The one of `rows` that `key` names."""
    entity, txn_id, line_id = key.split("/", 2)
    return rows.filter(entity=entity, txn_id=txn_id, line_id=line_id)

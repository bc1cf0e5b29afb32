"""How costs come in from a ledger: whole transactions at a time, so that reading one twice changes nothing.

The ledger's bridge calls this; nothing here knows which ledger it is. No function opens a transaction of its own: the
bridge commits a page of costs together with how far it has read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from itertools import islice

from django.db.models import Q

from procore_sync.kit.clock import database_time
from projects.coding import Coded, Facts, Rules, recode
from projects.models import Coding, CostLine, CostRule

_BATCH = 500
_KEY = ["company", "entity", "txn_id", "line_id"]


@dataclass(frozen=True)
class Cost:
    """A line that the ledger charges to a job. `amount` is what it adds to the cost, below zero for a credit."""

    txn_id: str
    line_id: str
    job_id: str
    day: date
    amount: Decimal
    number: str = ""
    party_id: str = ""
    party: str = ""
    account_id: str = ""
    account: str = ""
    item_id: str = ""
    item: str = ""
    description: str = ""
    sync_token: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """What the ledger's ids are here: the project of a job, the cost code of an item, and which documents are ours.

    `own` holds (entity, transaction id), `added` the lines of such a document that are none of ours: what was exported
    does not know them, so they cost like any other. Both need only speak of the transactions at hand.
    """

    projects: Mapping[str, int]
    codes: Mapping[str, int]
    own: Collection[tuple[str, str]] = ()
    added: Mapping[tuple[str, str], Collection[str]] = field(default_factory=dict)

    def is_own(self, entity: str, txn_id: str, line_id: str) -> bool:
        """Whether what a line costs is known already, because we exported it."""
        key = (entity, txn_id)
        return key in self.own and line_id not in self.added.get(key, ())


def absorb(company_id: int, entity: str, read: Collection[str], costs: Iterable[Cost], known: Known) -> int:
    """Let the transactions `read` consist of exactly these costs from now on; returns how many lines that are.

    A transaction without any cost loses what it had, so edits and deletions in the ledger come the same way.
    """
    stamp, rules = database_time(), Rules.of(company_id)
    rows = [_row(company_id, entity, cost, known, rules) for cost in costs]
    for row in rows:
        row.read_at = stamp
    columns = [field.name for field in CostLine._meta.concrete_fields if field.name not in (*_KEY, "id")]
    CostLine.objects.bulk_create(
        rows, batch_size=_BATCH, update_conflicts=True, unique_fields=_KEY, update_fields=columns
    )
    held = CostLine.objects.filter(company_id=company_id, entity=entity, txn_id__in=list(read))
    held.exclude(read_at=stamp).delete()
    return len(rows)


def _row(company_id: int, entity: str, cost: Cost, known: Known, rules: Rules) -> CostLine:
    row = CostLine(company_id=company_id, entity=entity, **asdict(cost))
    row.project_id = known.projects.get(cost.job_id)
    row.own = known.is_own(entity, cost.txn_id, cost.line_id)
    coded = _coded(row, known, rules)
    row.cost_code_id, row.coding = coded.cost_code_id, coded.coding
    return row


def _coded(row: CostLine, known: Known, rules: Rules) -> Coded:
    if row.item_id in known.codes:
        return Coded(known.codes[row.item_id], Coding.ITEM)
    return rules.code_of(Facts(row.project_id, row.account_id, row.party_id, row.item_id), row.key)


def retire(company_id: int, entity: str, before: datetime) -> int:
    """Drop what a whole reading that began then did not find any more; returns how many lines that were."""
    gone, _ = CostLine.objects.filter(company_id=company_id, entity=entity, read_at__lt=before).delete()
    return gone


def forget(company_id: int) -> None:
    """Drop every cost of a company, whose ledger is another one now; rules speak of its ids, so they go too."""
    CostLine.objects.filter(company_id=company_id).delete()
    CostRule.objects.filter(company_id=company_id).delete()


def settle(company_id: int, known: Known) -> int:
    """Bring every cost in line with what the ledger's ids are here by now; returns how many lines changed.

    Records are linked and unlinked after their costs were read. Here `known.own` and `known.added` must be complete.
    """
    changed = _settle_projects(company_id, known) + _settle_codes(company_id, known) + _settle_own(company_id, known)
    return changed + recode(company_id)


def _settle_projects(company_id: int, known: Known) -> int:
    rows = CostLine.objects.filter(company_id=company_id)
    changed = 0
    for job_id, before in list(rows.order_by().values_list("job_id", "project_id").distinct()):
        project_id = known.projects.get(job_id)
        if project_id != before:
            changed += rows.filter(job_id=job_id, project_id=before).update(project_id=project_id)
    return changed


def _settle_codes(company_id: int, known: Known) -> int:
    """Items that became a cost code, or another one, and those that are none any more."""
    rows = CostLine.objects.filter(company_id=company_id).exclude(item_id="")
    changed = 0
    for item_id, coding, before in list(rows.order_by().values_list("item_id", "coding", "cost_code_id").distinct()):
        code_id = known.codes.get(item_id)
        alike = rows.filter(item_id=item_id, coding=coding, cost_code_id=before)
        if code_id is not None and (coding, before) != (Coding.ITEM, code_id):
            changed += alike.update(coding=Coding.ITEM, cost_code_id=code_id)
        elif code_id is None and coding == Coding.ITEM:
            changed += alike.update(coding=Coding.NONE, cost_code=None)
    return changed


def _settle_own(company_id: int, known: Known) -> int:
    rows = CostLine.objects.filter(company_id=company_id)
    changed = 0
    for entity, txn_id in list(rows.filter(own=True).order_by().values_list("entity", "txn_id").distinct()):
        if (entity, txn_id) not in known.own:
            changed += rows.filter(entity=entity, txn_id=txn_id).update(own=False)
    for entity in {entity for entity, _ in known.own}:
        ids = iter(txn_id for of, txn_id in known.own if of == entity and (of, txn_id) not in known.added)
        while some := list(islice(ids, _BATCH)):
            changed += rows.filter(entity=entity, txn_id__in=some, own=False).update(own=True)
    for (entity, txn_id), added in known.added.items():
        lines, theirs = rows.filter(entity=entity, txn_id=txn_id), Q(line_id__in=list(added))
        changed += lines.filter(theirs, own=True).update(own=False)
        changed += lines.filter(~theirs, own=False).update(own=True)
    return changed

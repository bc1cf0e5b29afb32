"""Costs as a ledger's bridge hands them in."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Any

from projects import ledger_costs
from projects.ledger_costs import Cost, Known
from projects.models import Project

DAY = date(2026, 11, 3)


def cost(txn: str, amount: str, line: str = "1", **more: Any) -> Cost:
    """A line of a bill from Kestrel on the account Job materials, for job 55."""
    named = {"party_id": "Vendor:12", "party": "Kestrel", "account_id": "8", "account": "Job materials"}
    told = {"txn_id": txn, "line_id": line, "job_id": "55", "day": DAY, "amount": Decimal(amount)}
    return Cost(**{**told, **named, **more})


def absorb(project: Project, known: Known, *costs: Cost, entity: str = "Bill", also: Iterable[str] = ()) -> None:
    """Read the transactions of `costs`, and those of `also`, which have none."""
    ledger_costs.absorb(project.company_id, entity, {*also, *(one.txn_id for one in costs)}, costs, known)

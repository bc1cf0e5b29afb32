"""Records with lines for the bridge's tests: a document as its app would freeze it, and no app behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from procore_sync.acceptance.items import open_item, revise, set_requirements
from procore_sync.acceptance.kinds import KindSpec, ref
from procore_sync.acceptance.models import Document, ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from projects.models import CostCode, Project
from tests.scenes import scenes
from vendors.models import Vendor

DOCUMENTS: dict[int, Document] = {}
"""What each item says at the moment, by its pk."""
scenes.remembered.append(DOCUMENTS)


def spec(kind: Kind, target: Callable[[Any], ErpItem] | None = None) -> KindSpec:
    """How acceptance reads a record of which there is only a document."""
    return KindSpec(
        kind=kind,
        label=kind.label,
        plural=kind.label,
        badge=kind.value[:3].upper(),
        record_of=lambda item: DOCUMENTS[item.pk],
        document=lambda document: document,
        unmet=lambda document: [],
        url=lambda document: "/",
        facts=lambda document: [],
        target=target,
    )


SPECS = {
    Kind.BUDGET: spec(Kind.BUDGET),
    Kind.COMMITMENT: spec(Kind.COMMITMENT),
    Kind.CHANGE_ORDER: spec(Kind.CHANGE_ORDER, lambda document: ErpItem.objects.get(pk=document["commitment"]["item"])),
}


def total_of(lines: list[Document]) -> str:
    """What lines come to, as a document says it."""
    return str(money(sum((Decimal(one["amount"]) for one in lines), Decimal(0))))


@dataclass(frozen=True)
class Ground:
    """A project, a vendor and two cost codes that stand in QuickBooks."""

    by: Membership
    project: Project
    vendor: Vendor
    codes: list[CostCode]

    def line(self, key: str, amount: str, text: str = "", *, code: int = 0, **more: str) -> Document:
        """A line of a commitment or change order."""
        item = self.codes[code]
        numbers = {"quantity": "", "uom": "", "unit_cost": "", **more}
        named = {**ref(item.erp), "code": item.code}
        return {"key": key, "code": named, "description": text or f"Work {key}", "amount": amount, **numbers}

    def _open(self, kind: Kind, label: str, document: Document, *needs: ErpItem) -> ErpItem:
        item = open_item(
            company=self.by.company,
            kind=kind,
            label=label,
            by=self.by,
            number=document.get("number", ""),
            amount=Decimal(document["total"]),
            project=self.project.erp,
        )
        set_requirements(item, [self.project.erp, *(code.erp for code in self.codes), *needs])
        DOCUMENTS[item.pk] = document
        return item

    def budget(self, *lines: tuple[str, str], **more: Any) -> ErpItem:
        """A locked budget with a line for each (key, amount)."""
        item = self.codes[0]
        rows = [
            {
                "key": key,
                "code": {**ref(item.erp), "code": item.code},
                "description": f"Budget {key}",
                "amount": amount,
                "note": "",
            }
            for key, amount in lines
        ]
        head = {"project": ref(self.project.erp), "project_number": "26-003", "date": "2026-11-02"}
        document = {**head, "total": total_of(rows), "lines": rows, **more}
        return self._open(Kind.BUDGET, f"Budget of {self.project}", document)

    def commitment(self, *lines: Document, number: str = "SC-001", **more: Any) -> ErpItem:
        """An approved subcontract."""
        rows = list(lines) or [self.line("1", "1000.00"), self.line("2", "500.50", code=1)]
        document = {
            "project": ref(self.project.erp),
            "vendor": ref(self.vendor.erp),
            "type": "subcontract",
            "number": number,
            "title": "Electrical",
            "date": "2026-11-02",
            "description": "Wire it all.",
            "retainage": "10.00",
            "replaces": "",
            "total": total_of(rows),
            "lines": rows,
            **more,
        }
        return self._open(Kind.COMMITMENT, f"{number} Electrical", document, self.vendor.erp)

    def change_order(self, commitment: ErpItem, sequence: int, *amounts: str, **more: Any) -> ErpItem:
        """An approved change order of `commitment` with a line an amount."""
        rows = [
            {**self.line(f"C{sequence}.{at}", amount), "changes": ""}
            for at, amount in enumerate(amounts or ("40.00",), 1)
        ]
        document = {
            "commitment": {**ref(commitment), "number": commitment.number},
            "project": ref(self.project.erp),
            "vendor": ref(self.vendor.erp),
            "number": f"CO-{sequence}",
            "title": "",
            "date": "2026-11-03",
            "description": "",
            "total": total_of(rows),
            "lines": rows,
            **more,
        }
        return self._open(Kind.CHANGE_ORDER, f"CO-{sequence}", document, commitment)


def edited(item: ErpItem, **changes: Any) -> ErpItem:
    """`item` saying something else since; the total follows the lines."""
    document = {**DOCUMENTS[item.pk], **changes}
    DOCUMENTS[item.pk] = {**document, "total": total_of(document["lines"])}
    item.refresh_from_db()
    revise(item, amount=Decimal(DOCUMENTS[item.pk]["total"]))
    item.refresh_from_db()
    return item

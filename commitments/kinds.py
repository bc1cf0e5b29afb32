"""How acceptance reads a commitment: the document, its lines and facts, and why it cannot go yet."""

from __future__ import annotations

from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from commitments.hindrances import Deed, hindrances_of
from commitments.models import Commitment, CommitmentType, SovLine
from commitments.readiness import unmet_of_commitment
from commitments.rules import plain
from commitments.statuses import OVER
from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import DocumentLine, KindSpec, ref
from procore_sync.acceptance.models import Document
from procore_sync.kit.kinds import Kind
from procore_sync.kit.money import money
from projects.kinds import labelled


def lines_of(commitment: Commitment) -> list[SovLine]:
    """The lines in their order, each with its cost code and that code's item, as the database has them now."""
    return list(SovLine.objects.filter(commitment=commitment).select_related("code__cost_code__erp"))


def commitment_document(commitment: Commitment) -> Document:
    """What QuickBooks gets of a commitment; money with two places, dates ISO, "" where there is nothing."""
    lines = lines_of(commitment)
    return {
        "project": ref(commitment.project.erp),
        "vendor": ref(commitment.vendor.erp) if commitment.vendor else {"item": None, "label": ""},
        "type": str(commitment.type),
        "number": commitment.number,
        "title": commitment.title,
        "date": commitment.created_on.isoformat(),
        "description": commitment.description,
        "retainage": str(money(commitment.default_retainage)),
        "replaces": replaces(commitment),
        "total": str(sum((line.amount for line in lines), Decimal("0.00"))),
        "lines": [_document_line(line) for line in lines],
    }


def _document_line(line: SovLine) -> Document:
    code = line.code.cost_code
    return {
        "key": str(line.number),
        "code": {**ref(code.erp), "code": code.code},
        "description": line.description,
        "quantity": plain(line.quantity),
        "uom": line.uom,
        "unit_cost": plain(line.unit_cost),
        "amount": str(money(line.amount)),
    }


def replaces(commitment: Commitment) -> str:
    """Why this document corrects and replaces what QuickBooks held before; "" where it does not."""
    if commitment.is_correcting:
        return commitment.correcting
    if commitment.erp.synced_revision is None:
        return ""
    taken = commitment.erp.submissions.filter(revision=commitment.erp.synced_revision).order_by("-number").first()
    return str(taken.document.get("replaces", "")) if taken else ""


def commitment_facts(document: Document) -> list[Fact]:
    """What a person reads of a commitment's document."""
    return [
        *labelled(
            (gettext_noop("Correction"), document["replaces"]),
            (gettext_noop("Type"), CommitmentType(document["type"]).label),
            (gettext_noop("Number"), document["number"]),
            (gettext_noop("Title"), document["title"]),
            (gettext_noop("Project"), document["project"]["label"]),
            (gettext_noop("Vendor"), document["vendor"]["label"]),
            (gettext_noop("Date"), document["date"]),
            (gettext_noop("Description"), document["description"]),
        ),
        Fact(gettext_noop("Default retainage, %"), document["retainage"], numeric=True),
        Fact(gettext_noop("Total"), f"{Decimal(document['total']):,.2f}", numeric=True),
    ]


LINE_COLUMNS = (
    gettext_noop("Cost code"),
    gettext_noop("Description"),
    gettext_noop("Quantity"),
    gettext_noop("Unit"),
    gettext_noop("Unit cost"),
)


def commitment_lines(document: Document) -> list[DocumentLine]:
    """The lines of a commitment's document, as a person reads them under `LINE_COLUMNS`."""
    return [
        DocumentLine(
            line["key"],
            (line["code"]["code"], line["description"], line["quantity"], line["uom"], line["unit_cost"]),
            Decimal(line["amount"]),
        )
        for line in document["lines"]
    ]


COMMITMENT = KindSpec(
    kind=Kind.COMMITMENT,
    label=gettext_noop("Commitment"),
    plural=gettext_noop("Commitments"),
    badge="COM",
    record_of=lambda item: Commitment.objects.select_related("erp", "company", "project__erp", "vendor__erp").get(
        erp=item
    ),
    document=commitment_document,
    unmet=unmet_of_commitment,
    url=lambda commitment: reverse("commitments:commitment", args=[commitment.pk]),
    facts=commitment_facts,
    lines=commitment_lines,
    line_columns=LINE_COLUMNS,
    stays_linked=lambda commitment: hindrances_of(Deed.UNLINK, commitment),
    given_up=Q(commitment__status__in=OVER) | Q(commitment__is_active=False),
)

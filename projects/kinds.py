"""How acceptance reads a cost code and a project: the document, its facts, and why it cannot go yet."""

from __future__ import annotations

from datetime import date

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_noop

from procore_sync.acceptance.courier import Fact
from procore_sync.acceptance.kinds import KindSpec
from procore_sync.acceptance.models import Document
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from projects.readiness import unmet_of_cost_code, unmet_of_project

ADDRESS = ("street", "city", "state", "postal_code", "country")


def cost_code_document(cost_code: CostCode) -> Document:
    """What QuickBooks gets of a code, all texts: `{"code", "description"}`; "" where there is none."""
    return {"code": cost_code.code, "description": cost_code.description}


def project_document(project: Project) -> Document:
    """What QuickBooks gets of a project, all texts, "" where there is none, dates as YYYY-MM-DD:

    `{"name", "number", "street", "city", "state", "postal_code", "country", "starts_on", "finishes_on"}`.
    """
    return {
        "name": project.name,
        "number": project.number,
        **{part: getattr(project, part) for part in ADDRESS},
        "starts_on": _iso(project.starts_on),
        "finishes_on": _iso(project.finishes_on),
    }


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def address_line(document: Document) -> str:
    """The address of a document on one line: street, city, state and postal code, country; what is absent is left."""
    region = " ".join(part for part in (document["state"], document["postal_code"]) if part)
    return ", ".join(part for part in (document["street"], document["city"], region, document["country"]) if part)


def labelled(*pairs: tuple[str, str]) -> list[Fact]:
    """A fact for each label that has a value."""
    return [Fact(label, value) for label, value in pairs if value]


def cost_code_facts(document: Document) -> list[Fact]:
    """What a person reads of a code's document."""
    return labelled((gettext_noop("Code"), document["code"]), (gettext_noop("Description"), document["description"]))


def project_facts(document: Document) -> list[Fact]:
    """What a person reads of a project's document."""
    return labelled(
        (gettext_noop("Name"), document["name"]),
        (gettext_noop("Number"), document["number"]),
        (gettext_noop("Address"), address_line(document)),
        (gettext_noop("Starts on"), document["starts_on"]),
        (gettext_noop("Finishes on"), document["finishes_on"]),
    )


COST_CODE = KindSpec(
    kind=Kind.COST_CODE,
    label=gettext_noop("Cost code"),
    plural=gettext_noop("Cost codes"),
    badge="CODE",
    record_of=lambda item: CostCode.objects.select_related("erp", "company").get(erp=item),
    document=cost_code_document,
    unmet=unmet_of_cost_code,
    url=lambda cost_code: reverse("projects:cost_code", args=[cost_code.pk]),
    facts=cost_code_facts,
    given_up=Q(cost_code__is_active=False),
)

PROJECT = KindSpec(
    kind=Kind.PROJECT,
    label=gettext_noop("Project"),
    plural=gettext_noop("Projects"),
    badge="JOB",
    record_of=lambda item: Project.objects.select_related("erp", "company").get(erp=item),
    document=project_document,
    unmet=unmet_of_project,
    url=lambda project: reverse("projects:project", args=[project.pk]),
    facts=project_facts,
    given_up=Q(project_record__is_active=False),
)

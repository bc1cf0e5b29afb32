"""The list of what was changed of rights and rules, in the language of who reads it."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.translation import override

from budgets import company_rules
from budgets.models import BudgetRules
from invoices.models import BillingSettings
from invoices.periods import _labelled as billing_labels
from procore_sync.acceptance.company_settings import policies_of, said_of
from procore_sync.accounts.models import Membership, RightsChange
from procore_sync.accounts.operations import _labelled as rights_labels
from procore_sync.accounts.operations import rights_of
from procore_sync.accounts.rule_words import in_the_readers_words
from projects.models import Project
from quickbooks_bridge.bill_needs import NEEDS
from quickbooks_bridge.models import CustomerMode, Every, Thing


@pytest.mark.parametrize(
    ("change", "read"),
    [
        (("Role", "View only", "Project manager"), ("Función", "Solo lectura", "Gerente de proyecto")),
        (("Can import", "", "Cost code, Vendor"), ("Puede importar", "", "Código de costo, Proveedor")),
        (("Sender may not accept", "on", "off"), ("Quien envía no puede aceptar", "activado", "desactivado")),
        (("Direct Export up to, Commitment", "any amount", "5.00"), ("hasta, Compromiso", "cualquier importe", "5.00")),
        (("Files to QuickBooks", "stay in the console", "go with the bill"), ("Archivos a QuickBooks", "", "")),
        (
            ("Class of orders and bills, 2519 Depot, east", "none", "Vendor"),
            (", 2519 Depot, east", "ninguno", "Vendor"),
        ),
        (("Billing of Depot, east, periods", "Weekly", "Monthly"), ("de Depot, east, períodos", "Semanal", "Mensual")),
        (("Webhook Vendor", "on", "off"), ("Webhook Vendor", "activado", "desactivado")),
        (("Webhook Vendor", "On", "Switched off"), ("Webhook Vendor", "Encendido", "Desactivada")),
        (("Webhook Vendor", "secret", "another secret"), ("Webhook Vendor", "secreto", "otro secreto")),
        (
            (
                "Webhook W",
                "https://a.test/…1234 (Cost code, Vendor: Stopped)",
                "https://a.test (every kind: everything)",
            ),
            (
                "Webhook W",
                "https://a.test/…1234 (Código de costo, Proveedor: Detenido)",
                "https://a.test (todo tipo: todo)",
            ),
        ),
        (
            ("Webhook W", "", "https://a.test/…1234 (every kind: Stopped) (another address)"),
            ("Webhook W", "", "https://a.test/…1234 (todo tipo: Detenido) (otra dirección)"),
        ),
        (("Webhook W", "odd", "https://a.test (x"), ("Webhook W", "odd", "https://a.test (x")),
        (("Sending to QuickBooks", "on", "paused"), ("Envío a QuickBooks", "activado", "en pausa")),
        (
            ("A project in QuickBooks", str(CustomerMode.JOBS.label), str(CustomerMode.CUSTOMERS.label)),
            (
                "Un proyecto en QuickBooks",
                "Cada proyecto es un trabajo de un cliente",
                "Cada proyecto es un cliente propio",
            ),
        ),
        (("QuickBooks company", "none", "Vendor (1)"), ("Empresa de QuickBooks", "ninguno", "Vendor (1)")),
        (("Name", "none", "Vendor"), ("Nombre", "none", "Vendor")),
        (("Token", "", "Vendor"), ("Token", "", "Vendor")),
        (("Retainage item", "Retainage", "Item"), ("Artículo de retención", "Retainage", "Item")),
    ],
)
def test_a_change_is_read_in_spanish_and_a_name_stays(change: tuple[str, ...], read: tuple[str, ...]) -> None:
    label, before, after = change
    with override("es"):
        said = in_the_readers_words({"label": label, "before": before, "after": after})

    assert all(word in one for word, one in zip(read, said.values(), strict=True))
    assert in_the_readers_words({"label": label, "before": before, "after": after}) == {
        "label": label,
        "before": before,
        "after": after,
    }


def test_every_label_is_a_word_of_spanish(max_pm: Membership) -> None:
    labels = [
        *said_of(max_pm.company, policies_of(max_pm.company)),
        *company_rules.said_of(BudgetRules()),
        *rights_labels(rights_of(max_pm)),
        *billing_labels(BillingSettings(project=Project(name="Lofts"))),
        *(one.rule for one in NEEDS.values()),
        *Thing.labels,
    ]
    with override("es"):
        left = [
            one
            for one in map(str, labels)
            if in_the_readers_words({"label": one, "before": "", "after": ""})["label"] == one
        ]
    assert left == []


def test_every_value_of_a_need_and_how_often_is_a_word_of_spanish() -> None:
    values = [(one.rule, said) for one in NEEDS.values() for said in one.said]
    values += [("Payments are read", str(one)) for one in Every.labels]
    with override("es"):
        left = [
            value
            for label, value in values
            if in_the_readers_words({"label": label, "before": value, "after": ""})["before"] == value
        ]
    assert left == []


def test_the_page_says_it_so(client: Client, alma: Membership) -> None:
    changes = [{"label": "Sender may not accept", "before": "on", "after": "off"}]
    RightsChange.objects.create(company=alma.company, by=alma, action="settings", changes=changes)
    alma.user.language = "es"
    alma.user.save()
    client.force_login(alma.user)

    page = client.get("/people/").content.decode()

    assert "Quien envía no puede aceptar: <del>" in page
    assert "Sender may not accept" not in page

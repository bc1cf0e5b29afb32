"""What was exported, read back from outside by the client library that the bookkeeper's other programs use.

The expectations are written by hand from quickbooks.md, not computed by the exporters that are tested.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from intuitlib.client import AuthClient
from quickbooks import QuickBooks
from quickbooks.objects.customer import Customer
from quickbooks.objects.item import Item
from quickbooks.objects.vendor import Vendor

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from quickbooks_bridge.models import Link
from tests.factories import make_cost_code, make_project, make_vendor
from tests.site import REALM, Site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]

CALLBACK = "http://127.0.0.1/elsewhere"


@pytest.fixture(scope="module")
def outside(site: Site) -> QuickBooks:
    """Another program's connection to the same books, with its own consent and its own tokens."""
    asked = {
        "client_id": "demo-client",
        "redirect_uri": CALLBACK,
        "realm": REALM,
        "scope": "com.intuit.quickbooks.accounting",
        "state": "from outside",
    }
    redirect = site.control("POST", "authorize", **asked)["redirect"]
    code = parse_qs(urlsplit(redirect).query)["code"][0]
    discovery = f"{site.emulator.url}/.well-known/openid_sandbox_configuration/"
    auth = AuthClient("demo-client", "demo-secret", CALLBACK, discovery)
    auth.get_bearer_token(code, realm_id=REALM)

    class Outside(QuickBooks):  # type: ignore[misc]
        """The library pointed at the emulator, as Intuit's host is built in."""

        @property
        def api_url(self) -> str:
            return f"{site.emulator.url}/v3"

        def _start_session(self) -> str:
            self.session = requests.Session()
            self.session.access_token = auth.access_token  # type: ignore[attr-defined]
            return str(auth.refresh_token)

    return Outside(auth_client=auth, refresh_token=auth.refresh_token, company_id=REALM, minorversion=75)


def id_of(site: Site, entity: str, name: str) -> str:
    """The id of what the emulator holds under this name."""
    held = [one["Id"] for one in site.books(entity) if name in (one.get("Name"), one.get("DisplayName"))]
    assert len(held) == 1, f"{entity} {name}: {held}"
    return str(held[0])


def export(site: Site, item: ErpItem, **choices: str) -> str:
    """Send, accept with these choices, and wait; the id in the books."""
    submission = operations.send(item, by=site.max_pm)
    operations.accept(item, by=site.ada, seen=submission.digest, choices=choices)
    site.until(item, Status.SYNCED)
    return Link.objects.get(item=item).remote_id


def said(read: Any) -> dict[str, Any]:
    """What an object of the library was told: without what is empty and what a new one says by itself."""
    silent = json.loads(type(read)().to_json())
    assert read.Active
    plain = _filled({name: value for name, value in json.loads(read.to_json()).items() if value != silent.get(name)})
    assert isinstance(plain, dict)
    assert plain.pop("MetaData")["CreateTime"]
    return plain


def _filled(value: Any) -> Any:
    if isinstance(value, dict):
        kept = {name: _filled(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in ("", None, {}, [])}
    return [_filled(each) for each in value] if isinstance(value, list) else value


def test_a_vendor_with_all_its_fields(site: Site, outside: QuickBooks) -> None:
    item = make_vendor(
        site.max_pm,
        "Béton d'Outaouais & Frères Ltée",
        print_name="9041-2231 Québec inc.",
        street="1240, boul. Saint-Joseph, bureau 3",
        city="Trois-Rivières",
        state="QC",
        postal_code="G8Z 4L8",
        country="Canada",
        phone="+1 819 555 0142",
        fax="+1 819 555 0143",
        email="comptes@beton.example",
        website="https://beton.example/fr?a=1&b=2",
        terms_hint="Net 45",
    ).erp
    remote_id = export(site, item, terms=id_of(site, "Term", "Net 45"))
    read = Vendor.get(int(remote_id), qb=outside)
    assert said(read) == {
        "Id": remote_id,
        "SyncToken": "0",
        "DisplayName": "Béton d'Outaouais & Frères Ltée",
        "CompanyName": "Béton d'Outaouais & Frères Ltée",
        "PrintOnCheckName": "9041-2231 Québec inc.",
        "BillAddr": {
            "Id": read.BillAddr.Id,
            "Line1": "1240, boul. Saint-Joseph, bureau 3",
            "City": "Trois-Rivières",
            "CountrySubDivisionCode": "QC",
            "PostalCode": "G8Z 4L8",
            "Country": "Canada",
        },
        "PrimaryPhone": {"FreeFormNumber": "+1 819 555 0142"},
        "Fax": {"FreeFormNumber": "+1 819 555 0143"},
        "PrimaryEmailAddr": {"Address": "comptes@beton.example"},
        "WebAddr": {"URI": "https://beton.example/fr?a=1&b=2"},
        "TermRef": {"value": id_of(site, "Term", "Net 45")},
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
    }


def test_a_cost_code_is_a_service_item_with_both_accounts(site: Site, outside: QuickBooks) -> None:
    item = make_cost_code(site.max_pm, "03-300", "Cast-in-place concrete, incl. 10 % waste").erp
    income = id_of(site, "Account", "Construction Income")
    expense = id_of(site, "Account", "Subcontractors")
    remote_id = export(site, item, income_account=income, expense_account=expense)
    assert said(Item.get(int(remote_id), qb=outside)) == {
        "Id": remote_id,
        "SyncToken": "0",
        "Name": "03-300",
        "FullyQualifiedName": "03-300",
        "Type": "Service",
        "Description": "Cast-in-place concrete, incl. 10 % waste",
        "PurchaseDesc": "Cast-in-place concrete, incl. 10 % waste",
        "IncomeAccountRef": {"value": income, "name": "Construction Income"},
        "ExpenseAccountRef": {"value": expense, "name": "Cost of Goods Sold:Subcontractors"},
        "PurchaseCost": 0,
    }


def test_a_project_is_a_job_under_the_customer_chosen(site: Site, outside: QuickBooks) -> None:
    item = make_project(
        site.max_pm,
        "Quai 9 & Marché",
        number="24-017",
        street="9 Wharf Road",
        city="Eastport",
        state="ME",
        postal_code="04631",
        country="USA",
    ).erp
    customer = id_of(site, "Customer", "City of Eastport")
    remote_id = export(site, item, customer=customer)
    read = Customer.get(int(remote_id), qb=outside)
    assert said(read) == {
        "Id": remote_id,
        "SyncToken": "0",
        "DisplayName": "Quai 9 & Marché",
        "FullyQualifiedName": "City of Eastport:Quai 9 & Marché",
        "Job": True,
        "Level": 1,
        "ParentRef": {"value": customer},
        "BillAddr": {
            "Id": read.BillAddr.Id,
            "Line1": "9 Wharf Road",
            "City": "Eastport",
            "CountrySubDivisionCode": "ME",
            "PostalCode": "04631",
            "Country": "USA",
        },
        "PrintOnCheckName": "Quai 9 & Marché",
        "PreferredDeliveryMethod": "Print",
        "CurrencyRef": {"value": "USD", "name": "United States Dollar"},
        "Notes": f"ERP sync {site.max_pm.company.key}-{item.pk} rev 1",
    }

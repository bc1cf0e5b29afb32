"""The cast, and one record of each kind in Harbor Row Builders."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.utils import timezone

from budgets.models import Budget
from budgets.operations import make_change
from budgets.rules import between
from change_orders.models import ChangeStatus, RequestTier, Tiers
from change_orders.request_operations import collect
from change_orders.tiers import save_settings
from commitments import breakdown_invites
from commitments.attachments import attach
from commitments.models import Attachment, Commitment, CommitmentStatus
from commitments.operations import set_invoice_contacts
from invoices.billing_rules import PeriodDetails
from invoices.files import attach as attach_to_invoice
from invoices.invite_links import token_of
from invoices.invites import send_invites
from invoices.models import Invoice, InvoiceFile, Payment
from invoices.operations import create_invoice, save_invoice
from invoices.payment_operations import attach as keep_with_payment
from invoices.payments import absorb_payments
from invoices.periods import open_period
from invoices.rules import LineBilling, details_of_head
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.acceptance.operations import open_submission
from procore_sync.acceptance.webhooks import operations as webhooks
from procore_sync.accounts import invitations, operations
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership, Permission, Role, User
from projects.cost_operations import RuleDetails, add_rule
from projects.ledger_costs import Cost, Known, absorb
from projects.models import CostLine, CostRule, Project
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.models import Connection, ConnectionStatus, LedgerName, Link, TieOutSignOff
from quickbooks_bridge.month_end.listing import month_end_for
from quickbooks_bridge.month_end.rows import MonthEndStatement
from quickbooks_bridge.month_end.signing import sign
from quickbooks_bridge.onboarding.documents import opening_row
from quickbooks_bridge.onboarding.models import OnboardingEntry, OpeningDocument, Step
from quickbooks_bridge.reconciling.rows import Ahead, ForeignDocument, LedgerFinding, ReconciliationRun
from quickbooks_bridge.tie_out_signing import sign_off
from quickbooks_bridge.tie_outs import tie_out_of
from tests.architecture.access import Scene
from tests.factories import (
    make_approver,
    make_budget,
    make_change_order,
    make_commitment,
    make_company,
    make_member,
    make_project,
    make_request,
    make_vendor,
    sent,
    synced,
)
from tests.payments.rows import make_invoice, paid
from tests.scenes import scenes
from vendors.models import Vendor


@pytest.fixture(scope="module")
def one_transaction(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Whatever is made for all rows of the matrix, and thrown away after the last; each row undoes its own changes."""
    with django_db_blocker.unblock():
        scenes.clear()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)


@pytest.fixture(scope="module")
def cast(one_transaction: None) -> dict[str, Membership]:
    """The people of Harbor Row Builders, and Olga of another company."""
    company, other = make_company("Harbor Row Builders", "harbor-row"), make_company("Other Books Inc", "other-books")
    return {
        "max": make_member(company, "Max", Role.PROJECT_MANAGER),
        "ada": make_approver(company),
        "vic": make_member(company, "Vic", Role.VIEWER),
        "gus": make_member(company, "Gus", Role.VIEWER, permissions=list(Permission)),
        "alma": make_member(company, "Alma", Role.ADMINISTRATOR),
        "ian": make_member(company, "Ian", Role.INVOICE_CONTACT),
        "olga": make_member(other, "Olga", Role.PROJECT_MANAGER),
    }


@pytest.fixture(scope="module")
def sessions(cast: dict[str, Membership]) -> dict[str, str]:
    """The session of everybody of the matrix who is signed in."""
    found = {}
    for name, member in cast.items():
        client = Client()
        client.force_login(member.user)
        found[name] = client.cookies[settings.SESSION_COOKIE_NAME].value
    return found


@pytest.fixture(scope="module")
def scene(cast: dict[str, Membership]) -> Scene:
    """What the addresses of the matrix name: all of it is Harbor Row's."""
    max_pm = cast["max"]
    company = max_pm.company
    vendor = sent(make_vendor(max_pm, "Kestrel Concrete"), max_pm)
    project = make_project(max_pm, "Harbor Row Lofts")
    submission = open_submission(vendor.erp)
    assert submission
    invited = Membership.objects.create(
        user=User.objects.create_user("ina@harbor-row.test"), company=company, role=Role.VIEWER
    )
    token, _ = operations.create_token(by=max_pm, name="nightly")
    Connection.objects.create(
        company=company,
        realm_id="1",
        environment="emulator",
        status=ConnectionStatus.NEEDS_LOGIN,
        features={"Classes": "on", "Locations": "on"},
    )
    name = LedgerName.objects.create(
        company=company,
        entity="Vendor",
        remote_id="7",
        name="Granite & Sons",
        fully_qualified_name="Granite & Sons",
        detail={"Id": "7", "DisplayName": "Granite & Sons"},
        seen_at=timezone.now(),
    )
    cost, rule = a_cost(max_pm, project)
    commitment, file = a_commitment(max_pm, vendor)
    changes = some_changes(max_pm, vendor)
    budget = a_budget(max_pm)
    applied = an_application(max_pm, vendor, cast["ian"])
    billing, billing_texts = some_billing(max_pm, vendor, cast["ian"])
    payment, payment_file = a_payment(max_pm)
    drift = a_drift(max_pm)
    return Scene(
        numbers={
            **changes,
            **billing,
            **applied,
            "commitment": commitment.pk,
            "commitment_file": file.pk,
            "cost": cost.pk,
            "drift": drift.pk,
            "payment": payment.pk,
            "payment_file": payment_file.pk,
            "refused_file": a_refused_file(payment.invoice, max_pm).pk,
            "finding": a_finding(company.pk).pk,
            "foreign": a_foreign_bill(company.pk).pk,
            "signed_month": a_signed_month(cast["alma"]).pk,
            "signed": a_signed_tie_out(project, cast["alma"]).pk,
            "cost_rule": rule.pk,
            "item": vendor.erp_id,
            "vendor": vendor.pk,
            "project": project.pk,
            "cost_code": project.cost_codes.get().pk,
            "person": invited.pk,
            "token": token.pk,
            "ledger_name": name.pk,
            "opening_document": an_opening_document(company).pk,
            "onboarding_entry": OnboardingEntry.objects.create(company=company, step=Step.BEGUN).pk,
            "plain_item": project.erp_id,
            "notice": a_notice(max_pm, vendor.erp).pk,
            **a_webhook(cast["alma"]),
            "absent": 999_999,
            "budget": budget.pk,
            "budgeted": budget.project_id,
        },
        texts={
            **billing_texts,
            "no_batch": "8c4b7a52-1f1e-4f0e-9d62-0f7a3b8f5d11",
            "applied_commitment_id": str(applied["applied_commitment"]),
            "digest": submission.digest,
            "drift_state": drift.state,
            "invitation": invitations.token_for(invited),
            "company": str(company.pk),
            "commitment_project": str(commitment.project_id),
            "vendor_item": str(vendor.erp_id),
            "name_to_import": str(name.pk),
            "code": rule.cost_code.code,
            "changed_commitment_id": str(changes["changed_commitment"]),
            "project_id": str(project.pk),
            "budgeted_code": str(budget.lines.get(number=1).code.cost_code_id),
        },
    )


def a_notice(member: Membership, item: ErpItem) -> Notice:
    """Something that they are told in the console."""
    return Notice.objects.create(
        company=member.company,
        member=member,
        item=item,
        in_console=True,
        by_mail=False,
        about="mention",
        line="Ada named you in a comment about Kestrel Concrete",
        path="/inbox/",
    )


def a_webhook(by: Membership) -> dict[str, int]:
    """An endpoint, and a message that waits for it."""
    endpoint = webhooks.register(webhooks.Wanted("Dashboard", "https://a.example/hooks"), by=by)
    return {"webhook": endpoint.pk, "webhook_message": webhooks.ping(endpoint, by=by).pk}


def a_finding(company_id: int) -> LedgerFinding:
    """A bill in QuickBooks with the mark of a record that is not here."""
    return LedgerFinding.objects.create(
        company_id=company_id,
        entity="Bill",
        remote_id="31",
        number=999_999,
        revision=1,
        what=Ahead.UNKNOWN,
        document={"Id": "31"},
        against="It is not here.",
        found_at=timezone.now(),
    )


def a_foreign_bill(company_id: int) -> ForeignDocument:
    """A bill in QuickBooks that was not made here, found in a comparison that came to its end."""
    now = timezone.now()
    run = ReconciliationRun.objects.create(company_id=company_id, leased_until=now, ended_at=now)
    return ForeignDocument.objects.create(
        company_id=company_id, entity="Bill", remote_id="32", total=Decimal("5.00"), found_in=run, found_at=now
    )


def an_opening_document(company: Company) -> OpeningDocument:
    """An order that a bookkeeper typed."""
    order = {"Id": "31", "DocNumber": "1042", "TotalAmt": "5.00", "TxnDate": "2026-11-02", "Line": []}
    row = opening_row(company.pk, "PurchaseOrder", {**order, "VendorRef": {"value": "7", "name": "Granite & Sons"}})
    row.seen_at = timezone.now()
    row.save()
    return row


def a_commitment(by: Membership, vendor: Vendor) -> tuple[Commitment, Attachment]:
    """A draft of a subcontract with one line, which the subcontractor breaks down, and a file of it."""
    made = make_commitment(by, make_project(by, "Mill Street"), vendor, status=CommitmentStatus.DRAFT, uses_ssov=True)
    return made, attach(made, SimpleUploadedFile("scope.txt", b"All the concrete."), by=by)


def some_changes(by: Membership, vendor: Vendor) -> dict[str, int]:
    """A change order in review that collects a request, which collects a potential change order."""
    project = make_project(by, "Quay Street")
    save_settings(project, tiers=Tiers.THREE, number_limit=12, title_limit=30, by=by)
    commitment = make_commitment(by, project, vendor)
    potential = make_request(by, commitment, own_status=True, status=ChangeStatus.IN_REVIEW)
    request = make_request(by, commitment, RequestTier.REQUEST)
    change_order = make_change_order(by, commitment, lines=[], status=ChangeStatus.IN_REVIEW)
    collect(request, [potential], by=by)
    collect(change_order, [request], by=by)
    return {
        "changed_project": project.pk,
        "changed_commitment": commitment.pk,
        "change_order": change_order.pk,
        "change_request": request.pk,
        "potential": potential.pk,
    }


def some_billing(by: Membership, vendor: Vendor, contact: Membership) -> tuple[dict[str, int], dict[str, str]]:
    """An open period of another project in which `contact` was asked to bill their commitment, one to break down."""
    project, today = make_project(by, "Lock Street"), today_of(by.company)
    commitment = make_commitment(by, project, vendor)
    set_invoice_contacts(commitment, [contact], by=by)
    period = open_period(project, PeriodDetails(today, today, today + timedelta(days=9)), by=by)
    invite = send_invites(period, [commitment], by=by)[0]
    broken_down = make_commitment(by, project, vendor, uses_ssov=True)
    set_invoice_contacts(broken_down, [contact], by=by)
    numbers = {
        "billed_project": project.pk,
        "billing_period": period.pk,
        "billed_commitment": commitment.pk,
        "billing_invite": invite.pk,
        "own_breakdown": broken_down.pk,
    }
    texts = {
        "invite_link": token_of(invite),
        "breakdown_link": breakdown_invites.token_of(broken_down, contact),
        "billed_project_id": str(project.pk),
        "billed_commitment_id": str(commitment.pk),
        "today": today.isoformat(),
        "next_first": (today + timedelta(days=1)).isoformat(),
        "next_last": (today + timedelta(days=30)).isoformat(),
    }
    return numbers, texts


def an_application(by: Membership, vendor: Vendor, contact: Membership) -> dict[str, int]:
    """A draft of an application for a commitment that `contact` bills, with something billed, and a file of `by`'s."""
    project, today = make_project(by, "Weir Street"), today_of(by.company)
    commitment = make_commitment(by, project, vendor)
    set_invoice_contacts(commitment, [contact], by=by)
    open_period(project, PeriodDetails(today, today, today + timedelta(days=9)), by=by)
    made = create_invoice(commitment, by=by)
    save_invoice(made, details_of_head(made), [LineBilling("1", completed=Decimal("5.00"))], by=by, seen=made.edition)
    file = attach_to_invoice(made, SimpleUploadedFile("waiver.txt", b"Signed."), by=by)
    return {"applied_commitment": commitment.pk, "invoice": made.pk, "invoice_file": file.pk}


def a_budget(by: Membership) -> Budget:
    """A locked budget of another project, with a change between its two lines."""
    budget = make_budget(by, amounts={"31-100": "100.00", "31-200": "50.00"}, locked=True)
    one, two = budget.lines.select_related("code__cost_code").order_by("number")
    make_change(budget, between(one, two, Decimal("5.00"), made_on=date(2026, 11, 2)), by=by)
    return budget


def a_payment(by: Membership) -> tuple[Payment, InvoiceFile]:
    """A check for an invoice, and a file that is kept with it."""
    invoice = make_invoice(by, billed="500.00")
    absorb_payments(by.company_id, [paid("9", applied={invoice: "200.00"})])
    payment = Payment.objects.get(invoice=invoice)
    return payment, keep_with_payment(payment, SimpleUploadedFile("waiver.txt", b"All paid."), by=by)


def a_refused_file(invoice: Invoice, by: Membership) -> BillFile:
    """A file of an invoice that QuickBooks did not take."""
    file = attach_to_invoice(invoice, SimpleUploadedFile("waiver.txt", b"Signed."), by=by)
    bill = {"realm_id": "1", "entity": "Bill", "remote_id": "61", "mark": "ERP sync 1", "request_id": "1"}
    refused: BillFile = BillFile.objects.create(
        company_id=invoice.company_id,
        item_id=invoice.erp_id,
        file=file,
        name=file.name,
        size=file.size,
        state=FileState.REFUSED,
        sentence="QuickBooks refused the document.",
        **bill,
    )
    return refused


def a_drift(by: Membership) -> Drift:
    """A vendor that was renamed in QuickBooks."""
    item = synced(make_vendor(by, "Larch Drywall")).erp
    link = Link.objects.create(item=item, company=by.company, entity="Vendor", remote_id="71", name="Larch Drywall")
    fields = [{"name": "DisplayName", "label": "Name", "ours": "Larch Drywall", "theirs": "Larch"}]
    card: Drift = Drift.objects.create(
        company=by.company,
        link=link,
        item=item,
        entity="Vendor",
        remote_id="71",
        what="changed",
        fields=fields,
        state="as-it-was-seen",
        heard_by="a test",
        heard_at=timezone.now(),
    )
    return card


def a_cost(by: Membership, project: Project) -> tuple[CostLine, CostRule]:
    """A bill in QuickBooks that costs the project something, and a rule that codes others."""
    Project.objects.filter(pk=project.pk).update(job_costs=True)
    costs = [
        Cost("17", "1", "55", date(2026, 11, 3), Decimal("100.00"), account_id="8", account="Tools"),
        Cost("18", "1", "55", date(2026, 11, 3), Decimal("5.00"), party_id="Vendor:12", party="Kestrel"),
    ]
    absorb(by.company_id, "Bill", ["17", "18"], costs, Known({"55": project.pk}, {}))
    first, second = CostLine.objects.order_by("txn_id")
    rule, _ = add_rule(second, RuleDetails("party", project.cost_codes.get().code), by=by)
    return first, rule


def a_signed_tie_out(project: Project, by: Membership) -> TieOutSignOff:
    """What somebody stood for of the project's tie-out."""
    return sign_off(project, date(2026, 1, 1), seen=tie_out_of(project, by).seen, by=by)


def a_signed_month(by: Membership) -> MonthEndStatement:
    """What of a month was signed for, with the records of the scene that are not in QuickBooks."""
    month = today_of(by.company).replace(day=1)
    return sign(month, seen=month_end_for(by, month).seen, by=by)

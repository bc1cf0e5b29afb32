"""Invoices under /api/v1/: what goes in, what comes out, and the same refusals as the pages."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from commitments.models import Commitment
from commitments.operations import set_invoice_contacts
from invoices.guards import why_not_create
from invoices.models import BillingSettings, Invoice
from procore_sync.accounts.models import Membership
from tests.factories import make_commitment, synced
from tests.invoices.conftest import again, apply_for, bills, open_period
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries

BASE = "/api/v1/invoices/"
TWICE = "A line is given twice. Leave one of the two out."


def post(client: Client, address: str, body: dict[str, Any] | None = None, method: str = "post") -> tuple[int, Any]:
    answer = getattr(client, method)(address, body or {}, content_type="application/json")
    return answer.status_code, answer.json()


def test_from_the_beginning_to_accounting(
    subcontract: Commitment, ian: Membership, max_pm: Membership, sign_in: SignIn
) -> None:
    his, ours = sign_in(ian), sign_in(max_pm)
    first = {"commitment": subcontract.pk, "note": "First", "external_ref": "77"}
    status, made = post(his, BASE, first)
    assert (status, made["sequence"], made["business_status"], made["number"]) == (
        201,
        1,
        "draft",
        f"{subcontract.number}-01",
    )
    assert post(his, BASE, first)[0] == 200
    status, refused = post(his, BASE, {**first, "note": "", "billed_on": "2026-01-01"})
    assert (status, "already, and differs in billed_on, note. Change" in refused["detail"]) == (409, True)
    here = f"{BASE}{made['id']}/"

    lines = [{"key": "1", "completed": "500.00", "stored": "20.05"}, {"key": "2", "completed_percent": "50"}]
    status, billed = post(his, here, {"edition": made["edition"], "lines": lines}, "patch")
    assert (status, billed["note"], billed["amount"]) == (200, "First", "580.54")
    assert billed["lines"][0] | {"reason": ""} == {
        "key": "1",
        "code": subcontract.project.cost_codes.get().code,
        "description": "Work",
        "scheduled": "1000.00",
        "completed_before": "0.00",
        "completed": "500.00",
        "stored": "20.05",
        "stored_before": "0.00",
        "to_date": "520.05",
        "percent": "52.01",
        "balance": "479.95",
        "work_percent": "10.00",
        "work_retained": "50.00",
        "stored_percent": "10.00",
        "stored_held": "2.01",
        "released": "0.00",
        "held": "52.01",
        "gross": "520.05",
        "due": "468.04",
        "claimed": None,
        "verdict": "",
        "reason": "",
    }
    assert billed["summary"]["due"] == "580.54"
    assert post(his, f"{here}submit/")[1]["lines"][0]["claimed"] == "520.05"
    body = {"lines": [{"key": "1", "verdict": "rejected", "reason": "Half."}]}
    assert post(ours, f"{here}review/", body)[1]["business_status"] == "revise"
    edition = his.get(here).json()["edition"]
    post(his, here, {"edition": edition, "lines": [{"key": "1", "completed": "250"}]}, "patch")
    edition = post(his, f"{here}submit/")[1]["edition"]
    post(ours, here, {"edition": edition, "due_on": "2099-12-31"}, "patch")
    edition = ours.get(here).json()["edition"]
    stale = post(ours, f"{here}approve/", {"business_status": "approved", "edition": edition - 1})
    assert (stale[0], "changed since you looked at it" in stale[1]["detail"]) == (409, True)
    stale = post(ours, f"{here}return/", {"remark": "Half.", "edition": edition - 1})
    assert (stale[0], "changed since you looked at it" in stale[1].get("detail", "")) == (409, True)
    given = {"business_status": "approved", "edition": edition}
    assert post(ours, f"{here}approve/", given)[1]["business_status"] == "approved"
    assert his.get(f"{here}print/").json()["boxes"][-2]["amount"] == "355.54"

    status, rows = post(ours, f"{BASE}send/", {"invoices": [made["id"]]})
    assert (status, [(row["action"], row["went"], row["why_not"]) for row in rows]) == (200, [("send", True, "")])
    assert ours.get(f"/api/v1/items/many/{rows[0]['batch']}/").json() == rows
    assert ours.get(BASE, {"status": "sent"}).json()["results"][0]["id"] == made["id"]


def test_refusals_are_those_of_the_pages(
    draft: Invoice, ian: Membership, max_pm: Membership, vic: Membership, olga: Membership, sign_in: SignIn
) -> None:
    ours, here = sign_in(max_pm), f"{BASE}{draft.pk}/"
    status, refused = post(ours, BASE, {"commitment": draft.commitment_id})
    assert (status, refused["detail"]) == (409, why_not_create(draft.commitment, max_pm)[0].sentence)
    status, refused = post(
        ours, here, {"edition": draft.edition, "lines": [{"key": "1", "completed": "0.005"}]}, "patch"
    )
    assert (status, list(refused["errors"])) == (422, ["lines.1.completed"])
    assert post(ours, here, {"note": "x"}, "patch")[0] == 422
    assert post(ours, here, {"edition": 99, "note": "x"}, "patch")[0] == 409
    for lines, why in (
        ([{"completed": "5.00"}], {"lines": ["no. 1: key: Say which line it is."]}),
        ([{"key": "1", "completed": "5.00"}, {"key": "1", "completed": "6.00"}], {"lines.1.key": [TWICE]}),
    ):
        status, refused = post(ours, here, {"edition": draft.edition, "lines": lines}, "patch")
        assert (status, refused["errors"]) == (422, why)
    assert post(ours, f"{here}approve/", {"business_status": "approved"})[0] == 409
    assert post(sign_in(ian), f"{here}void/")[0] == 403
    assert post(sign_in(vic), f"{here}submit/")[0] == 403
    assert sign_in(olga).get(here).status_code == 404
    assert post(sign_in(olga), BASE, {"commitment": draft.commitment_id})[0] == 404
    assert ours.delete(here).status_code == 204


def test_an_application_stays_with_its_commitment_and_its_reference(
    subcontract: Commitment, ian: Membership, sign_in: SignIn
) -> None:
    his = sign_in(ian)
    _, made = post(his, BASE, {"commitment": subcontract.pk, "external_ref": "77"})
    here, stays = f"{BASE}{made['id']}/", {"edition": made["edition"], "note": "x"}

    for name, other in (("commitment", subcontract.pk + 1), ("external_ref", "78")):
        status, refused = post(his, here, {**stays, name: other}, "patch")
        assert (status, list(refused["errors"])) == (422, [name])
    assert his.get(here).json()["note"] == ""
    same = {"commitment": subcontract.pk, "external_ref": "77"}
    assert post(his, here, {**stays, **same}, "patch")[0] == 200


def test_correction_return_release_and_steps(approved: Invoice, max_pm: Membership, sign_in: SignIn) -> None:
    ours, here = sign_in(max_pm), f"{BASE}{approved.pk}/"
    status, refused = post(ours, f"{here}release/", {"edition": approved.edition, "percent": "5"})
    assert (status, "so no retainage is released" in refused["detail"]) == (422, True)
    assert post(ours, f"{here}return/", {"remark": ""})[0] == 422
    synced(again(approved))
    assert post(ours, f"{here}correct/", {"reason": "Twice."})[1]["is_correcting"] is True
    assert post(ours, f"{here}end-correction/")[1]["is_correcting"] is False
    steps = f"/api/v1/retainage/{approved.commitment_id}/"
    body = {"steps": [{"from_complete": "50", "percent": "5"}]}
    assert post(ours, steps, body, "put")[0] == 200
    told = ours.get(steps).json()
    assert told == {"default": "10.00", "steps": [{"from_complete": "50", "percent": "5"}], "seen": told["seen"]}
    assert post(ours, steps, {"steps": [], "seen": told["seen"]}, "put")[0] == 200
    assert post(ours, steps, {**body, "seen": told["seen"]}, "put")[0] == 409
    assert ours.get(steps).json()["steps"] == []


def test_files(submitted: Invoice, ian: Membership, sign_in: SignIn) -> None:
    his, here = sign_in(ian), f"{BASE}{submitted.pk}/files/"
    made = his.post(f"{here}new/", {"file": SimpleUploadedFile("waiver.txt", b"Signed.")})
    assert (made.status_code, made.json()["name"]) == (201, "waiver.txt")
    assert [one["name"] for one in his.get(here).json()] == ["waiver.txt"]
    assert his.get(f"{here}{made.json()['id']}/").content == b"Signed."
    assert his.post(f"{here}new/", {"file": SimpleUploadedFile("a.exe", b"MZ")}).status_code == 422


def test_a_contact_removes_what_he_attached_himself(
    submitted: Invoice, ian: Membership, max_pm: Membership, sign_in: SignIn
) -> None:
    his, ours, here = sign_in(ian), sign_in(max_pm), f"{BASE}{submitted.pk}/files/"
    first, second = (
        client.post(f"{here}new/", {"file": SimpleUploadedFile(f"{name}.txt", b"Signed.")}).json()["id"]
        for client, name in ((ours, "order"), (his, "waiver"))
    )
    refused = his.delete(f"{here}{first}/")
    assert (refused.status_code, "Ask the project manager to remove it" in refused.json()["detail"]) == (403, True)
    assert his.delete(f"{here}{second}/").status_code == 204
    assert his.delete(f"{here}{second}/").status_code == 404
    assert [one["name"] for one in ours.get(here).json()] == ["order.txt"]
    assert ours.delete(f"{here}{first}/").status_code == 204


def test_a_list_asks_a_constant_number_of_times(submitted: Invoice, max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    assert queries(lambda: client.get(BASE)) < 10


def test_a_line_of_one_cent_is_billed_to_whatever_percentage_that_makes(
    max_pm: Membership, ian: Membership, sign_in: SignIn
) -> None:
    contract = synced(make_commitment(max_pm, lines=["0.01"]))
    set_invoice_contacts(contract, [ian], by=max_pm)
    open_period(contract.project)
    BillingSettings.objects.create(project=contract.project, allows_overbilling=True)
    invoice = apply_for(contract, bills("1", "120000000.00"), by=max_pm)

    for path in ("", "print/"):
        answer = sign_in(max_pm).get(f"/api/v1/invoices/{invoice.pk}/{path}")
        assert answer.status_code == 200
        assert answer.json()["lines"][0]["percent"] == "1200000000000.00"

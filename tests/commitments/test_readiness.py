"""What it takes to be sent (domain.md §9): the greyed button, the operation and the API say the same sentence."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest

from commitments.kinds import commitment_document, commitment_facts, commitment_lines
from commitments.models import Commitment, SovLine
from commitments.operations import set_commitment_active
from commitments.rules import LineDetails
from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.actions import actions_for
from procore_sync.acceptance.kinds import Unmet, spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import NotReady
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from projects.models import ProjectCostCode
from tests.factories import make_commitment, make_cost_code, make_project, make_vendor, sent, synced
from tests.projects.conftest import SignIn
from vendors.operations import set_vendor_active


def again(commitment: Commitment) -> Commitment:
    found: Commitment = spec_of(Kind.COMMITMENT).record_of(ErpItem.objects.get(pk=commitment.erp_id))
    return found


def ready(by: Membership) -> Commitment:
    return make_commitment(by, synced(make_project(by, "Lofts")), synced(make_vendor(by, "Kestrel")), number="SC-1")


def inactive(by: Membership) -> Commitment:
    made = ready(by)
    set_commitment_active(made, False, by=by)
    return made


def in_draft(by: Membership) -> Commitment:
    return make_commitment(by, status="draft")


def complete(by: Membership) -> Commitment:
    return make_commitment(by, status="complete")


def without_number(by: Membership) -> Commitment:
    made = ready(by)
    Commitment.objects.update(number="")
    return made


def with_long_number(by: Membership) -> Commitment:
    return make_commitment(by, number="SC-2026-HARBOR-ROW-001")


def with_number_of_another(by: Membership) -> Commitment:
    make_commitment(by, synced(make_project(by, "Pier 7")), number="sc-1", status="draft")
    return ready(by)


def with_long_title(by: Membership) -> Commitment:
    made = ready(by)
    Commitment.objects.update(title="\N{BRICK}" * 128)  # two units each, as QuickBooks counts
    return made


def without_vendor(by: Membership) -> Commitment:
    made = ready(by)
    Commitment.objects.update(vendor=None)
    return made


def with_unsent_vendor(by: Membership) -> Commitment:
    return make_commitment(by, vendor=make_vendor(by, "Granite"))


def with_inactive_vendor(by: Membership) -> Commitment:
    made = ready(by)
    assert made.vendor
    set_vendor_active(made.vendor, False, by=by)
    return made


def of_unsent_project(by: Membership) -> Commitment:
    return make_commitment(by, make_project(by, "Depot 9"))


def without_line(by: Membership) -> Commitment:
    return make_commitment(by, lines=[])


def below_zero(by: Membership) -> Commitment:
    return make_commitment(by, lines=["10.00", "-10.01"])


def with_unsent_code(by: Membership) -> Commitment:
    code = make_cost_code(by, "09-900")
    return make_commitment(by, synced(make_project(by, codes=[code])))


def with_code_of_another_project(by: Membership) -> Commitment:
    made = ready(by)
    code = synced(make_cost_code(by, "09-900"))
    SovLine.objects.update(code=ProjectCostCode.objects.get(cost_code=code, project=make_project(by, codes=[code])))
    return made


def with_bad_line(by: Membership) -> Commitment:
    made = ready(by)
    SovLine.objects.update(description="a\x01b")
    return made


RULES: list[tuple[Callable[[Membership], Commitment], str, str]] = [
    (inactive, "The commitment is inactive.", "/commitments/{pk}/"),
    (in_draft, "The status is Draft. Only an approved commitment goes to accounting.", "/commitments/{pk}/"),
    (complete, "The status is Complete. Only an approved commitment goes to accounting.", "/commitments/{pk}/"),
    (without_number, "The number is empty.", "/commitments/{pk}/edit/"),
    (with_long_number, "has 22 characters, and QuickBooks takes 21. Shorten it.", "/commitments/{pk}/edit/"),
    (with_number_of_another, "SC-1 is the number of a commitment of Pier 7 too", "/commitments/{pk}/edit/"),
    (with_long_title, "The title has 256 characters, and QuickBooks takes 255.", "/commitments/{pk}/edit/"),
    (without_vendor, "The commitment has no vendor yet.", "/commitments/{pk}/edit/"),
    (with_unsent_vendor, "The vendor Granite is not in QuickBooks", "/vendors/{vendor}/"),
    (with_inactive_vendor, "The vendor Kestrel is inactive.", "/vendors/{vendor}/"),
    (of_unsent_project, "The project Depot 9 is not in QuickBooks", "/projects/{project}/"),
    (without_line, "The schedule of values has no line yet.", "/commitments/{pk}/edit/"),
    (below_zero, "The lines come to -0.01, and QuickBooks refuses", "/commitments/{pk}/edit/"),
    (with_unsent_code, "09-900 is not in QuickBooks", "/cost-codes/{code}/"),
    (with_code_of_another_project, "09-900 is not on the project Lofts.", "/projects/{project}/cost-codes/"),
    (with_bad_line, "Line 1: The description has an unprintable character", "/commitments/{pk}/edit/"),
]


@pytest.mark.parametrize(("make", "words", "where"), RULES, ids=[rule[0].__name__ for rule in RULES])
def test_what_is_missing_is_said_by_button_operation_and_api_alike(
    make: Callable[[Membership], Commitment], words: str, where: str, max_pm: Membership, sign_in: SignIn
) -> None:
    made = again(make(max_pm))
    line = made.lines.select_related("code").first()

    with pytest.raises(NotReady) as raised:
        acceptance.send(made.erp, by=max_pm)

    unmet = raised.value.unmet
    assert [words in one.sentence for one in unmet] == [True], unmet
    place = {"pk": made.pk, "project": made.project_id, "vendor": made.vendor_id}
    assert unmet[0].where == where.format(**place, code=line.code.cost_code_id if line else 0)
    offers = {str(offer.action): offer.why_not for offer in actions_for(made.erp, max_pm)}
    assert offers["send"] == raised.value.sentence
    answer = sign_in(max_pm).post(f"/api/v1/items/{made.erp_id}/send/", content_type="application/json")
    assert (answer.status_code, answer.json()["detail"]) == (409, raised.value.sentence)
    page = sign_in(max_pm).get(f"/commitments/{made.pk}/").content.decode()
    assert 'aria-disabled="true"' in page
    assert words.replace("'", "&#x27;") in page


def test_what_is_missing_is_said_all_at_once(max_pm: Membership) -> None:
    made = make_commitment(max_pm, make_project(max_pm), make_vendor(max_pm), status="draft", lines=[])

    assert len(spec_of(Kind.COMMITMENT).unmet(made)) == 4


def test_what_it_needs_may_be_on_its_way(max_pm: Membership) -> None:
    vendor, project = make_vendor(max_pm), make_project(max_pm)
    made = make_commitment(max_pm, project, vendor)
    items = [one.items for one in spec_of(Kind.COMMITMENT).unmet(again(made))]
    assert items == [(vendor.erp,), (project.erp,)]

    sent(vendor, max_pm)
    sent(project, max_pm)

    assert spec_of(Kind.COMMITMENT).unmet(again(made)) == []
    acceptance.send(made.erp, by=max_pm)


@pytest.mark.parametrize("lines", [["0.00"], ["10.00", "-10.00"], ["100.00", "-30.00"]])
def test_nothing_and_credits_within_may_be_sent(lines: list[str], max_pm: Membership) -> None:
    submission = acceptance.send(make_commitment(max_pm, lines=lines).erp, by=max_pm)

    assert Decimal(submission.document["total"]) >= 0


def test_a_number_of_a_commitment_that_never_comes_may_be_used_again(max_pm: Membership) -> None:
    other = make_commitment(max_pm, number="SC-1")
    set_commitment_active(other, False, by=max_pm)
    made = ready(max_pm)
    assert spec_of(Kind.COMMITMENT).unmet(made) == []

    synced(other)

    assert len(spec_of(Kind.COMMITMENT).unmet(made)) == 1


def test_the_name_of_a_private_commitment_is_not_told(max_pm: Membership) -> None:
    other = make_commitment(max_pm, synced(make_project(max_pm, "Secret tower")), number="SC-1")
    ErpItem.objects.filter(pk=other.erp_id).update(is_private=True)

    unmet: list[Unmet] = spec_of(Kind.COMMITMENT).unmet(ready(max_pm))

    assert "Secret" not in unmet[0].sentence
    assert "SC-1 is the number of another commitment too" in unmet[0].sentence


def test_another_company_may_have_the_number(max_pm: Membership, olga: Membership) -> None:
    make_commitment(olga, number="SC-1")

    assert spec_of(Kind.COMMITMENT).unmet(ready(max_pm)) == []


def test_its_document_is_what_was_agreed(max_pm: Membership) -> None:
    code = synced(make_cost_code(max_pm, "03-100", "Concrete"))
    project = synced(make_project(max_pm, "Lofts", codes=[code]))
    vendor = synced(make_vendor(max_pm, "Kestrel"))
    lines = [
        LineDetails(
            code.pk, description="Footings\nnorth", quantity=Decimal("12.50"), uom="m3", unit_cost=Decimal("4.25")
        ),
        LineDetails(code.pk, quantity=Decimal("-1"), unit_cost=Decimal("1000")),
    ]
    made = make_commitment(
        max_pm,
        project,
        vendor,
        type="purchase_order",
        number="PO-7",
        title="Rebar",
        description="Deliver to gate 2.",
        default_retainage=Decimal("7.5"),
        accounting_method="unit",
        lines=lines,
    )
    code_ref = {"item": code.erp_id, "label": "03-100 Concrete", "code": "03-100"}
    expected = {
        "project": {"item": project.erp_id, "label": "Lofts"},
        "vendor": {"item": vendor.erp_id, "label": "Kestrel"},
        "type": "purchase_order",
        "number": "PO-7",
        "title": "Rebar",
        "date": made.created_on.isoformat(),
        "description": "Deliver to gate 2.",
        "retainage": "7.50",
        "replaces": "",
        "total": "-946.87",
        "lines": [
            {
                "key": "1",
                "code": code_ref,
                "description": "Footings\nnorth",
                "quantity": "12.5",
                "uom": "m3",
                "unit_cost": "4.25",
                "amount": "53.13",
            },
            {
                "key": "2",
                "code": code_ref,
                "description": "",
                "quantity": "-1",
                "uom": "",
                "unit_cost": "1000",
                "amount": "-1000.00",
            },
        ],
    }
    assert commitment_document(made) == commitment_document(again(made)) == expected
    assert commitment_lines(expected)[0].cells == ("03-100", "Footings\nnorth", "12.5", "m3", "4.25")
    assert {fact.label: fact.value for fact in commitment_facts(expected)}["Total"] == "-946.87"


def test_an_amount_based_line_says_neither_quantity_nor_unit_cost(max_pm: Membership) -> None:
    line = acceptance.send(make_commitment(max_pm, lines=["1234.5"]).erp, by=max_pm).document["lines"][0]

    assert (line["quantity"], line["unit_cost"], line["amount"]) == ("", "", "1234.50")

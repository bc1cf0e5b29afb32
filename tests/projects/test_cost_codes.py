"""What may be done with a cost code, by whom, and when not."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.db import connection

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.refusals import IllegalMove, NotReady
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.models import CostCode
from projects.operations import create_cost_code, edit_cost_code, import_cost_code, set_cost_code_active
from projects.records import AnotherHasTheReference, EditedMeanwhile
from projects.rules import CostCodeDetails
from tests.factories import make_cost_code, sent, synced

pytestmark = pytest.mark.database


def errors_of(code: str, by: Membership, description: str = "") -> dict[str, list[str]]:
    with pytest.raises(InvalidInput) as raised:
        create_cost_code(CostCodeDetails(code, description), by=by)
    return raised.value.errors


def test_it_is_made_with_an_item_of_its_own(max_pm: Membership) -> None:
    code = create_cost_code(CostCodeDetails(" 03-300 ", "Concrete"), by=max_pm, external_ref="P-1")

    assert (code.code, code.description, code.erp.kind, code.erp.label, code.erp.number) == (
        "03-300",
        "Concrete",
        Kind.COST_CODE,
        "03-300 Concrete",
        "03-300",
    )
    assert (code.erp.external_ref, code.erp.created_by, code.erp.company) == ("P-1", max_pm, max_pm.company)


@pytest.mark.parametrize("code", ["", "03:300", "03\t300", "03\n300", "x" * 101, "03\u202e300", "03\x00"])
def test_it_refuses_a_code_that_quickbooks_would_not_take(code: str, max_pm: Membership) -> None:
    assert list(errors_of(code, max_pm)) == ["code"]
    assert not ErpItem.objects.exists()


def test_it_refuses_a_description_beyond_the_limit(max_pm: Membership) -> None:
    assert list(errors_of("03", max_pm, "x" * 1001)) == ["description"]


@pytest.mark.parametrize("again", ["03-300 a", "03-300 A", "03-300  a", "\uff10\uff13-\uff13\uff10\uff10 \uff41"])
def test_it_refuses_a_code_that_quickbooks_would_take_for_another(again: str, max_pm: Membership) -> None:
    make_cost_code(max_pm, "03-300 a")

    assert "already" in errors_of(again, max_pm)["code"][0]


def test_a_code_from_before_width_was_set_aside_is_found_by_the_usual_one(max_pm: Membership) -> None:
    old, beside, usual = (make_cost_code(max_pm, code) for code in ("\uff10\uff11-\uff11\uff10\uff10", "02", "03"))
    CostCode.objects.filter(pk=old.pk).update(code_key="\uff10\uff11-\uff11\uff10\uff10")
    CostCode.objects.filter(pk=beside.pk).update(code="\uff10\uff13", code_key="\uff10\uff13")

    import_module("projects.migrations.0004_codes_of_one_width").fold(apps, SimpleNamespace(connection=connection))

    keys = CostCode.objects.in_bulk([old.pk, beside.pk, usual.pk])
    assert [keys[one.pk].code_key for one in (old, beside, usual)] == ["01-100", "\uff10\uff13", "03"]
    assert "already" in errors_of("01-100", max_pm)["code"][0]


def test_another_company_may_have_the_same_code(max_pm: Membership, olga: Membership) -> None:
    assert make_cost_code(max_pm, "03").code == make_cost_code(olga, "03").code


def test_the_same_reference_gives_the_code_made_before(max_pm: Membership) -> None:
    first = create_cost_code(CostCodeDetails("03", "Concrete"), by=max_pm, external_ref="P-1")

    assert create_cost_code(CostCodeDetails("03 ", "Concrete"), by=max_pm, external_ref="P-1") == first
    assert ErpItem.objects.count() == 1


def test_the_same_reference_with_another_content_is_refused(max_pm: Membership) -> None:
    create_cost_code(CostCodeDetails("03", "Concrete"), by=max_pm, external_ref="P-1")

    with pytest.raises(AnotherHasTheReference):
        create_cost_code(CostCodeDetails("04", "Masonry"), by=max_pm, external_ref="P-1")
    assert CostCode.objects.count() == 1


def test_a_reference_beyond_the_limit_is_refused(max_pm: Membership) -> None:
    with pytest.raises(InvalidInput) as raised:
        create_cost_code(CostCodeDetails("03"), by=max_pm, external_ref="x" * 121)
    assert list(raised.value.errors) == ["external_ref"]


def test_an_edit_counts_a_revision_if_quickbooks_gets_something_else(max_pm: Membership) -> None:
    code = synced(make_cost_code(max_pm, "03", "Concrete"))

    edit_cost_code(code, CostCodeDetails("03", "Concrete, cast"), by=max_pm, seen=1)

    item = ErpItem.objects.get()
    assert (item.revision, item.is_changed, item.label) == (2, True, "03 Concrete, cast")


def test_saving_without_a_change_counts_no_revision(max_pm: Membership) -> None:
    code = synced(make_cost_code(max_pm, "03", "Concrete"))

    saved = edit_cost_code(code, CostCodeDetails("03 ", "Concrete"), by=max_pm, seen=1)

    assert saved.edition == 2
    assert not ErpItem.objects.get().is_changed


def test_the_second_of_two_editors_is_told(max_pm: Membership, alma: Membership) -> None:
    code = make_cost_code(max_pm, "03", "Concrete")
    edit_cost_code(code, CostCodeDetails("03", "Max's"), by=max_pm, seen=1)

    with pytest.raises(EditedMeanwhile, match="Max's was saved by Max while") as raised:
        edit_cost_code(code, CostCodeDetails("03", "Alma's"), by=alma, seen=1)
    assert raised.value.http_status == 409
    assert CostCode.objects.get().description == "Max's"


def test_it_cannot_take_the_code_of_another(max_pm: Membership) -> None:
    make_cost_code(max_pm, "03")
    code = make_cost_code(max_pm, "04")

    with pytest.raises(InvalidInput):
        edit_cost_code(code, CostCodeDetails("03"), by=max_pm, seen=1)


def test_it_may_keep_its_own_code_in_another_case(max_pm: Membership) -> None:
    code = make_cost_code(max_pm, "03-a")

    assert edit_cost_code(code, CostCodeDetails("03-A"), by=max_pm, seen=1).code == "03-A"


def test_it_cannot_be_edited_or_deactivated_while_it_is_with_accounting(max_pm: Membership) -> None:
    code = sent(make_cost_code(max_pm, "03", "Concrete"), max_pm)

    with pytest.raises(IllegalMove):
        edit_cost_code(code, CostCodeDetails("03", "Other"), by=max_pm, seen=1)
    with pytest.raises(IllegalMove):
        set_cost_code_active(code, False, by=max_pm)
    unchanged = CostCode.objects.get()
    assert (unchanged.description, unchanged.edition, unchanged.is_active) == ("Concrete", 1, True)


def test_an_inactive_code_cannot_be_sent(max_pm: Membership) -> None:
    code = make_cost_code(max_pm, "03")
    set_cost_code_active(code, False, by=max_pm)

    with pytest.raises(NotReady) as raised:
        acceptance.send(code.erp, by=max_pm)
    assert "inactive" in raised.value.sentence
    set_cost_code_active(code, True, by=max_pm)
    acceptance.send(code.erp, by=max_pm)


def test_a_code_that_came_in_past_the_rules_cannot_be_sent(max_pm: Membership) -> None:
    code = make_cost_code(max_pm, "03")
    CostCode.objects.update(code="03:300")

    with pytest.raises(NotReady) as raised:
        acceptance.send(code.erp, by=max_pm)
    assert "colon" in raised.value.sentence
    assert raised.value.where == f"/cost-codes/{code.pk}/edit/"


def test_its_document_is_what_was_agreed(max_pm: Membership) -> None:
    code = make_cost_code(max_pm, "03", "Concrete")
    submission = acceptance.send(code.erp, by=max_pm)

    assert submission.document == {"code": "03", "description": "Concrete"}
    facts = spec_of(Kind.COST_CODE).facts(submission.document)
    assert [(fact.label, fact.value) for fact in facts] == [("Code", "03"), ("Description", "Concrete")]


def test_a_viewer_and_an_accountant_change_nothing(vic: Membership, ada: Membership, max_pm: Membership) -> None:
    code = make_cost_code(max_pm)
    for member in (vic, ada):
        with pytest.raises(NotAllowed):
            create_cost_code(CostCodeDetails("09"), by=member)
        with pytest.raises(NotAllowed):
            edit_cost_code(code, CostCodeDetails("09"), by=member, seen=1)
        with pytest.raises(NotAllowed):
            set_cost_code_active(code, False, by=member)


def test_what_comes_from_quickbooks_needs_the_right_to_import(ada: Membership, max_pm: Membership) -> None:
    assert import_cost_code(CostCodeDetails("09"), company=ada.company, by=ada).code == "09"
    assert import_cost_code(CostCodeDetails("10"), company=ada.company, by=None).code == "10"
    with pytest.raises(NotAllowed):
        import_cost_code(CostCodeDetails("11"), company=ada.company, by=max_pm)

"""Files of cost codes and vendors on their way in: every row judged, nothing half imported, nothing twice."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import QuerySet
from django.utils import timezone

from procore_sync.acceptance.models import ErpItem
from procore_sync.accounts.models import Membership
from procore_sync.kit.files import UnreadableFile
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects import sheets
from projects.imports import COST_CODE_SHEET
from projects.models import CostCode, ImportSheet
from projects.sheets import Plan, PlannedRow, SheetGone, SheetKind, State, import_sheet, plan_of, upload_sheet
from tests.factories import make_cost_code, make_vendor
from tests.projects.test_pages import queries
from vendors.imports import VENDOR_SHEET
from vendors.models import Vendor

Kind = SheetKind[Any, Any]


def upload(text: str, by: Membership, kind: Kind = VENDOR_SHEET) -> ImportSheet:
    return upload_sheet(SimpleUploadedFile("rows.csv", text.encode()), kind, by=by)


def planned(text: str, by: Membership, kind: Kind = VENDOR_SHEET) -> Plan:
    return plan_of(upload(text, by, kind), kind)


def only(plan: Plan) -> PlannedRow:
    (row,) = plan.rows
    return row


def test_good_rows_are_imported_as_they_are(max_pm: Membership) -> None:
    sheet = upload("name,zip,reference\nKestrel Concrete,01970,V-1\nBolt Steel,,\n", max_pm)

    made = import_sheet(sheet, VENDOR_SHEET, by=max_pm)

    assert [(one.name, one.postal_code, one.erp.external_ref) for one in made] == [
        ("Kestrel Concrete", "01970", "V-1"),
        ("Bolt Steel", "", None),
    ]
    assert {one.erp.created_by for one in made} == {max_pm}


def test_nothing_is_stored_before_it_is_confirmed(max_pm: Membership) -> None:
    planned("name\nKestrel Concrete\n", max_pm)

    assert not ErpItem.objects.exists()


@pytest.mark.parametrize(
    ("row", "column", "value", "words"),
    [
        ("Acme: east,,", "Name", "Acme: east", "colon"),
        (",Salem,", "Name", "", "empty"),
        ('"Acme\nEast",,', "Name", "Acme\nEast", "line break"),
        ("Acme\u202e,,", "Name", "Acme\u202e", "direction of reading"),
        ("x" * 101 + ",,", "Name", "x" * 101, "101 characters"),
        ('Acme,"Salem\nMA",', "City", "Salem\nMA", "line break"),
        ("Acme,,nobody", "E-mail", "nobody", "not an e-mail address"),
    ],
)
def test_a_bad_row_is_named_with_its_column_value_and_reason(
    row: str, column: str, value: str, words: str, max_pm: Membership
) -> None:
    judged = only(planned(f"name,city,email\n{row}\n", max_pm))

    assert (judged.state, judged.number) == (State.REFUSED, 2)
    (wrong,) = judged.wrong
    assert (wrong.column, wrong.value) == (column, value)
    assert words in wrong.sentence


def test_every_bad_row_is_listed_with_everything_wrong_with_it(max_pm: Membership) -> None:
    plan = planned("name,email\nA:b,x\nGood,\nC:d,y\n", max_pm)

    assert [(row.number, len(row.wrong)) for row in plan.refused] == [(2, 2), (4, 2)]
    assert [row.number for row in plan.new] == [3]


def test_a_formula_is_text_and_never_run(max_pm: Membership) -> None:
    sheet = upload("name\n=1+1\n", max_pm)

    (made,) = import_sheet(sheet, VENDOR_SHEET, by=max_pm)
    assert made.name == "=1+1"


def test_a_row_twice_in_the_file_is_refused_the_second_time(max_pm: Membership) -> None:
    plan = planned("name,reference\nAcme Steel,1\nACME  steel,2\nBolt Works,1\n", max_pm)

    assert [row.number for row in plan.new] == [2]
    assert [row.wrong[0].sentence for row in plan.refused] == [
        "Row 2 has it already. Keep one of the two.",
        "Row 2 has this reference. Give each row its own.",
    ]


def test_leaving_out_the_first_of_two_makes_the_second_good(max_pm: Membership) -> None:
    sheet = upload("name\nAcme Steel\nACME steel\n", max_pm)

    made = import_sheet(sheet, VENDOR_SHEET, by=max_pm, leave_out=frozenset({2}))
    assert [one.name for one in made] == ["ACME steel"]


def test_what_is_there_already_is_left_as_it_is(max_pm: Membership) -> None:
    make_vendor(max_pm, "Acme Steel", city="Salem", external_ref="V-1")
    make_vendor(max_pm, "Bolt Works")

    plan = planned("name,city,reference\nAcme Steel,Salem,V-1\nBOLT  works,,\nAcme steel,,\n", max_pm)

    assert [row.state for row in plan.rows] == [State.SAME] * 3
    assert plan.same[0].note == "Acme Steel is in the list already."


def test_a_row_that_says_otherwise_than_the_record_is_refused(max_pm: Membership) -> None:
    make_vendor(max_pm, "Acme Steel", city="Salem", external_ref="V-1")

    by_name = only(planned("name,city\nAcme Steel,Lynn\n", max_pm))
    by_reference = only(planned("name,reference\nOther Steel,V-1\n", max_pm))
    other_reference = only(planned("name,reference\nAcme Steel,V-2\n", max_pm))

    assert [(wrong.column, wrong.value) for wrong in by_name.wrong] == [("City", "Lynn")]
    assert by_name.wrong[0].sentence == "Acme Steel is in the list already, with Salem. Edit it there."
    assert [wrong.column for wrong in by_reference.wrong] == ["Name"]
    assert [wrong.column for wrong in other_reference.wrong] == ["Reference"]


@pytest.mark.parametrize(
    "name",
    ["Kestrel Concrete, Inc.", "KESTREL CONCRETE LLC", "Kestral Concrete", "Concrete Kestrel", "Kestrelconcrete"],
)
def test_a_near_double_needs_a_decision(name: str, max_pm: Membership) -> None:
    make_vendor(max_pm, "Kestrel Concrete")

    row = only(planned(f'name\n"{name}"\n', max_pm))

    assert row.state == State.NEAR
    assert (row.near[0].name, row.near[0].where) == ("Kestrel Concrete", "in the list already")
    assert 86 <= row.near[0].confidence <= 100


def test_a_near_double_of_another_row_is_found(max_pm: Membership) -> None:
    plan = planned("name\nKestrel Concrete\nKestrel Concrete Inc\n", max_pm)

    assert [row.state for row in plan.rows] == [State.NEW, State.NEAR]
    assert plan.near[0].near[0].where == "row 2"


def test_numbered_companies_are_not_near(max_pm: Membership) -> None:
    assert len(planned("name\n1019837 Ontario\n1019838 Ontario\n", max_pm).new) == 2


def test_codes_are_near_by_punctuation_and_not_by_a_digit(max_pm: Membership) -> None:
    make_cost_code(max_pm, "03-300")

    plan = planned("code\n3.300\n03-310\n03 300\n", max_pm, COST_CODE_SHEET)

    assert [row.state for row in plan.rows] == [State.NEAR, State.NEW, State.NEAR]
    assert plan.near[0].near[0].name == "03-300"


def test_another_companys_records_are_never_near(max_pm: Membership, olga: Membership) -> None:
    make_vendor(max_pm, "Secret Concrete", external_ref="V-1")

    assert only(planned("name,reference\nSecret Concrete,V-1\n", olga)).state == State.NEW


def test_nothing_is_imported_while_a_row_is_undecided(max_pm: Membership) -> None:
    make_vendor(max_pm, "Kestrel Concrete")
    sheet = upload("name\nGood Works\nA:b\nKestrel Concrete Inc\n", max_pm)

    for decided in ({"leave_out": frozenset({3})}, {"import_anyway": frozenset({4})}):
        with pytest.raises(InvalidInput) as raised:
            import_sheet(sheet, VENDOR_SHEET, by=max_pm, **decided)
        assert len(raised.value.errors) == 1
    assert Vendor.objects.count() == 1
    made = import_sheet(sheet, VENDOR_SHEET, by=max_pm, leave_out=frozenset({3}), import_anyway=frozenset({4}))
    assert [one.name for one in made] == ["Good Works", "Kestrel Concrete Inc"]


def test_a_refused_row_cannot_be_imported_anyway(max_pm: Membership) -> None:
    sheet = upload("name\nA:b\n", max_pm)

    with pytest.raises(InvalidInput):
        import_sheet(sheet, VENDOR_SHEET, by=max_pm, import_anyway=frozenset({2}))


@pytest.mark.database
def test_a_record_made_after_the_preview_is_seen(max_pm: Membership) -> None:
    sheet = upload("name,city\nKestrel Concrete,Salem\n", max_pm)
    assert only(plan_of(sheet, VENDOR_SHEET)).state == State.NEW
    make_vendor(max_pm, "Kestrel Concrete")

    with pytest.raises(InvalidInput):
        import_sheet(sheet, VENDOR_SHEET, by=max_pm)
    assert Vendor.objects.count() == 1


def test_a_file_is_imported_once(max_pm: Membership) -> None:
    sheet = upload("name\nKestrel Concrete\n", max_pm)
    stale = ImportSheet.objects.get()
    import_sheet(sheet, VENDOR_SHEET, by=max_pm)

    with pytest.raises(SheetGone):
        import_sheet(stale, VENDOR_SHEET, by=max_pm)
    assert Vendor.objects.count() == 1


def test_the_same_file_uploaded_again_makes_nothing(max_pm: Membership) -> None:
    text = "name,city,reference\nKestrel Concrete,Salem,V-1\n"
    import_sheet(upload(text, max_pm), VENDOR_SHEET, by=max_pm)

    assert import_sheet(upload(text, max_pm), VENDOR_SHEET, by=max_pm) == []
    assert Vendor.objects.count() == 1


@pytest.mark.database
def test_a_file_is_forgotten_after_a_day(max_pm: Membership) -> None:
    sheet = upload("name\nKestrel Concrete\n", max_pm)

    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=False):
        with pytest.raises(SheetGone):
            import_sheet(sheet, VENDOR_SHEET, by=max_pm)
        upload("name\nBolt Works\n", max_pm)
    assert not ImportSheet.objects.filter(pk=sheet.pk).exists()


@pytest.mark.database
def test_an_import_that_breaks_half_way_leaves_nothing(max_pm: Membership, monkeypatch: pytest.MonkeyPatch) -> None:
    sheet = upload("name\nKestrel Concrete\nBolt Works\n", max_pm)
    save = QuerySet.bulk_create

    def break_on_the_second(rows: QuerySet[Any], objs: list[Any], **options: Any) -> list[Any]:
        if rows.model is not Vendor:
            return save(rows, objs, **options)
        save(rows, objs[:1], **options)
        raise OSError("the disk is full")

    monkeypatch.setattr(QuerySet, "bulk_create", break_on_the_second)
    with pytest.raises(OSError, match="disk"):
        import_sheet(sheet, VENDOR_SHEET, by=max_pm)
    monkeypatch.undo()
    assert not ErpItem.objects.exists()
    assert len(import_sheet(sheet, VENDOR_SHEET, by=max_pm)) == 2


def test_a_viewer_imports_nothing(vic: Membership, max_pm: Membership) -> None:
    sheet = upload("name\nKestrel Concrete\n", max_pm)

    with pytest.raises(NotAllowed):
        upload("name\nKestrel Concrete\n", vic)
    with pytest.raises(NotAllowed):
        import_sheet(sheet, VENDOR_SHEET, by=vic)


def test_more_rows_than_the_limit_are_refused(max_pm: Membership) -> None:
    with pytest.raises(UnreadableFile):
        upload("code\n" + "\n".join(str(number) for number in range(2001)), max_pm, COST_CODE_SHEET)
    assert not ImportSheet.objects.exists()


@pytest.mark.database
def test_judging_asks_as_often_for_thirty_rows_as_for_three(max_pm: Membership) -> None:
    few, many = (
        upload("name\n" + "\n".join(f"Vendor {number} of {count}" for number in range(count)), max_pm)
        for count in (3, 30)
    )

    assert queries(lambda: plan_of(few, VENDOR_SHEET)) == queries(lambda: plan_of(many, VENDOR_SHEET))


@pytest.mark.database
def test_an_import_asks_as_often_for_thirty_rows_as_for_three(max_pm: Membership) -> None:
    few, many = (
        upload(
            "name,reference\n" + "\n".join(f"Vendor {number} of {count},{count}-{number}" for number in range(count)),
            max_pm,
        )
        for count in (3, 30)
    )
    wanted = frozenset(range(2, 40))

    asked = [
        queries(lambda sheet=sheet: import_sheet(sheet, VENDOR_SHEET, by=max_pm, import_anyway=wanted))  # type: ignore[misc]
        for sheet in (few, many)
    ]
    assert asked[0] == asked[1]
    made = Vendor.objects.select_related("erp").order_by("pk")
    assert [(one.name, one.name_key, one.erp.label, one.erp.external_ref, one.erp.created_by_id) for one in made] == [
        (
            f"Vendor {number} of {count}",
            f"vendor {number} of {count}",
            f"Vendor {number} of {count}",
            f"{count}-{number}",
            max_pm.pk,
        )
        for count in (3, 30)
        for number in range(count)
    ]


def test_what_somebody_makes_in_the_moment_of_the_import_is_named(
    max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = upload("name\nBolt Steel\nKestrel Concrete\n", max_pm)
    plan = sheets.plan_of

    def made_after_it(*args: Any) -> Plan:
        found = plan(*args)
        make_vendor(max_pm, "Kestrel Concrete")
        return found

    monkeypatch.setattr(sheets, "plan_of", made_after_it)
    with pytest.raises(InvalidInput, match="There is a vendor Kestrel Concrete already"):
        import_sheet(sheet, VENDOR_SHEET, by=max_pm)
    assert not Vendor.objects.filter(name="Bolt Steel").exists()


def test_a_template_that_is_filled_in_is_read(max_pm: Membership) -> None:
    for kind in (VENDOR_SHEET, COST_CODE_SHEET):
        headings = next(csv.reader(io.StringIO(kind.template("csv").decode("utf-8-sig"))))
        row = ",".join("Kestrel" if number == 0 else "" for number in range(len(headings)))
        assert only(planned(f"{','.join(headings)}\n{row}\n", max_pm, kind)).state == State.NEW


def test_real_names_are_sorted_into_new_near_and_refused(max_pm: Membership) -> None:
    sample = Path(__file__).parent.parent / "vendors" / "dirty_names.csv"
    plan = planned(sample.read_text("utf-8").replace("same_as", "remark"), max_pm)

    assert len(plan.rows) == 70
    assert all("characters, and QuickBooks takes 100" in row.wrong[0].sentence for row in plan.refused[:1])
    assert plan.refused
    assert plan.near
    assert plan.new


def test_codes_are_imported_with_their_descriptions(max_pm: Membership) -> None:
    sheet = upload("Cost code;Description\n03-300;Béton\n04-200;Masonry\n", max_pm, COST_CODE_SHEET)

    import_sheet(sheet, COST_CODE_SHEET, by=max_pm)

    assert [str(one) for one in CostCode.objects.order_by("code")] == ["03-300 Béton", "04-200 Masonry"]

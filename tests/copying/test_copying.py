"""Settings go from company to company as they were shown, only for who administers both, and each is journalled."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from budgets.company_rules import CompanyRules, rules_of, save_company_rules
from budgets.models import DirectCosts
from procore_sync.acceptance.company_settings import RULES
from procore_sync.acceptance.models import ExportPolicy
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership, RightsChange, Role
from procore_sync.accounts.operations import create_token
from procore_sync.copying.groups import GROUPS
from procore_sync.copying.operations import (
    Plan,
    administered_by,
    copy_settings,
    file_of,
    plan_for,
    settings_in,
    settings_of,
)
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.beginnings import template_of
from quickbooks_bridge.models import Connection, Every, PaymentSchedule
from tests.factories import make_member, make_project
from tests.scenes import kept


@pytest.fixture
@kept
def there(alma: Membership, other_company: Company) -> Membership:
    """Alma as administrator of the other company, which has other rules everywhere."""
    made: Membership = Membership.objects.create(user=alma.user, company=other_company, role=Role.ADMINISTRATOR)
    Company.objects.filter(pk=other_company.pk).update(
        four_eyes=False,
        only_holders_grant=True,
        undo_seconds=90,
        late_after_days=0,
        time_zone="America/Chicago",
        digest_hour=0,
    )
    ExportPolicy.objects.create(company=other_company, kind=Kind.CHANGE_ORDER, direct_export=True)
    ExportPolicy.objects.create(
        company=other_company, kind=Kind.INVOICE, direct_export=True, up_to="500.00", second_above="10000.00"
    )
    connect(other_company, class_needed=True, files_go=True)
    template = make_project(make_member(other_company, "Otto", Role.PROJECT_MANAGER), "Their Lofts")
    save_company_rules(other_company, CompanyRules(template, True, DirectCosts.TYPED), by=made)
    PaymentSchedule.objects.create(
        company=other_company, hours=24, since=date(2026, 1, 1), began_at=timezone.now(), set_by=made
    )
    made.company.refresh_from_db()
    return made


def connect(company: Company, **columns: Any) -> Connection:
    made: Connection = Connection.objects.create(
        company=company, realm_id=str(company.pk), environment="emulator", **columns
    )
    return made


def said(plan: Plan) -> dict[str, list[tuple[str, str, str]]]:
    return {one.key: [(d.label, d.before, d.after) for d in one.differences] for one in plan.parts}


ALL = ("acceptance", "amounts", "clock", "bills", "budgets", "payments")


def test_each_difference_is_said_and_then_made_and_written_down(alma: Membership, there: Membership) -> None:
    row = connect(alma.company)
    given = settings_of(there)
    plan = plan_for(alma, given)
    assert said(plan) == {
        "acceptance": [
            ("Sender may not accept", "on", "off"),
            ("Only someone who has a privilege may give it", "off", "on"),
            ("Late after days", "3", "0"),
            ("Seconds to take an acceptance back", str(alma.company.undo_seconds), "90"),
        ],
        "amounts": [
            ("Direct Export", "none", "Change order, Subcontractor invoice"),
            ("Direct Export up to, Subcontractor invoice", "any amount", "500.00"),
            ("Two approvers above, Subcontractor invoice", "never", "10,000.00"),
        ],
        "clock": [("Time zone", "America/New_York", "America/Chicago"), ("Hour of the daily summary", "7", "0")],
        "bills": [
            ("A class on every bill", "may be left out", "has to be chosen"),
            ("Files to QuickBooks", "stay in the console", "go with the bill"),
        ],
        "budgets": [
            ("New cost codes are added to budgets", "off", "on"),
            ("Direct costs of budgets", str(DirectCosts.FILLED.label), str(DirectCosts.TYPED.label)),
        ],
        "payments": [("Payments are read", str(Every.NEVER.label), "Every day")],
    }
    assert not RightsChange.objects.filter(company=alma.company).exists()
    copy_settings(given, ALL, seen=plan.seen, by=alma)
    company = Company.objects.get(pk=alma.company_id)
    assert (company.four_eyes, company.undo_seconds, company.late_after_days) == (False, 90, 0)
    assert company.only_holders_grant
    assert (company.time_zone, company.digest_hour, company.name) == ("America/Chicago", 0, "Harbor Row Builders")
    agreed = ExportPolicy.objects.get(company=company, kind=Kind.INVOICE)
    assert (agreed.direct_export, agreed.up_to, agreed.second_above) == (True, Decimal("500.00"), Decimal("10000.00"))
    row.refresh_from_db()
    assert (row.class_needed, row.location_needed, row.files_go) == (True, False, True)
    assert row.files_since is not None
    rules = rules_of(company.pk)
    assert (rules.adds_new_codes, rules.direct_costs, template_of(company.pk)) == (True, DirectCosts.TYPED, None)
    assert PaymentSchedule.objects.get(company=company).hours == 24
    noted = RightsChange.objects.filter(company=company, by=alma, action=RightsChange.Action.SETTINGS)
    written = {(one["label"], one["before"], one["after"]) for row in noted for one in row.changes}
    shown = {one for part in said(plan).values() for one in part}
    assert shown == written
    assert not RightsChange.objects.filter(company=there.company, by=alma).exists()
    assert not plan_for(alma_again(alma), given).changes


def test_who_switches_payments_on_by_it_is_shown_from_which_day_on_they_are_taken_then(
    alma: Membership, there: Membership
) -> None:
    company, today = alma.company, today_of(alma.company)
    PaymentSchedule.objects.create(company=company, hours=0, since=date(2026, 1, 1), began_at=timezone.now())
    plan = plan_for(alma, settings_of(there))
    moved = ("Payments are taken from", "2026-01-01", today.isoformat())
    assert said(plan)["payments"] == [("Payments are read", str(Every.NEVER.label), "Every day"), moved]

    copy_settings(settings_of(there), ["payments"], seen=plan.seen, by=alma)

    assert PaymentSchedule.objects.get(company=company).since == today
    assert not said(plan_for(alma, settings_of(there)))["payments"]


def alma_again(alma: Membership) -> Membership:
    found: Membership = Membership.objects.select_related("company", "user").get(pk=alma.pk)
    return found


def test_only_what_is_chosen_is_copied(alma: Membership, there: Membership) -> None:
    given = settings_of(there)
    seen = plan_for(alma, given).seen
    with pytest.raises(InvalidInput, match="Tick at least one"):
        copy_settings(given, ["bills", "unheard"], seen=seen, by=alma)
    assert copy_settings(given, ["clock"], seen=seen, by=alma) == 2
    company = Company.objects.get(pk=alma.company_id)
    assert (company.time_zone, company.four_eyes) == ("America/Chicago", True)
    (noted,) = RightsChange.objects.filter(company=company)
    assert [one["label"] for one in noted.changes] == ["Time zone", "Hour of the daily summary"]


def test_what_is_not_chosen_stays_as_it_is_also_what_is_switched_on(alma: Membership, there: Membership) -> None:
    Company.objects.filter(pk=alma.company_id).update(only_holders_grant=True, four_eyes=True, late_after_days=9)
    here, given = alma_again(alma), settings_of(there)
    copy_settings(given, ["clock"], seen=plan_for(here, given).seen, by=here)
    company = Company.objects.get(pk=alma.company_id)
    assert (company.only_holders_grant, company.four_eyes, company.late_after_days) == (True, True, 9)


def test_every_rule_of_the_settings_page_is_copied_with_one_group() -> None:
    assert sorted(name for group in GROUPS for name in group.names if name in RULES) == sorted(RULES)


def test_what_cannot_go_is_left_out_with_why(alma: Membership, there: Membership) -> None:
    against = {one.key: one.against for one in plan_for(alma, settings_of(there)).parts if one.against}
    assert against == {"bills": "QuickBooks is not connected here yet, and this is kept with the connection."}
    back = {one.key: one.against for one in plan_for(there, settings_of(alma)).parts if one.against}
    assert sorted(back) == ["bills", "payments"]


@pytest.mark.parametrize("whose", ["here", "there"])
def test_what_was_changed_meanwhile_is_not_copied(alma: Membership, there: Membership, whose: str) -> None:
    seen = plan_for(alma, settings_of(there)).seen
    changed = alma if whose == "here" else there
    Company.objects.filter(pk=changed.company_id).update(undo_seconds=33)
    there.company.refresh_from_db()
    with pytest.raises(ChangedSinceSeen):
        copy_settings(settings_of(there), ALL, seen=seen, by=alma)
    assert not RightsChange.objects.filter(company=alma.company).exists()


def test_only_an_administrator_of_both_sees_and_copies(
    client: Client, alma: Membership, there: Membership, ada: Membership
) -> None:
    client.force_login(alma.user)
    page = f"/settings/copy/{there.company_id}/"
    assert "Other Books Inc" in client.get("/settings/copy/").content.decode()
    assert "America/Chicago" in client.get(page).content.decode()
    for role, is_active in ((Role.ACCOUNTANT, True), (Role.ADMINISTRATOR, False)):
        Membership.objects.filter(pk=there.pk).update(role=role, is_active=is_active)
        assert administered_by(alma) == []
        assert client.get(page).status_code == 404
        assert client.post(page, {"seen": "x", "group": "clock"}).status_code == 404
        assert "Other Books Inc" not in client.get("/settings/copy/").content.decode().split("page-narrow")[1]
    assert client.get("/settings/copy/999999/").status_code == 404
    assert client.get(f"/settings/copy/{alma.company_id}/").status_code == 404
    with pytest.raises(NotAllowed):
        copy_settings({}, ALL, seen="", by=ada)
    with pytest.raises(NotAllowed):
        file_of(ada)


def test_the_page_copies_what_it_showed(client: Client, alma: Membership, there: Membership) -> None:
    client.force_login(alma.user)
    page = f"/settings/copy/{there.company_id}/"
    seen = plan_for(alma, settings_of(there)).seen
    assert seen in client.get(page).content.decode()
    assert client.post(page, {"seen": "another", "group": ["clock"]}).status_code == 409
    answer = client.post(page, {"seen": seen, "group": ["clock", "acceptance"]}, follow=True)
    assert "6 settings are copied. It is written down under People." in answer.content.decode()


def test_a_file_says_the_same_as_its_company(client: Client, alma: Membership, there: Membership) -> None:
    text = file_of(there)
    assert settings_in(text) == json.loads(json.dumps(settings_of(there)))
    client.force_login(alma.user)
    own = client.get("/settings/copy/settings.json")
    assert json.loads(own.content)["settings"]["clock"] == {"time_zone": "America/New_York", "digest_hour": 7}
    shown = client.post("/settings/copy/file/", {"file": SimpleUploadedFile("theirs.json", text.encode())})
    assert shown.status_code == 200
    assert "America/Chicago" in shown.content.decode()
    seen = plan_for(alma, settings_of(there)).seen
    client.post("/settings/copy/file/", {"text": text, "seen": seen, "group": ["clock"]})
    assert Company.objects.get(pk=alma.company_id).time_zone == "America/Chicago"


def changed(part: str, **values: Any) -> str:
    kept: dict[str, dict[str, Any]] = {
        "clock": {"time_zone": "America/Chicago", "digest_hour": 7},
        "acceptance": {"four_eyes": True, "only_holders_grant": False, "undo_seconds": 0, "late_after_days": 3},
        "payments": {"hours": 1},
        "budgets": {"adds_new_codes": True, "direct_costs": "filled"},
    }
    return json.dumps({"format": "console settings 1", "settings": {part: kept[part] | values}})


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not a file of settings"),
        ("[" * 30_000, "not a file of settings"),
        ('{"format": "console settings 2", "settings": {}}', "not a file of settings"),
        ('{"format": "console settings 1", "settings": []}', "not a file of settings"),
        ('{"format": "console settings 1", "settings": {"people": {}}}', "something under “people”"),
        ('{"format": "console settings 1", "settings": {"\\ud800": {}}}', "not a file of settings"),
        (changed("clock", time_zone="\ud800"), "not a file of settings"),
        (changed("clock", name="Mine now"), "something under “clock”"),
        (changed("clock", digest_hour="7"), "something under “clock”"),
        (changed("clock", digest_hour=True), "something under “clock”"),
        (changed("clock", digest_hour=24), "less than or equal to 23"),
        (changed("clock", time_zone="Mars"), "Mars is not one of the available choices"),
        (changed("acceptance", undo_seconds=601), "less than or equal to 600"),
        (changed("acceptance", undo_seconds=-1), "greater than or equal to 0"),
        (changed("payments", hours=7), "schedules of the list"),
        (changed("budgets", direct_costs="guessed"), "where direct costs come from"),
    ],
)
def test_a_wrong_file_is_refused_in_words(client: Client, alma: Membership, text: str, why: str) -> None:
    with pytest.raises(InvalidInput, match=why):
        plan_for(alma, settings_in(text))
    client.force_login(alma.user)
    answer = client.post("/settings/copy/file/", {"file": SimpleUploadedFile("a.json", text.encode() or b" ")})
    assert answer.status_code == 422


def test_amounts_that_contradict_each_other_are_refused(alma: Membership, there: Membership) -> None:
    given = settings_of(there)
    wrong = {**given, "amounts": {**given["amounts"], "up_to_invoice": "20000.00"}}
    with pytest.raises(InvalidInput, match="two approvers"):
        plan_for(alma, wrong)


COPIES = "/api/v1/settings-copies/"


def told(client: Client, what: str, **body: object) -> Any:
    answer = client.post(f"{COPIES}{what}/", body, content_type="application/json")
    return answer.status_code, answer.json()


def by_token(member: Membership) -> Client:
    return Client(headers={"Authorization": f"Token {create_token(by=member, name='copies')[1]}"})


def test_the_api_copies_what_was_shown_and_each_token_reads_its_own_company(
    alma: Membership, there: Membership, client: Client
) -> None:
    here, over_there = by_token(alma), by_token(there)
    file = over_there.get(COPIES).json()
    assert file == json.loads(file_of(there))
    assert here.get(COPIES).json()["company"] == alma.company.name

    status, plan = told(here, "preview", file=file)

    assert status == 200
    assert {one["group"] for one in plan["parts"] if one["differences"]} >= {"acceptance", "clock", "amounts"}
    clock = next(one for one in plan["parts"] if one["group"] == "clock")
    assert clock["differences"] == [
        {"label": "Time zone", "before": "America/New_York", "after": "America/Chicago"},
        {"label": "Hour of the daily summary", "before": "7", "after": "0"},
    ]
    assert not RightsChange.objects.filter(company=alma.company_id, action="settings").exists()
    assert told(here, "apply", file=file, groups=["clock"], seen="another")[0] == 409
    status, after = told(here, "apply", file=file, groups=["clock"], seen=plan["seen"])
    assert status == 200
    assert next(one for one in after["parts"] if one["group"] == "clock")["differences"] == []
    assert Company.objects.get(pk=alma.company_id).time_zone == "America/Chicago"
    assert Company.objects.get(pk=there.company_id).undo_seconds == 90
    change = RightsChange.objects.get(company=alma.company_id, action="settings")
    assert (change.company_id, change.by_id) == (alma.company_id, alma.pk)


def test_the_api_refuses_what_is_no_file_or_no_group(alma: Membership, there: Membership) -> None:
    here, file = by_token(alma), json.loads(file_of(there))
    assert told(here, "preview", file={})[1]["errors"]["file"][0].startswith("This is not a file of settings.")
    assert told(here, "preview", file=json.loads(changed("clock", digest_hour=24)))[0] == 422
    assert told(here, "apply", file=file, groups=["people"], seen="x")[0] == 422
    seen = told(here, "preview", file=file)[1]["seen"]
    status, answer = told(here, "apply", file=file, groups=[], seen=seen)
    assert (status, list(answer["errors"])) == (422, ["groups"])
    assert not RightsChange.objects.filter(company=alma.company_id, action="settings").exists()


@pytest.mark.parametrize("name", ["ada", "max_pm", "vic", "olga"])
def test_only_administrators_copy_over_the_api(name: str, alma: Membership, request: pytest.FixtureRequest) -> None:
    other, file = by_token(request.getfixturevalue(name)), json.loads(file_of(alma))
    assert other.get(COPIES).status_code == 403
    assert told(other, "preview", file=file)[0] == 403
    assert told(other, "apply", file=file, groups=["clock"], seen="x")[0] == 403

"""People, their rights, the list of every change, tokens, and the change of company."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from procore_sync.accounts import invitations, operations
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.middleware import SESSION_KEY
from procore_sync.accounts.models import Company, KindPrivilege, Membership, RightsChange, Role, User
from procore_sync.accounts.operations import LastAdministrator, Rights, rights_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.factories import make_company, make_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client: Client, alma: Membership) -> Client:
    """Alma's."""
    client.force_login(alma.user)
    return client


def changes() -> list[tuple[str, str, str]]:
    rows = RightsChange.objects.order_by("pk")
    return [(str(row.member), row.action, str(row.by)) for row in rows]


def again(membership: Membership) -> Membership:
    return Membership.objects.get(pk=membership.pk)


def test_inviting_makes_a_member_mails_the_link_and_is_written_down(browser: Client, company: Company) -> None:
    answer = browser.post(
        "/people/invite/",
        {"email": "Ina@X.test", "name": "Ina", "role": "accountant", "can_export": ["invoice"], "wants_digest": "on"},
    )

    ina = Membership.objects.get(user__email="ina@x.test")
    assert answer["Location"] == "/people/"
    assert may(ina, Right.DECIDE, Kind.INVOICE)
    assert not may(ina, Right.DECIDE, Kind.VENDOR)
    assert mail.outbox[0].to == ["ina@x.test"]
    assert changes() == [("Ina", "invited", "Alma")]


def test_an_address_that_is_here_already_is_refused_beside_its_field(browser: Client, vic: Membership) -> None:
    answer = browser.post("/people/invite/", {"email": vic.user.email, "role": "viewer"})

    assert answer.status_code == 422
    assert "is already among the people of Harbor Row Builders" in answer.content.decode()


def test_what_was_filled_in_stands_again_with_the_refusal_at_its_field(
    browser: Client, alma: Membership, company: Company
) -> None:
    typed = {"role": "viewer", "permissions": ["lock_budgets"], "can_import": ["vendor"]}

    answer = browser.post(f"/people/{alma.pk}/", typed)

    page = answer.content.decode()
    assert answer.status_code == 409
    said = re.search(r'name="role".*?class="errorlist[^>]*>(.*?)</ul>', page, re.S)
    assert said
    assert "Alma is the last administrator of Harbor Row Builders." in said[1]
    assert '<option value="viewer" selected>' in page
    assert re.search(r'value="lock_budgets"[^>]* checked', page)
    assert re.search(r'name="can_import" value="vendor"[^>]* checked', page)
    assert changes() == []


def test_who_may_not_give_a_privilege_reads_it_below_the_privileges_with_the_form_as_it_was(
    browser: Client, alma: Membership, company: Company
) -> None:
    Company.objects.update(only_holders_grant=True)
    make_member(company, "Ada", Role.ACCOUNTANT, exports=[Kind.VENDOR])

    answer = browser.post(
        "/people/invite/", {"email": "ina@x.test", "name": "Ina", "role": "viewer", "can_export": ["vendor"]}
    )

    page = answer.content.decode()
    assert answer.status_code == 403
    assert page.index("</table>") < page.index("only an administrator who has it can give it")
    assert 'value="ina@x.test"' in page
    assert 'value="Ina"' in page
    assert not Membership.objects.filter(user__email="ina@x.test").exists()


def test_a_mail_that_does_not_leave_is_said_and_the_membership_stands(
    browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*message: object) -> None:
        raise OSError("no route to the mail server")

    monkeypatch.setattr(invitations, "send_mail", broken)

    answer = browser.post("/people/invite/", {"email": "ina@x.test", "role": "viewer"})

    assert answer.status_code == 409
    assert "Send the invitation again under People" in answer.content.decode()
    assert Membership.objects.filter(user__email="ina@x.test").exists()


def test_a_company_whose_name_has_a_line_break_invites_all_the_same(browser: Client, company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(name="Harbor Row\nBuilders")

    assert browser.post("/people/invite/", {"email": "ina@x.test", "role": "viewer"}).status_code == 302
    assert mail.outbox[0].subject.endswith("Harbor Row Builders")


def test_the_name_of_a_company_is_one_line(browser: Client, company: Company) -> None:
    given = {"name": "Harbor Row\nBuilders"}
    answer = browser.patch("/api/v1/company-settings/", given, "application/json")

    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["name"])
    assert Company.objects.get(pk=company.pk).name == "Harbor Row Builders"


def test_rights_are_changed_and_the_change_is_shown(browser: Client, vic: Membership) -> None:
    browser.post(f"/people/{vic.pk}/", {"role": "accountant", "can_export": ["vendor", "invoice"], "can_import": []})

    page = browser.get("/people/").content.decode()
    assert rights_of(again(vic)) == Rights("accountant", frozenset(), frozenset({"vendor", "invoice"}), False)
    assert RightsChange.objects.get().changes == [
        {"label": "Role", "before": "View only", "after": "Accountant"},
        {"label": "Can export", "before": "", "after": "Vendor, Subcontractor invoice"},
        {"label": "Daily summary", "before": "yes", "after": "no"},
    ]
    assert "Vendor, Subcontractor invoice" in page


def test_saving_without_a_change_writes_nothing_down(alma: Membership, vic: Membership) -> None:
    operations.change_rights(vic, by=alma, rights=rights_of(vic))

    assert changes() == []


def test_an_administrator_may_grant_himself_a_privilege_and_it_is_written_down(alma: Membership) -> None:
    operations.change_rights(alma, by=alma, rights=Rights(Role.ADMINISTRATOR, can_export=frozenset({"invoice"})))

    assert may(again(alma), Right.DECIDE, Kind.INVOICE)
    assert changes() == [("Alma", "changed", "Alma")]


@pytest.mark.parametrize("name", ["ada", "max_pm", "vic", "ian", "olga"])
def test_nobody_else_changes_rights(name: str, vic: Membership, request: pytest.FixtureRequest) -> None:
    by = request.getfixturevalue(name)

    with pytest.raises(NotAllowed):
        operations.change_rights(vic, by=by, rights=Rights(Role.ADMINISTRATOR))
    with pytest.raises(NotAllowed):
        operations.deactivate(vic, by=by)
    assert changes() == []


def test_an_invoice_contact_gets_no_privilege(alma: Membership, ian: Membership) -> None:
    rights = Rights(Role.INVOICE_CONTACT, can_export=frozenset({"invoice"}))

    with pytest.raises(InvalidInput, match="can neither import nor export"):
        operations.change_rights(ian, by=alma, rights=rights)


def test_the_last_administrator_cannot_step_down_nor_leave(alma: Membership, ada: Membership) -> None:
    with pytest.raises(LastAdministrator, match="last administrator of Harbor Row Builders"):
        operations.change_rights(alma, by=alma, rights=Rights(Role.VIEWER))
    with pytest.raises(LastAdministrator):
        operations.deactivate(alma, by=alma)

    assert (again(alma).role, again(alma).is_active) == (Role.ADMINISTRATOR, True)


def test_the_one_of_two_administrators_may_go_but_not_the_other_then(alma: Membership, company: Company) -> None:
    amir = make_member(company, "Amir", Role.ADMINISTRATOR)
    operations.deactivate(alma, by=amir)

    with pytest.raises(LastAdministrator):
        operations.deactivate(amir, by=amir)


def test_an_administrator_who_has_not_come_in_yet_does_not_count(alma: Membership) -> None:
    rights = Rights(Role.ADMINISTRATOR)
    bo = operations.invite(by=alma, email="bo@mistyped.test", name="Bo", rights=rights)
    with pytest.raises(LastAdministrator, match="has not come in yet does not count"):
        operations.deactivate(alma, by=alma)
    with pytest.raises(LastAdministrator):
        operations.change_rights(alma, by=alma, rights=Rights(Role.VIEWER))

    operations.join(bo, password="a long password", name="Bo")
    operations.deactivate(alma, by=alma)
    assert not again(alma).is_active


def test_an_administrator_elsewhere_does_not_count(alma: Membership, other_company: Company) -> None:
    make_member(other_company, "Omar", Role.ADMINISTRATOR)

    with pytest.raises(LastAdministrator):
        operations.deactivate(alma, by=alma)


def test_who_is_deactivated_is_out_and_his_tokens_end_for_good(alma: Membership, max_pm: Membership) -> None:
    operations.create_token(by=max_pm, name="nightly")

    operations.deactivate(max_pm, by=alma)
    assert not may(again(max_pm), Right.VIEW)
    operations.reactivate(max_pm, by=alma)

    assert may(again(max_pm), Right.SEND)
    assert not max_pm.api_tokens.exists()
    assert [action for _, action, _ in changes()] == ["token_created", "deactivated", "reactivated"]


def test_the_people_of_another_company_do_not_exist(browser: Client, olga: Membership) -> None:
    assert browser.get(f"/people/{olga.pk}/").status_code == 404
    assert browser.post(f"/people/{olga.pk}/deactivate/").status_code == 404
    assert "Olga" not in browser.get("/people/").content.decode()


def test_the_list_takes_as_many_queries_for_thirty_people_as_for_three(browser: Client, company: Company) -> None:
    counts = []
    for more in (3, 27):
        for number in range(more):
            member = make_member(company, f"P{more}x{number}", Role.ACCOUNTANT, exports=[Kind.INVOICE])
            operations.create_token(by=member, name="x")
        with CaptureQueriesContext(connection) as seen:
            browser.get("/people/")
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_approvers_carry_their_badge(browser: Client, ada: Membership) -> None:
    assert browser.get("/people/").content.decode().count("May accept and reject for accounting") == 1


# -- settings, company, tokens -------------------------------------------------------------------------------------

SETTINGS = {"name": "Harbor Row Builders", "time_zone": "America/New_York", "four_eyes": "on", "digest_hour": "7"} | {
    "undo_seconds": "0",
    "late_after_days": "3",
}


def test_settings_are_saved_and_written_down(browser: Client, company: Company) -> None:
    browser.post(
        "/settings/", SETTINGS | {"time_zone": "America/Chicago", "digest_hour": "6", "direct_export": ["invoice"]}
    )

    company.refresh_from_db()
    assert (company.time_zone, company.digest_hour) == ("America/Chicago", 6)
    assert company.export_policies.get(direct_export=True).kind == Kind.INVOICE
    assert [change["label"] for change in RightsChange.objects.get().changes] == [
        "Time zone",
        "Hour of the daily summary",
        "Direct Export",
    ]


@pytest.mark.parametrize("kind", [Kind.COST_CODE, Kind.VENDOR, Kind.PROJECT, Kind.BUDGET])
def test_direct_export_is_not_offered_of_what_is_an_approvers(browser: Client, company: Company, kind: Kind) -> None:
    assert browser.post("/settings/", SETTINGS | {"direct_export": [kind]}).status_code == 422
    assert not company.export_policies.exists()


def test_the_amounts_of_a_kind_are_saved_and_written_down_old_and_new(browser: Client, company: Company) -> None:
    typed = {"direct_export": ["invoice"], "up_to_invoice": "10,000.00", "second_above_budget": "250000"}
    browser.post("/settings/", SETTINGS | typed)
    browser.post("/settings/", SETTINGS | typed | {"up_to_invoice": "12000.5", "second_above_budget": ""})

    invoice, budget = (company.export_policies.get(kind=kind) for kind in (Kind.INVOICE, Kind.BUDGET))
    assert (invoice.direct_export, invoice.up_to, invoice.second_above) == (True, Decimal("12000.50"), None)
    assert (budget.direct_export, budget.second_above) == (False, None)
    assert RightsChange.objects.order_by("pk").last().changes == [  # type: ignore[union-attr]
        {"label": "Two approvers above, Budget", "before": "250,000.00", "after": "never"},
        {"label": "Direct Export up to, Subcontractor invoice", "before": "10,000.00", "after": "12,000.50"},
    ]
    assert 'name="up_to_invoice" value="12000.50"' in browser.get("/settings/").content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"up_to_invoice": "0"}, "The amount has to be above zero."),
        ({"up_to_invoice": "-5"}, "The amount has to be above zero."),
        ({"second_above_budget": "10.005"}, "This is not an amount of money. Write it with at most twelve digits"),
        (
            {"second_above_budget": "1234567890123"},
            "This is not an amount of money. Write it with at most twelve digits",
        ),
        ({"second_above_invoice": "10.000,00"}, "This is not a number."),
        ({"up_to_invoice": "NaN"}, "This is not a number."),
        ({"up_to_invoice": "20", "second_above_invoice": "10"}, "Above 10.00 two approvers have to accept"),
    ],
)
def test_what_is_no_amount_is_refused_with_a_sentence(
    browser: Client, company: Company, typed: dict[str, str], sentence: str
) -> None:
    answer = browser.post("/settings/", SETTINGS | typed)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert all(text in answer.content.decode() for text in typed.values())
    assert not company.export_policies.exists()


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"digest_hour": "24"}, {"name": ""}])
def test_a_wrong_setting_is_refused_and_nothing_is_saved(
    browser: Client, company: Company, wrong: dict[str, str]
) -> None:
    assert browser.post("/settings/", SETTINGS | wrong).status_code == 422

    assert Company.objects.get(pk=company.pk).time_zone == "America/New_York"
    assert changes() == []


def test_a_person_of_two_companies_changes_between_them(client: Client, olga: Membership, company: Company) -> None:
    Membership.objects.create(user=olga.user, company=company, role=Role.VIEWER)
    client.force_login(olga.user)
    assert client.get("/inbox/").context["member"].company_id == olga.company_id

    client.post("/company/", {"company": str(company.pk)})

    assert client.get("/inbox/").context["member"].company_id == company.pk


@pytest.mark.parametrize("chosen", ["", "x", "²", "999999999999999999999"])
def test_a_company_that_is_not_his_is_none(client: Client, olga: Membership, chosen: str) -> None:
    client.force_login(olga.user)

    assert client.post("/company/", {"company": chosen}).status_code == 404


def test_who_makes_himself_something_else_lands_where_he_may_be(
    browser: Client, alma: Membership, ada: Membership
) -> None:
    Membership.objects.filter(pk=ada.pk).update(role=Role.ADMINISTRATOR)

    answer = browser.post(f"/people/{alma.pk}/", {"role": "viewer"}, follow=True)

    assert (answer.redirect_chain, answer.status_code) == ([("/", 302)], 200)
    assert "The rights of Alma are as you set them." in answer.text


def test_who_shuts_himself_out_is_told_of_which_company(
    browser: Client, alma: Membership, ada: Membership, other_company: Company
) -> None:
    """They stand in their other company after that, where nobody was shut out."""
    Membership.objects.filter(pk=ada.pk).update(role=Role.ADMINISTRATOR)
    Membership.objects.create(user=alma.user, company=other_company, role=Role.ADMINISTRATOR)

    session = browser.session
    session[SESSION_KEY] = alma.company_id
    session.save()

    answer = browser.post(f"/people/{alma.pk}/deactivate/", follow=True)

    assert (answer.redirect_chain, answer.status_code) == ([("/", 302)], 200)
    assert "Your access to Harbor Row Builders has ended, so you are in Other Books Inc now." in answer.text


def test_who_belongs_to_no_company_is_told_so_and_can_sign_out(browser: Client, alma: Membership) -> None:
    Membership.objects.filter(pk=alma.pk).update(is_active=False)

    for address in ("/", "/inbox/", "/nowhere/"):
        answer = browser.get(address)
        assert answer.status_code == 404
        assert "You belong to no company here" in answer.text
        assert 'action="/sign-out/"' in answer.text
    assert "menu at the top right" not in answer.text
    browser.post("/sign-out/")
    assert "menu at the top right" in browser.get("/nowhere/").text


def test_a_token_is_shown_once(browser: Client, alma: Membership) -> None:
    made = browser.post("/tokens/", {"name": "nightly"})
    text = made.context["text"]

    assert text.startswith("erp_")
    assert text in made.content.decode()
    assert "no-store" in made["Cache-Control"]
    assert text not in browser.get("/tokens/").content.decode()


def test_the_operator_opens_a_company_and_its_administrator_is_mailed(db: None) -> None:
    call_command("open_company", "New Build Inc", "ann@new-build.test")

    ann = Membership.objects.get(user__email="ann@new-build.test")
    assert (ann.role, ann.company.slug) == (Role.ADMINISTRATOR, "new-build-inc")
    assert mail.outbox[0].to == ["ann@new-build.test"]
    User.objects.filter(pk=ann.user_id).update(last_login=timezone.now())
    for name in ("New Build Inc", "NEW BUILD INC", "New-Build, Inc."):
        with pytest.raises(CommandError, match="There is a company called New Build Inc already"):
            call_command("open_company", name, "ann@new-build.test")


def test_the_operator_invites_the_first_administrator_again_until_somebody_has_come_in(
    db: None, settings: Settings
) -> None:
    backend, settings.EMAIL_BACKEND = settings.EMAIL_BACKEND, "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(
        CommandError, match=r"is open, but the e-mail to ann@new-build\.test could not be sent: .*refused"
    ):
        call_command("open_company", "New Build Inc", "ann@new-build.test")
    settings.EMAIL_BACKEND = backend

    call_command("open_company", "New Build Inc", "Ann@new-build.test")

    assert Company.objects.count() == 1
    assert [one.to for one in mail.outbox] == [["ann@new-build.test"]]


@pytest.mark.parametrize(
    ("name", "administrator", "why"),
    [
        ("New Build Inc", "ann.new-build.test", "Enter a valid email address."),
        ("New Build Inc", f"{'a' * 250}@new-build.test", "at most 254 characters"),
        ("New\nBuild", "ann@new-build.test", "has a tab or a line break"),
        ("N" * 121, "ann@new-build.test", "has 121 characters"),
        (" ", "ann@new-build.test", "Give the company a name."),
    ],
)
def test_the_operator_opens_no_company_that_nobody_could_come_into(
    db: None, name: str, administrator: str, why: str
) -> None:
    with pytest.raises(CommandError, match=why):
        call_command("open_company", name, administrator)
    assert not Company.objects.exists()
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["The Harbor Row Builders and General Contractors of Long Beach", "Строй"])
def test_a_company_may_be_called_as_it_is_called(db: None, name: str) -> None:
    call_command("open_company", name, "ann@new-build.test")

    company = Company.objects.get(name=name)
    company.full_clean()


def test_who_was_shut_out_is_not_invited_but_reactivated(browser: Client, alma: Membership, vic: Membership) -> None:
    operations.deactivate(vic, by=alma)

    answer = browser.post("/people/invite/", {"email": vic.user.email.upper(), "role": "viewer"})

    assert answer.status_code == 422
    assert f"{vic.user.email} was shut out of Harbor Row Builders. Reactivate the person under People." in answer.text


def test_an_address_that_is_too_long_is_refused_at_its_field(browser: Client) -> None:
    answer = browser.post("/people/invite/", {"email": f"{'a' * 250}@harbor-row.test", "role": "viewer"})

    assert answer.status_code == 422
    assert "at most 254 characters" in answer.text


@pytest.mark.postgres
@pytest.mark.parametrize(
    "sql", ["UPDATE accounts_rightschange SET action = 'joined'", "DELETE FROM accounts_rightschange"]
)
def test_postgresql_refuses_to_change_what_was_written(alma: Membership, vic: Membership, sql: str) -> None:
    operations.change_rights(vic, by=alma, rights=Rights(Role.ACCOUNTANT))

    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


def test_who_has_not_seen_what_was_agreed_meanwhile_does_not_undo_it(browser: Client, alma: Membership) -> None:
    """All settings are saved at once: a page that is open since the morning took away the second approver again."""
    stale = SETTINGS | {"seen": seen_on(browser.get("/settings/").text), "name": "Harbor Row"}
    assert browser.post("/settings/", SETTINGS | {"second_above_invoice": "50000"}).status_code == 302

    refused = browser.post("/settings/", stale)

    assert (refused.status_code, "The settings were changed meanwhile" in refused.text) == (409, True)
    assert "Last changed by Alma: Today " in refused.text
    assert refused.context["form"]["name"].value() == "Harbor Row"
    assert 'href="/settings/">Show what stands now' in refused.text
    policy = alma.company.export_policies.get(kind=Kind.INVOICE)
    assert (policy.second_above, Company.objects.get(pk=alma.company_id).name) == (50000, SETTINGS["name"])
    again_seen = stale | {"seen": seen_on(browser.get("/settings/").text)}
    assert browser.post("/settings/", again_seen).status_code == 302


def test_who_has_not_seen_what_was_taken_meanwhile_does_not_give_it_back(browser: Client, vic: Membership) -> None:
    KindPrivilege.objects.create(membership=vic, kind=Kind.INVOICE, can_export=True)
    address = f"/people/{vic.pk}/"
    stale = {"role": "accountant", "can_export": ["invoice"], "seen": seen_on(browser.get(address).text)}
    taken = address, {"role": "accountant", "seen": stale["seen"]}
    assert browser.post(*taken).status_code == 302

    refused = browser.post(address, stale)

    assert (refused.status_code, "were changed meanwhile, so nothing was saved" in refused.text) == (409, True)
    assert "Last changed by Alma: Today " in refused.text
    assert rights_of(again(vic)).privileges == frozenset()
    assert browser.post(address, stale | {"seen": seen_on(browser.get(address).text)}).status_code == 302


def test_the_operator_gives_somebody_another_address_in_all_his_companies(vic: Membership, alma: Membership) -> None:
    other = make_company("Other Books Inc", "other-books")
    there = Membership.objects.create(user=vic.user, company=other, role=Role.VIEWER)
    EmailAddress.objects.create(user=vic.user, email=vic.user.email, verified=True, primary=True)
    old = vic.user.email

    call_command("change_address", old.upper(), " Vic@Harbor-Row.example ")

    vic.user.refresh_from_db()
    assert vic.user.email == "vic@harbor-row.example"
    assert not EmailAddress.objects.filter(email=old).exists()
    told = {one.member_id: one.read for one in RightsChange.objects.filter(member__user=vic.user, by=None)}
    change = [{"label": "E-mail address", "before": old, "after": "vic@harbor-row.example"}]
    assert told[vic.pk] == told[there.pk] == change
    for new, why in (
        (alma.user.email.upper(), f"Somebody signs in with {alma.user.email} already"),
        ("vic", "Enter a valid email address"),
    ):
        with pytest.raises(CommandError, match=why):
            call_command("change_address", vic.user.email, new)
    with pytest.raises(CommandError, match="Nobody here signs in with"):
        call_command("change_address", old, "vic@harbor-row.test")

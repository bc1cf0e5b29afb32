"""Connecting and parting: who may, to which company, and what a wrong return does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from threading import Event
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.db import connection as database
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import engine
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.operations import accept, send
from procore_sync.acceptance.operations import link as make_green
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.models import Company, Membership, RightsChange
from procore_sync.kit.refusals import NotAllowed, Refusal
from procore_sync.kit.sealed import seal, unseal
from projects.models import CostReading
from quickbooks_bridge import connecting, tokens
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.client.tokens import TokenFault
from quickbooks_bridge.connecting import AnotherCompany, NotConnected
from quickbooks_bridge.connections import hold
from quickbooks_bridge.importers import names as importing
from quickbooks_bridge.importers import operations
from quickbooks_bridge.importers.job_costs import Reader
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.importers.operations import link_to
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.links import remember_link, remember_links
from quickbooks_bridge.models import Connection, CostCursor, CustomerMode, LedgerName, Link
from quickbooks_bridge.names import names_of
from quickbooks_bridge.onboarding.asking import is_in_use
from quickbooks_bridge.reconciling import ahead
from quickbooks_bridge.reconciling.marked import Found, changed_since
from quickbooks_bridge.reconciling.relinking import relink
from quickbooks_bridge.reconciling.rows import Ahead, LedgerFinding, Settled
from quickbooks_bridge.watch_models import WatchCursor
from quickbooks_bridge.watching import deliveries
from tests.factories import make_member, make_project, make_vendor
from tests.quickbooks_bridge.conftest import consent, work
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess
from tests.quickbooks_bridge.watching.test_deliveries import cloud
from tests.scenes import kept


@pytest.fixture
@kept
def other_alma(olga: Membership) -> Membership:
    """Administrator of the other company."""
    olga.role = "administrator"
    olga.save()
    return olga


def test_it_knows_the_company_and_what_is_switched_on(connected: Connection) -> None:
    assert connected.company_name == "Harbor Row Builders"
    assert connected.realm_id == REALM
    assert connected.features["Purchase orders"] == "on"
    assert connected.days_left is not None
    assert 98 <= connected.days_left <= 101


@pytest.mark.postgres
def test_it_keeps_to_the_limits_from_the_first_call_on(
    emulator: EmulatorProcess, alma: Membership, settings: Settings, redis_url: str
) -> None:
    """Connecting asks before there is a connection, and then reads every list: more than a second lets pass."""
    settings.QUICKBOOKS_LIMITS, settings.REDIS_URL = True, redis_url
    emulator.control("limits", {"enabled": True})
    refreshed = refresh(consent(emulator, alma))
    calls = [one["status"] for one in emulator.control("requests", method="GET")]
    assert not [one.error for one in refreshed if one.error]
    assert len(calls) > 10
    assert 429 not in calls


def test_tokens_stand_encrypted_in_the_database(connected: Connection) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT access_token, refresh_token FROM quickbooks_bridge_connection")
        stored = cursor.fetchone()
    connected.refresh_from_db()
    assert connected.access_token
    assert connected.access_token not in stored
    assert unseal(stored[1]) == connected.refresh_token


def test_only_an_administrator_begins(emulator: EmulatorProcess, max_pm: Membership, ada: Membership) -> None:
    for member in (max_pm, ada):
        with pytest.raises(NotAllowed):
            connecting.begin(by=member)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"state": "guessed"}, "does not belong"),
        ({"state": ""}, "does not belong"),
        ({"error": "access_denied"}, "refused at Intuit"),
        ({"error": "server_error"}, r"Intuit could not end the sign-in \(server_error\)"),
        ({"code": "used-before"}, "too old"),
        ({"code": ""}, "brought no code"),
        ({"realmId": ""}, "which QuickBooks company"),
        ({"realmId": "1 OR 1"}, "which QuickBooks company"),
        ({"realmId": OTHER_REALM}, "could not be read"),
    ],
)
def test_a_wrong_return_connects_nothing(
    emulator: EmulatorProcess, alma: Membership, given: dict[str, str], sentence: str
) -> None:
    with pytest.raises(NotConnected, match=sentence):
        consent(emulator, alma, **given)
    assert not Connection.objects.exists()


def test_a_code_works_once(emulator: EmulatorProcess, alma: Membership) -> None:
    begun, url = connecting.begin(by=alma)
    told = emulator.control("authorize", {**dict(parse_qsl(urlsplit(url).query)), "realm": REALM})["redirect"]
    given = dict(parse_qsl(urlsplit(told).query))
    connecting.complete(by=alma, begun=begun.kept(), given=given)
    with pytest.raises(NotConnected, match="used already"):
        connecting.complete(by=alma, begun=begun.kept(), given=given)


def test_a_consent_that_took_too_long_connects_nothing(emulator: EmulatorProcess, alma: Membership) -> None:
    begun, _ = connecting.begin(by=alma)
    kept = {**begun.kept(), "at": begun.at - 16 * 60}
    with pytest.raises(NotConnected, match="took too long"):
        connecting.complete(by=alma, begun=kept, given={"state": begun.state, "code": "x", "realmId": REALM})


def test_a_tampered_return_ends_no_other_company_s_connection(
    connected: Connection, emulator: EmulatorProcess, other_alma: Membership
) -> None:
    with pytest.raises(NotConnected):
        consent(emulator, other_alma, REALM, realmId=OTHER_REALM)
    assert not emulator.requests("revoke")
    assert ledger_for(connected).company_info().status == 200


def test_a_return_to_another_company_of_the_person_connects_nothing(
    emulator: EmulatorProcess, alma: Membership, other_alma: Membership
) -> None:
    begun, url = connecting.begin(by=alma)
    told = emulator.control("authorize", {**dict(parse_qsl(urlsplit(url).query)), "realm": REALM})["redirect"]
    with pytest.raises(NotConnected, match="does not belong"):
        connecting.complete(by=other_alma, begun=begun.kept(), given=dict(parse_qsl(urlsplit(told).query)))


def test_two_companies_never_share_a_realm_and_are_not_named_to_each_other(
    connected: Connection, emulator: EmulatorProcess, other_alma: Membership
) -> None:
    asked = len(emulator.requests("tokens"))
    with pytest.raises(AnotherCompany) as refused:
        consent(emulator, other_alma, REALM)
    assert "Harbor Row" not in refused.value.sentence
    assert refused.value.where == "/quickbooks/", "where they begin anew"
    assert len(emulator.requests("tokens")) == asked
    assert ledger_for(connected).company_info().status == 200
    connecting.disconnect(connected, by=connected.connected_by)  # type: ignore[arg-type]
    with pytest.raises(AnotherCompany):
        consent(emulator, other_alma, REALM)


def test_signing_in_to_the_wrong_company_again_is_refused_with_both_names(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    vendor = make_vendor(alma)
    make_green(vendor.erp, by=None, detail={})
    remember_link(vendor.erp, "Vendor", {"Id": "5", "DisplayName": vendor.name}, verified=None)
    with pytest.raises(AnotherCompany) as refused:
        consent(emulator, alma, OTHER_REALM)
    assert "Other Books Inc" in refused.value.sentence
    assert "Harbor Row Builders" in refused.value.sentence
    connected.refresh_from_db()
    assert (connected.realm_id, connected.is_connected) == (REALM, True)
    assert ledger_for(connected).company_info().document("CompanyInfo")["CompanyName"] == "Harbor Row Builders"


def test_a_wrong_company_can_be_left_while_nothing_is_linked(
    books: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    WatchCursor.objects.create(company=alma.company, entity="Bill")
    told = cloud("bill", "17", realm=REALM)
    deliveries.store(json.dumps(told).encode())
    consent(emulator, alma, OTHER_REALM)
    books.refresh_from_db()
    assert books.company_name == "Other Books Inc"
    assert not WatchCursor.objects.exists()
    assert not deliveries.hints_of(alma.company_id).exists(), "it would be read in the wrong books"
    assert not LedgerName.objects.exists()


def test_disconnecting_gives_the_tokens_back_and_forgets_them(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    connected.refresh_from_db()
    assert connecting.disconnect(connected, by=alma)
    connected.refresh_from_db()
    assert (connected.status, connected.access_token, connected.refresh_token) == ("disconnected", "", "")
    assert len(emulator.requests("revoke")) == 1
    again = consent(emulator, alma)
    assert again.pk == connected.pk
    assert again.is_connected


def test_disconnecting_works_though_intuit_cannot_be_told(
    connected: Connection, alma: Membership, settings: Settings
) -> None:
    connected.refresh_from_db()
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/"
    assert not connecting.disconnect(connected, by=alma)
    connected.refresh_from_db()
    assert not connected.is_connected


def test_who_connected_paused_and_disconnected_is_among_the_changes_of_rules(
    emulator: EmulatorProcess, alma: Membership
) -> None:
    row = consent(emulator, alma)
    consent(emulator, alma)  # the same company again: its sign-in is renewed, and no rule is another
    connecting.halt(row, True, by=alma)
    connecting.halt(row, True, by=alma)
    connecting.halt(row, False, by=alma)
    connecting.choose_mode(row, "customers_are_jobs", by=alma)
    connecting.choose_mode(row, "customers_are_jobs", by=alma)
    connecting.disconnect(row, by=alma)
    connecting.disconnect(row, by=alma)
    consent(emulator, alma, OTHER_REALM)

    own, other = f"Harbor Row Builders ({REALM})", f"Other Books Inc ({OTHER_REALM})"
    assert noted(alma) == [
        ("QuickBooks company", "none", own),
        ("Sending to QuickBooks", "on", "paused"),
        ("Sending to QuickBooks", "paused", "on"),
        ("A project in QuickBooks", CustomerMode.JOBS.label, CustomerMode.CUSTOMERS.label),
        ("QuickBooks company", own, "none"),
        ("QuickBooks company", "none", other),
    ]


def noted(member: Membership) -> list[tuple[str, str, str]]:
    """What the changes of rules tell of the company of `member`, the oldest first."""
    rows = RightsChange.objects.filter(company_id=member.company_id, action="settings").order_by("pk")
    return [(one["label"], one["before"], one["after"]) for row in rows for one in row.changes]


def test_who_paused_the_sending_stands_on_the_page(client: Client, connected: Connection, alma: Membership) -> None:
    client.force_login(alma.user)
    page = reverse("quickbooks_bridge:connection")
    assert "Last changed by" not in client.get(page).content.decode()
    client.post(reverse("quickbooks_bridge:halt"))
    shown = client.get(page).content.decode()
    assert f"paused by an administrator. Last changed by {alma}: Today" in shown
    client.post(reverse("quickbooks_bridge:resume"))
    assert "Last changed by" not in client.get(page).content.decode()


def test_the_mode_is_fixed_by_the_first_project(connected: Connection, alma: Membership) -> None:
    connecting.choose_mode(connected, "customers_are_jobs", by=alma)
    project = make_project(alma)
    make_green(project.erp, by=None, detail={})
    with pytest.raises(Refusal, match="first project"):
        connecting.choose_mode(connected, "jobs_under_customers", by=alma)


def test_the_mode_stays_fixed_while_a_change_of_the_project_is_taken_back(
    connected: Connection, alma: Membership
) -> None:
    project = make_project(alma)
    make_green(project.erp, by=None, detail={})
    ErpItem.objects.filter(pk=project.erp_id).update(status=Status.RETRIEVED)
    with pytest.raises(Refusal, match="first project"):
        connecting.choose_mode(connected, "customers_are_jobs", by=alma)


def test_keys_rotate_and_the_old_one_can_go(connected: Connection, settings: Settings) -> None:
    connected.refresh_from_db()
    token, old = connected.refresh_token, settings.TOKEN_KEYS[0]
    new = "bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="
    settings.TOKEN_KEYS = [new, old]
    call_command("rotate_token_keys", verbosity=0)
    settings.TOKEN_KEYS = [new]
    connected.refresh_from_db()
    assert connected.refresh_token == token
    assert unseal(seal("x")) == "x"


def test_a_lost_key_is_said_and_stops_the_company(connected: Connection, settings: Settings, alma: Membership) -> None:
    settings.TOKEN_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="]
    tokens.forget(connected.pk)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("rotate_token_keys", verbosity=0)
    with pytest.raises(TokenFault, match="TOKEN_KEYS"):
        tokens.ConnectionTokens(connected.pk).access_token()
    connected.refresh_from_db()
    assert connected.status == "needs_login"


def test_a_sign_in_that_a_wrong_key_has_stopped_is_neither_called_sealed_nor_wiped(
    connected: Connection, settings: Settings
) -> None:
    connected.refresh_from_db()
    token, old = connected.refresh_token, settings.TOKEN_KEYS
    settings.TOKEN_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="]
    tokens.forget(connected.pk)
    with pytest.raises(TokenFault, match="TOKEN_KEYS"):
        tokens.ConnectionTokens(connected.pk).access_token()
    with pytest.raises(CommandError, match=r"Harbor Row .* cannot be read"):
        call_command("rotate_token_keys", verbosity=0)
    settings.TOKEN_KEYS = old
    call_command("rotate_token_keys", verbosity=0)
    connected.refresh_from_db()
    assert (connected.refresh_token, connected.status, connected.why) == (token, "connected", "")
    assert tokens.ConnectionTokens(connected.pk).access_token() == connected.access_token


def test_what_was_disconnected_keeps_what_no_key_opens_and_holds_nobody_up(
    connected: Connection, settings: Settings
) -> None:
    Connection.objects.update(status="needs_login", why="QuickBooks has ended the sign-in.")
    connected.refresh_from_db()
    token, old = connected.refresh_token, settings.TOKEN_KEYS
    settings.TOKEN_KEYS = ["bmV3LW5ldy1uZXctbmV3LW5ldy1uZXctbmV3LW5ldyE="]
    call_command("rotate_token_keys", verbosity=0)
    settings.TOKEN_KEYS = old
    connected.refresh_from_db()
    assert connected.refresh_token == token


def test_a_sandbox_is_connected_without_a_browser_only_at_the_emulator(
    emulator: EmulatorProcess, alma: Membership, settings: Settings
) -> None:
    call_command("connect_sandbox", company=alma.company.slug, realm=REALM, verbosity=0)
    assert Connection.objects.get(company=alma.company).is_connected
    assert LedgerName.objects.filter(company=alma.company, entity="Vendor").exists()
    settings.QUICKBOOKS_ENVIRONMENT = "production"
    with pytest.raises(CommandError, match="Only the emulator"):
        call_command("connect_sandbox", company=alma.company.slug, realm=REALM, verbosity=0)


def test_an_administrator_of_nothing_else_may_connect_his_own_company(
    connected: Connection, emulator: EmulatorProcess, other_company: object, olga: Membership
) -> None:
    boss = make_member(olga.company, "Boss", "administrator")  # type: ignore[arg-type]
    assert consent(emulator, boss, OTHER_REALM).company_name == "Other Books Inc"


def test_a_worker_that_still_means_the_company_of_before_gets_no_token_for_it_and_asks_nothing(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    before = ledger_for(connected)
    before.company_info()
    consent(emulator, alma, OTHER_REALM)
    emulator.control("requests", method="DELETE")
    for renewed_here in (True, False):
        if not renewed_here:  # as in another process, which has a copy of its own
            tokens._kept[connected.pk] = tokens.ConnectionTokens(connected.pk)._read()
        with pytest.raises(TokenFault, match="another company than this was meant for"):
            before.company_info()
    assert emulator.requests() == []
    now = Connection.objects.get(pk=connected.pk)
    assert now.is_connected
    assert ledger_for(now).company_info().document("CompanyInfo")["CompanyName"] == "Other Books Inc"


def test_a_copy_of_the_old_company_s_token_is_never_used_for_the_new_one(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    ledger_for(connected).company_info()
    old = tokens._kept[connected.pk]
    now = consent(emulator, alma, OTHER_REALM)
    tokens._kept[connected.pk] = old
    emulator.control("requests", method="DELETE")
    ledger_for(now).company_info()
    assert [one["status"] for one in emulator.requests("/company/")] == [200]


def test_names_of_the_company_of_before_never_get_among_those_of_the_new_one(
    books: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    """A reading that was under way when the company was changed stores nothing any more."""
    old = Connection.objects.get(pk=books.pk)
    documents = emulator.documents("Account")
    consent(emulator, alma, OTHER_REALM)
    with pytest.raises(LedgerFault, match="another company while"):
        importing._remember(old, "Account", documents)
    with pytest.raises(LedgerFault, match="another company while"), transaction.atomic():
        hold(old)
    assert not LedgerName.objects.exists()
    assert not [one.error for one in refresh(Connection.objects.get(pk=books.pk)) if one.error]
    assert LedgerName.objects.filter(entity="Account").exists()


def test_neither_do_costs_nor_how_far_they_were_read(
    books: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    """The company is changed between the answer to a page and its storing."""
    reading = CostReading.objects.create(company=books.company, leased_until=timezone.now() + timedelta(minutes=5))
    ledger = ledger_for(Connection.objects.get(pk=books.pk), patience=1)
    ask = ledger.page
    answers = []

    def page(*args: Any, **options: Any) -> Any:
        answers.append(ask(*args, **options))
        consent(emulator, alma, OTHER_REALM)
        return answers[-1]

    ledger.page = page  # type: ignore[method-assign]  # the edge: what happens while an answer is on its way
    turn = Reader(Connection.objects.get(pk=books.pk), reading, ledger)
    with pytest.raises(LedgerFault, match="another company while"):
        turn.read(until=time.monotonic() + 60)
    assert len(answers) == 1
    assert not CostCursor.objects.exists()


def test_what_is_linked_while_quickbooks_is_asked_keeps_the_company_where_it_is(
    books: Connection,
    emulator: EmulatorProcess,
    alma: Membership,
    max_pm: Membership,
    ada: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor, row = make_vendor(max_pm, "Acme Zed"), a_vendor_of(books)
    honest = is_in_use

    def meanwhile(ledger: Ledger, company: Company) -> bool:
        answer = honest(ledger, company)
        link_to(row, vendor.erp, by=ada)
        return answer

    monkeypatch.setattr(connecting, "is_in_use", meanwhile)
    with pytest.raises(AnotherCompany, match=r"Other Books Inc.*Harbor Row Builders"):
        consent(emulator, alma, OTHER_REALM)
    books.refresh_from_db()
    assert (books.realm_id, books.is_connected) == (REALM, True)
    assert LedgerName.objects.filter(pk=row.pk).exists()
    assert len(emulator.requests("revoke")) == 1, "the tokens just given are given back"


def test_what_was_found_in_a_company_that_is_left_can_be_linked_no_more(
    books: Connection,
    emulator: EmulatorProcess,
    alma: Membership,
    max_pm: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor = make_vendor(max_pm, "Acme Zed").erp
    told: dict[str, Any] = {"company": alma.company, "entity": "Vendor", "document": {"Id": "11"}, "what": Ahead.NAMED}
    known = {"found_at": timezone.now(), "remote_id": "12", "settled": Settled.PUT_AWAY, "note": "A typing error."}
    LedgerFinding.objects.create(**told | known)
    finding = LedgerFinding.objects.create(**told, item=vendor, remote_id="11", found_at=timezone.now())
    monkeypatch.setattr(connecting, "look_soon", lambda row: None)  # the worker that looks has not come yet
    consent(emulator, alma, OTHER_REALM)
    with pytest.raises(Refusal, match="settled meanwhile"):
        relink(finding, by=alma)
    assert not Link.objects.exists()
    assert LedgerFinding.objects.get().note == "A typing error.", "what a person said of one stays"


def test_a_look_that_was_under_way_finds_nothing_in_the_new_company(
    books: Connection, emulator: EmulatorProcess, alma: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, honest = Connection.objects.get(pk=books.pk), changed_since

    def meanwhile(*args: Any, **options: Any) -> Found:
        found = honest(*args, **options)
        monkeypatch.undo()
        consent(emulator, alma, OTHER_REALM)
        return found

    monkeypatch.setattr(ahead, "changed_since", meanwhile)
    with pytest.raises(LedgerFault, match="another company while"):
        ahead.look(old)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_changes_the_company_waits_for_whoever_links(
    books: Connection,
    emulator: EmulatorProcess,
    alma: Membership,
    max_pm: Membership,
    ada: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor, row = make_vendor(max_pm, "Acme Zed"), a_vendor_of(books)
    under_way = Event()
    remember, honest = remember_links, is_in_use

    def slowly(*args: Any, **options: Any) -> None:
        under_way.set()
        time.sleep(_A_WHILE)
        remember(*args, **options)

    monkeypatch.setattr(operations, "remember_links", slowly)
    with ThreadPoolExecutor(1) as pool:
        linking = []

        def meanwhile(ledger: Ledger, company: Company) -> bool:
            answer = honest(ledger, company)
            linking.append(pool.submit(apart, lambda: link_to(row, vendor.erp, by=ada)))
            assert under_way.wait(timeout=20)
            return answer

        monkeypatch.setattr(connecting, "is_in_use", meanwhile)
        with pytest.raises(AnotherCompany, match="bound"):
            consent(emulator, alma, OTHER_REALM)
        linking[0].result(timeout=20)
    books.refresh_from_db()
    assert books.realm_id == REALM
    assert Link.objects.get().remote_id == row.remote_id


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_who_links_waits_for_whoever_changes_the_company_and_links_nothing_of_the_old_one(
    books: Connection,
    emulator: EmulatorProcess,
    alma: Membership,
    max_pm: Membership,
    ada: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vendor, row = make_vendor(max_pm, "Acme Zed"), a_vendor_of(books)
    with during_the_change(monkeypatch, lambda: link_to(row, vendor.erp, by=ada)) as linking:
        consent(emulator, alma, OTHER_REALM)
        with pytest.raises(Refusal, match="another company meanwhile"):
            linking[0].result(timeout=20)
    vendor.erp.refresh_from_db()
    assert not Link.objects.exists()
    assert not LedgerName.objects.filter(remote_id=row.remote_id, name=row.name).exists()
    assert vendor.erp.status == Status.NOT_SENT


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_what_is_accepted_while_the_company_is_changed_goes_to_neither(
    books: Connection,
    emulator: EmulatorProcess,
    alma: Membership,
    max_pm: Membership,
    ada: Membership,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A worker takes it up at once, and would still be on its way to the company that is left."""
    vendor = make_vendor(max_pm, "Acme Zed")
    submission = send(vendor.erp, by=max_pm)

    def accept_and_carry() -> None:
        engine.work(accept(vendor.erp, by=ada, seen=submission.digest, choices={}).pk)

    with during_the_change(monkeypatch, accept_and_carry) as carrying:
        consent(emulator, alma, OTHER_REALM)
        carrying[0].result(timeout=20)
    work(submission)
    assert not Link.objects.exists()
    assert not emulator.named("Vendor", "Acme Zed")
    assert submission.posting["ledger"] == REALM
    assert (submission.work, submission.cure_url) == (Work.PARKED, reverse("acceptance:review", args=[vendor.erp_id]))


#: Long enough for the other thread to come to the lock, where it waits.
_A_WHILE = 0.5


@contextmanager
def during_the_change(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Iterator[list[Future[object]]]:
    """Let a thread do `act` once it is settled that the company is changed, and before that is committed."""
    honest, begun = connecting._drop_mirror, []
    with ThreadPoolExecutor(1) as pool:

        def meanwhile(*args: Any) -> None:
            begun.append(pool.submit(apart, act))
            time.sleep(_A_WHILE)
            honest(*args)

        monkeypatch.setattr(connecting, "_drop_mirror", meanwhile)
        yield begun


def apart(act: Callable[[], object]) -> object:
    """`act` in a thread, with a connection of its own to the database."""
    try:
        return act()
    finally:
        database.close()


def a_vendor_of(books: Connection) -> LedgerName:
    return names_of(books.company_id, "Vendor").order_by("pk")[0]

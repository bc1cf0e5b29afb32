"""The life of a sign-in: kept alive, counted down, told of before it ends, and a pause instead of failures after it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override
from time_machine import travel

from procore_sync.acceptance.models import Notice, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.accounts.models import Membership, User
from quickbooks_bridge import connecting, lifetimes, tasks, tokens
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.endpoints import endpoints
from quickbooks_bridge.ledgers import ledger_for
from quickbooks_bridge.models import Connection, EndNotice
from quickbooks_bridge.reconciling.ahead import look_once
from tests.factories import make_member, make_vendor
from tests.quickbooks_bridge.conftest import consent, outcome_of, work
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess

Accept = Callable[..., Submission]
DAY = 86_400


def let_pass(emulator: EmulatorProcess, row: Connection, days: float) -> Connection:
    """Intuit's clock goes on; what we remember moves back as far, which to us is the same."""
    emulator.control("clock", {"advance_seconds": days * DAY})
    row.refresh_from_db()
    for name in ("access_expires_at", "refresh_expires_at", "hard_expires_at", "renewed_at", "connected_at"):
        moment: datetime | None = getattr(row, name)
        setattr(row, name, moment - timedelta(days=days) if moment else None)
    row.save()
    tokens.forget(row.pk)
    return row


def ends_in(row: Connection, **days: float | None) -> Connection:
    """So many days are left until each end."""
    ends = {name: None if left is None else timezone.now() + timedelta(days=left) for name, left in days.items()}
    Connection.objects.filter(pk=row.pk).update(**ends)
    row.refresh_from_db()
    return row


# kept alive


@pytest.mark.parametrize("halted", [False, True])
def test_a_year_in_which_nobody_calls_ends_no_sign_in(
    connected: Connection, emulator: EmulatorProcess, alma: Membership, halted: bool
) -> None:
    connecting.halt(connected, halted, by=alma)
    for _ in range(53):
        let_pass(emulator, connected, 7.1)
        assert lifetimes.idle() == [connected.pk]
        assert lifetimes.renew(connected.pk) == ""
        assert lifetimes.idle() == []
    connected.refresh_from_db()
    assert connected.is_connected
    assert ledger_for(connected).company_info().status == 200
    assert not Notice.objects.exists()
    assert connected.days_left is not None
    assert connected.days_left > 90


def test_without_that_a_hundred_days_end_it(connected: Connection, emulator: EmulatorProcess) -> None:
    let_pass(emulator, connected, 101)
    assert "ended the connection" in lifetimes.renew(connected.pk)
    connected.refresh_from_db()
    assert connected.status == "needs_login"


def test_what_was_renewed_this_week_is_left_alone_unless_somebody_asks(
    connected: Connection, emulator: EmulatorProcess
) -> None:
    let_pass(emulator, connected, 3)
    emulator.control("requests", method="DELETE")
    assert (lifetimes.idle(), lifetimes.renew(connected.pk)) == ([], "")
    assert emulator.requests("bearer") == []
    assert lifetimes.renew(connected.pk, after=lifetimes.LOOK_AGAIN) == ""
    assert lifetimes.renew(connected.pk, after=lifetimes.LOOK_AGAIN) == ""
    assert len(emulator.requests("bearer")) == 1


def test_a_sign_in_that_cannot_be_renewed_just_now_is_not_closed_by_it(
    connected: Connection, emulator: EmulatorProcess, settings: Any
) -> None:
    let_pass(emulator, connected, 8)
    settings.QUICKBOOKS_DISCOVERY_URL = "http://127.0.0.1:9/"
    assert "could not be found" in lifetimes.renew(connected.pk)
    connected.refresh_from_db()
    assert (connected.is_connected, connected.refreshing_until) == (True, None)


def test_five_years_end_it_however_often_it_is_renewed(connected: Connection, emulator: EmulatorProcess) -> None:
    for _ in range(19):
        let_pass(emulator, connected, 95)
        assert lifetimes.renew(connected.pk) == ""
    let_pass(emulator, connected, 25)
    assert "ended the connection" in lifetimes.renew(connected.pk)
    connected.refresh_from_db()
    assert connected.status == "needs_login"


# told before


def mails() -> list[tuple[str, str]]:
    return list(Notice.objects.order_by("pk").values_list("to", "subject"))


@pytest.mark.parametrize("end", ["hard_expires_at", "refresh_expires_at"])
def test_each_end_is_told_at_30_14_and_3_days_once_each_to_administrators(
    connected: Connection, alma: Membership, max_pm: Membership, ada: Membership, end: str
) -> None:
    Connection.objects.filter(pk=connected.pk).update(renewed_at=timezone.now())
    boss = make_member(alma.company, "Boss", alma.role)  # type: ignore[arg-type]
    left = make_member(alma.company, "Left", alma.role)  # type: ignore[arg-type]
    Membership.objects.filter(pk=left.pk).update(is_active=False)
    at = {"hard_expires_at": 400.0, "refresh_expires_at": 101.0}
    told: dict[int, int] = {}
    day = timezone.now()
    for days in range(40, -1, -1):
        ends = {**{name: day + timedelta(days=left) for name, left in at.items()}, end: day + timedelta(days=40)}
        moved = {name: moment - timedelta(days=40 - days) for name, moment in ends.items()}
        # The end stays where it is; today moves towards it.
        Connection.objects.filter(pk=connected.pk).update(**moved)
        EndNotice.objects.update(ends_on=moved[end].date())
        before = Notice.objects.count()
        lifetimes.warn()
        lifetimes.warn()
        if Notice.objects.count() > before:
            told[days] = Notice.objects.count() - before
    assert told == {30: 2, 14: 2, 3: 2}
    assert {to for to, _ in mails()} == {alma.user.email, boss.user.email}
    assert [subject for _, subject in mails()][::2] == [
        f"QuickBooks needs a new sign-in within {days} days" for days in (29, 13, 2)
    ]
    (body,) = set(Notice.objects.filter(subject__contains=" 2 days").values_list("body", flat=True))
    assert "Harbor Row Builders" in body
    assert "/quickbooks/" in body
    assert ("after five years" in body) == (end == "hard_expires_at")
    assert ("not renewed for 100 days" in body) == (end == "refresh_expires_at")


def test_who_was_away_is_told_once_of_what_he_missed(connected: Connection, alma: Membership) -> None:
    ends_in(connected, hard_expires_at=2.5)
    lifetimes.warn()
    lifetimes.warn()
    assert len(mails()) == 1
    assert sorted(EndNotice.objects.values_list("days", flat=True)) == [3, 14, 30]


def test_a_sign_in_given_anew_ends_later_and_is_told_of_anew(connected: Connection, alma: Membership) -> None:
    ends_in(connected, hard_expires_at=2.5)
    lifetimes.warn()
    ends_in(connected, hard_expires_at=1825)
    lifetimes.warn()
    assert len(mails()) == 1
    ends_in(connected, hard_expires_at=29.5)
    lifetimes.warn()
    assert len(mails()) == 2


def test_the_day_of_the_end_is_that_of_the_company(connected: Connection, alma: Membership) -> None:
    Connection.objects.update(hard_expires_at=datetime(2026, 12, 10, 2, 0, tzinfo=UTC))  # still the 9th in New York
    with travel(datetime(2026, 12, 8, 12, 0, tzinfo=UTC), tick=False):
        lifetimes.warn()
    assert "ends on 9 December 2026" in Notice.objects.get().body


def test_the_end_is_told_in_the_language_of_each(connected: Connection, alma: Membership) -> None:
    User.objects.filter(pk=alma.user_id).update(language="es")
    make_member(alma.company, "Boss", alma.role)  # type: ignore[arg-type]
    ends_in(connected, hard_expires_at=2.5)
    lifetimes.warn()
    told = {one.member_id: one for one in Notice.objects.all()}
    spanish = told.pop(alma.pk)
    (english,) = told.values()
    assert (spanish.subject, english.subject) == (
        "QuickBooks necesita que se inicie sesión de nuevo en un plazo de 2 días",
        "QuickBooks needs a new sign-in within 2 days",
    )
    assert "Inicie sesión de nuevo antes de ese día" in spanish.body
    assert "after five years" not in spanish.body
    assert "Sign in again before that day" in english.body
    with override("es"):
        assert lifetimes.counted(connected) == f"{spanish.subject}."


def test_nothing_is_told_of_what_is_not_connected(connected: Connection, alma: Membership) -> None:
    ends_in(connected, hard_expires_at=2.5)
    connecting.disconnect(connected, by=alma)
    lifetimes.warn()
    assert mails() == []
    connected.refresh_from_db()
    assert connected.days_left is None


def test_where_intuit_does_not_say_when_it_ends_for_good_five_years_are_counted(connected: Connection) -> None:
    row = ends_in(connected, hard_expires_at=None, connected_at=-5 * 365 + 12.5)
    assert row.days_left == 12
    assert lifetimes.countdown(row).startswith("The sign-in to QuickBooks ends on ")


def test_what_intuit_said_of_the_end_is_kept_where_a_renewal_does_not_say_it(connected: Connection) -> None:
    row = ends_in(connected, hard_expires_at=500)
    now = timezone.now()
    renewed = sign_in.Tokens("access", "refresh", now, now + timedelta(days=101), None)
    assert tokens.store(row.pk, renewed, version=row.token_version)
    said = row.hard_expires_at
    row.refresh_from_db()
    assert row.hard_expires_at == said
    assert row.renewed_at is not None


def test_the_countdown_stands_on_home_and_on_the_page_of_the_connection(
    connected: Connection, client: Client, alma: Membership, vic: Membership
) -> None:
    pages = {
        reverse("home"): "QuickBooks needs a new sign-in within 12 days.",
        reverse("quickbooks_bridge:connection"): "Intuit ends each one after five years",
    }
    for left, told in ((12.5, True), (40, False)):
        ends_in(connected, hard_expires_at=left)
        for member in (alma, vic):
            client.force_login(member.user)
            for page, words in pages.items():
                assert (words in client.get(page).content.decode()) == told, (page, left)


def test_on_the_last_day_nothing_is_said_of_no_days(connected: Connection, client: Client, alma: Membership) -> None:
    ends_in(connected, hard_expires_at=0.5)
    lifetimes.warn()
    client.force_login(alma.user)
    page = client.get(reverse("home")).content.decode()
    assert "QuickBooks needs a new sign-in within a day." in page
    assert [subject for _, subject in mails()] == ["QuickBooks needs a new sign-in within a day"]


# a pause, not a failure


@pytest.fixture
def queue(books: Connection, max_pm: Membership, accept: Accept, emulator: EmulatorProcess) -> list[Submission]:
    """Five vendors accepted; of the last it is not known whether it was written."""
    last = accept(make_vendor(max_pm, "Unknown Masonry").erp)
    emulator.fault("write_then_drop", entity="vendor")
    assert work(last).work == Work.UNCERTAIN
    return [*(accept(make_vendor(max_pm, f"Waiting {at}").erp) for at in range(4)), last]


@pytest.mark.parametrize("how", ["revoked there", "unused", "five years", "disconnected here"])
def test_while_the_sign_in_is_away_all_waits_with_its_reason_and_goes_on_by_itself(
    how: str, queue: list[Submission], books: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    books.refresh_from_db()
    if how == "revoked there":
        sign_in.revoke(endpoints(), books.refresh_token)
    elif how == "disconnected here":
        connecting.disconnect(books, by=alma)
    else:
        let_pass(emulator, books, 101 if how == "unused" else 5 * 366)
    for one in queue * 2:
        work(one)
    books.refresh_from_db()
    assert books.status == ("disconnected" if how == "disconnected here" else "needs_login")
    for one in queue:
        one.refresh_from_db()
        one.item.refresh_from_db()
        assert one.item.status == Status.EXPORTING
        assert one.work in (Work.DUE, Work.WAITING, Work.UNCERTAIN)
        assert "QuickBooks" in one.reason
        assert (one.cure_by, one.cure_url) == ("administrator", "/quickbooks/")
    assert outcome_of(queue[-1]).outcome == OutcomeKind.DISCONNECTED
    assert Notice.objects.count() == (0 if how == "disconnected here" else 1)
    consent(emulator, alma)
    emulator.control("clock", {"now": None})  # a document's age is told by both clocks, which agree in life
    look_once(alma.company_id)  # as the worker does that is rung when a company is connected
    for one in queue:
        one.refresh_from_db()
        assert one.due_at is not None
        assert one.due_at <= timezone.now()
    for one in queue:
        work(one, 3)
        assert one.item.status == Status.SYNCED, one.reason
    names = [one["DisplayName"] for one in emulator.documents("Vendor")]
    assert {names.count(one.item.label) for one in queue} == {1}


def test_going_on_after_a_pause_by_hand_wakes_what_waited(
    queue: list[Submission], books: Connection, alma: Membership
) -> None:
    connecting.halt(books, True, by=alma)
    work(queue[0])
    assert queue[0].work == Work.WAITING
    connecting.halt(books, False, by=alma)
    queue[0].refresh_from_db()
    assert queue[0].due_at is not None
    assert queue[0].due_at <= timezone.now()


def test_another_company_s_queue_is_not_woken(
    queue: list[Submission], books: Connection, alma: Membership, olga: Membership
) -> None:
    connecting.halt(books, True, by=alma)
    work(queue[0])
    olga.role = alma.role
    other = Connection.objects.create(company=olga.company, realm_id="77", environment="emulator")
    connecting.halt(other, False, by=olga)
    queue[0].refresh_from_db()
    assert queue[0].due_at is not None
    assert queue[0].due_at > timezone.now()


def test_a_renewal_under_way_never_fills_what_was_disconnected_by_an_old_page(
    connected: Connection, emulator: EmulatorProcess, alma: Membership
) -> None:
    old = Connection.objects.get(pk=connected.pk)
    lifetimes.renew(connected.pk, after=timedelta(0))
    version = Connection.objects.get(pk=connected.pk).token_version
    assert connecting.disconnect(old, by=alma)
    now = timezone.now()
    assert not tokens.store(connected.pk, sign_in.Tokens("late", "late", now, now), version=version)
    connected.refresh_from_db()
    assert (connected.access_token, connected.refresh_token) == ("", "")


# where QuickBooks sends people


def test_who_disconnected_in_quickbooks_has_it_looked_at_and_others_have_not(
    connected: Connection, client: Client, alma: Membership, vic: Membership, quiet_bell: list[int]
) -> None:
    for member, rung in ((vic, []), (alma, [connected.pk])):
        client.force_login(member.user)
        answer = client.get(reverse("quickbooks_bridge:disconnected"), {"realmId": "9341450000000002"})
        assert (answer.status_code, quiet_bell) == (200, rung)
    assert "disconnected there" in answer.content.decode()


def test_who_comes_to_connect_again_is_told_what_to_press(
    connected: Connection, client: Client, alma: Membership
) -> None:
    client.force_login(alma.user)
    shown = client.get(reverse("quickbooks_bridge:reconnect")).content.decode()
    assert "choose the company Harbor Row Builders there" in shown
    assert "Sign in to QuickBooks again" in shown


# an app or a subscription that QuickBooks holds up


@pytest.mark.parametrize(("shape", "paused"), [("gateway", True), ("fault", False)])
def test_what_is_refused_to_the_company_as_a_whole_is_asked_once_and_waited_for(
    books: Connection,
    max_pm: Membership,
    alma: Membership,
    accept: Accept,
    emulator: EmulatorProcess,
    shape: str,
    paused: bool,
) -> None:
    """As when Intuit has taken the app offline. What one person may not do (120) stops no other record."""
    due = [accept(make_vendor(max_pm, f"Waiting {at}").erp) for at in range(2)]
    emulator.control("switches", {"wrong_realm_shape": shape})
    for one in due:
        one.posting["ledger"] = OTHER_REALM
        one.save(update_fields=["posting"])
    Connection.objects.filter(pk=books.pk).update(realm_id=OTHER_REALM)
    emulator.control("requests", method="DELETE")
    for one in due:
        work(one)
        assert (one.item.status, one.work) == (Status.EXPORTING, Work.WAITING if paused and one is due[1] else Work.DUE)
    assert len(emulator.requests("vendor")) == (1 if paused else 2)
    books.refresh_from_db()
    assert books.is_connected
    assert (books.paused_until is not None) == paused
    if paused:
        assert due[1].reason == "Our QuickBooks sign-in is not for this company."
    Connection.objects.filter(pk=books.pk).update(realm_id=REALM)
    for one in due:
        one.posting["ledger"] = REALM
        one.save(update_fields=["posting"])
    books.refresh_from_db()
    connecting.halt(books, False, by=alma)
    for one in due:
        assert work(one).item.status == Status.SYNCED


# what beat does, and what a program reads


def test_beat_has_each_idle_sign_in_renewed_and_tells_what_ends(
    connected: Connection, alma: Membership, monkeypatch: pytest.MonkeyPatch, emulator: EmulatorProcess
) -> None:
    asked: list[int] = []
    monkeypatch.setattr(tasks.renew, "delay", asked.append)
    let_pass(emulator, connected, 8)
    ends_in(connected, hard_expires_at=13.5)
    tasks.lifetimes()
    assert (asked, Notice.objects.count()) == ([connected.pk], 1)
    tasks.renew(connected.pk)
    assert lifetimes.idle() == []
    assert {one["task"] for one in django_settings.CELERY_BEAT_SCHEDULE.values()} >= {"quickbooks.lifetimes"}


def test_a_program_reads_when_it_ends(connected: Connection, client: Client, vic: Membership) -> None:
    ends_in(connected, hard_expires_at=12.5)
    client.force_login(vic.user)
    (told,) = client.get("/api/v1/quickbooks/connection/").json()["results"]
    assert (told["days_left"], told["obstacle"]) == (12, "")
    assert "after five years" in told["ending"]
    assert told["ends_for_good_at"] > told["renewed_at"]

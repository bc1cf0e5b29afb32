"""Sync health: what waits and why, how tries end, whether the processes live, and who is mailed once about what."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
import redis
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings
from time_machine import travel

from procore_sync.acceptance import flow, heartbeats, tasks
from procore_sync.acceptance.models import Alarm, Attempt, ErpItem, Heartbeat, Notice, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.acceptance.webhooks.operations import Wanted, register, switch
from procore_sync.acceptance.webhooks.rows import Endpoint
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role, User
from procore_sync.kit.kinds import Kind
from quickbooks_bridge import alarms
from quickbooks_bridge import tasks as readings
from quickbooks_bridge.client.limiter import LimiterDown, RedisLimiter
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import Sweep
from tests.scenes import kept

pytestmark = pytest.mark.django_db
Waiting = Callable[..., Submission]


@pytest.fixture(autouse=True)
def _nobody_was_heard_of() -> Iterator[None]:
    heartbeats._noted.clear()
    yield
    heartbeats._noted.clear()


@pytest.fixture
def alma() -> Membership:
    company = Company.objects.create(name="Harbor Row Builders", slug="harbor-row")
    user = User.objects.create(email="alma@harbor-row.test", name="Alma")
    return Membership.objects.create(user=user, company=company, role=Role.ADMINISTRATOR)


@pytest.fixture
@kept
def waiting(alma: Membership) -> Waiting:
    """A record of Harbor Row, or of another company, that waits for `minutes` in a state and for a reason."""

    def made(
        work: Work = Work.DUE, minutes: int = 1, reason: str = "", amount: str = "100.00", by: Membership = alma
    ) -> Submission:
        number = ErpItem.objects.count()
        item = ErpItem.objects.create(
            company=by.company, kind=Kind.INVOICE, status=Status.EXPORTING, label=f"{number}", amount=Decimal(amount)
        )
        ErpItem.objects.filter(pk=item.pk).update(status_changed_at=timezone.now() - timedelta(minutes=minutes))
        return Submission.objects.create(
            item=item, company=by.company, number=1, revision=1, document={}, digest="d", sent_by=by,
            decision="accepted", work=work, reason=reason, lane=f"invoice:{item.pk}", due_at=timezone.now(),
        )  # fmt: skip

    return made


def ended(submission: Submission, outcome: OutcomeKind, at: datetime) -> None:
    number = submission.attempts.count() + 1
    Attempt.objects.create(
        submission=submission, number=number, act="send", fence=1, request_id="r", outcome=outcome, finished_at=at
    )


def alive(minutes: int = 0) -> None:
    for name in heartbeats.PROCESSES:
        at = timezone.now() - timedelta(minutes=minutes)
        Heartbeat.objects.update_or_create(name=name, defaults={"at": at})


def stranger() -> Membership:
    company = Company.objects.create(name="Other Books", slug="other")
    user = User.objects.create(email="olga@other.test", name="Olga")
    return Membership.objects.create(user=user, company=company, role=Role.ADMINISTRATOR)


# why it waits, and how tries end


def test_what_waits_is_grouped_by_its_reason_with_count_and_money(waiting: Waiting, alma: Membership) -> None:
    for amount in ("10.10", "20.20"):
        waiting(Work.PARKED, 5, "The period is closed.", amount)
    waiting(Work.DUE, 90)
    waiting(Work.DONE, 500)
    waiting(Work.PARKED, 500, "Of others.", by=stranger())
    first, second = flow.reasons_of(alma.company_id)
    assert (first.sentence, first.count, first.amount) == ("The period is closed.", 2, Decimal("30.30"))
    assert (second.sentence, second.count) == ("It is due, and goes as soon as a worker takes it.", 1)


def test_the_oldest_is_of_what_should_go_by_itself(waiting: Waiting, alma: Membership) -> None:
    waiting(Work.PARKED, 900)
    waiting(Work.WAITING, 800)
    moving = waiting(Work.UNCERTAIN, 30)
    waiting(Work.DUE, 5)
    moving.item.refresh_from_db()
    assert flow.oldest_moving(alma.company_id) == moving.item.status_changed_at


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/New_York"])
def test_no_reader_s_clock_moves_a_try_out_of_its_hour(waiting: Waiting, alma: Membership, zone: str) -> None:
    now = datetime(2026, 11, 1, 6, 45, tzinfo=UTC)  # in New York the hour from one to two has come the second time
    for hours in (0, 1):
        ended(waiting(), OutcomeKind.DONE, now - timedelta(hours=hours))
    with timezone.override(zone):
        counted = flow.tries_by_hour(alma.company_id, now)
    assert [count for _, count, _ in counted[-3:]] == [0, 1, 1]


def test_tries_are_counted_by_the_hour_they_ended_in(waiting: Waiting, alma: Membership) -> None:
    one, now = waiting(), timezone.now().replace(minute=30)
    ended(one, OutcomeKind.DONE, now)
    ended(one, OutcomeKind.REFUSED, now - timedelta(minutes=20))
    ended(one, OutcomeKind.UNKNOWN, now - timedelta(hours=3))
    ended(one, OutcomeKind.DONE, now - timedelta(hours=30))
    hours = flow.tries_by_hour(alma.company_id, now)
    assert len(hours) == 24
    assert [(count, failed) for _, count, failed in (hours[-1], hours[-4], hours[0])] == [(2, 1), (1, 1), (0, 0)]
    counts = flow.outcomes_since(now - timedelta(hours=24), alma.company_id)
    assert {one: count for one, count in counts.items() if count} == {"done": 1, "refused": 1, "unknown": 1}


# the page


def test_the_page_shows_it_to_an_administrator(waiting: Waiting, alma: Membership, client: Client) -> None:
    waiting(Work.PARKED, 5, "The period is closed.", "1234.50")
    now = timezone.now()
    Sweep.objects.create(company=alma.company, leased_until=now, ended_at=now - timedelta(minutes=7))
    alive()
    client.force_login(alma.user)
    page = client.get("/quickbooks/health/").content.decode()
    for words in ("The period is closed.", "1,234.50", "<svg", "QuickBooks is not connected", "Worker"):
        assert words in page
    told = client.get("/api/v1/quickbooks/health/").json()
    assert (told["waiting"], told["reasons"][0]["amount"], told["beats"][0]["is_silent"]) == (1, "1234.50", False)
    assert told["looked_at"] is not None


def test_it_takes_as_many_queries_for_many_records_as_for_one(
    waiting: Waiting, alma: Membership, client: Client
) -> None:
    client.force_login(alma.user)
    counts = []
    for more in (1, 12):
        for _ in range(more):
            ended(waiting(reason=f"Reason {more}"), OutcomeKind.NOT_SENT, timezone.now())
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/quickbooks/health/").status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


# heartbeats


def test_a_sweep_says_that_worker_and_beat_live_and_seldom(alma: Membership) -> None:
    tasks.sweep()
    assert set(Heartbeat.objects.values_list("name", flat=True)) == {"worker", "beat"}
    Heartbeat.objects.update(at=timezone.now() - timedelta(hours=1))
    tasks.sweep()
    assert all(one.at < timezone.now() - timedelta(minutes=59) for one in Heartbeat.objects.all())


# alarms


def mails() -> list[str]:
    return list(Notice.objects.order_by("pk").values_list("subject", flat=True))


def test_a_record_that_waits_too_long_is_mailed_once_until_it_is_well(waiting: Waiting, alma: Membership) -> None:
    alive()
    late = waiting(Work.DUE, 31)
    for _ in range(3):
        assert alarms.watch() == 1
    assert mails() == ["Not well: records wait to go to QuickBooks"]
    assert "has waited 31 minutes" in Notice.objects.get().body
    Submission.objects.filter(pk=late.pk).update(work=Work.DONE)
    assert (alarms.watch(), Alarm.objects.count()) == (0, 0)
    waiting(Work.UNCERTAIN, 45)
    alarms.watch()
    assert len(mails()) == 2


def test_each_administrator_is_mailed_in_his_language(waiting: Waiting, alma: Membership) -> None:
    User.objects.filter(pk=alma.user_id).update(language="es")
    user = User.objects.create(email="boss@harbor-row.test", name="Boss")
    Membership.objects.create(user=user, company=alma.company, role=Role.ADMINISTRATOR)
    alive()
    waiting(Work.DUE, 31)
    alarms.watch()
    spanish, english = Notice.objects.order_by("to")
    assert (spanish.subject, english.subject) == (
        "No va bien: hay registros que esperan ir a QuickBooks",
        "Not well: records wait to go to QuickBooks",
    )
    assert "Un registro aceptado lleva 31 minutos" in spanish.body
    assert "Se le avisa una sola vez" in spanish.body
    assert "has waited 31 minutes" in english.body
    assert Alarm.objects.get().sentence.startswith("An accepted record")


def test_what_is_within_the_limit_or_waits_for_others_is_not_mailed(waiting: Waiting) -> None:
    alive(minutes=4)
    waiting(Work.DUE, 29)
    waiting(Work.PARKED, 900)
    waiting(Work.WAITING, 900)
    assert (alarms.watch(), mails()) == (0, [])


def test_a_silent_worker_is_mailed_by_the_command_that_needs_none(
    alma: Membership, capsys: pytest.CaptureFixture[str], mailoutbox: list[Any]
) -> None:
    alive(minutes=6)
    stranger()
    call_command("watch_health")
    assert "4 things are not well." in capsys.readouterr().out
    assert sorted((one.to[0], one.subject) for one in mailoutbox) == [
        ("alma@harbor-row.test", "Not well: beat does not run"),
        ("alma@harbor-row.test", "Not well: no worker runs"),
        ("olga@other.test", "Not well: beat does not run"),
        ("olga@other.test", "Not well: no worker runs"),
    ]
    assert "/quickbooks/health/" in mailoutbox[0].body
    alive()
    call_command("watch_health")
    assert "All is well." in capsys.readouterr().out


def test_a_queue_of_readings_that_nobody_serves_is_mailed(alma: Membership, client: Client) -> None:
    alive(minutes=4)
    Heartbeat.objects.filter(name="reader").update(at=timezone.now() - timedelta(minutes=6))

    assert (alarms.watch(), mails()) == (1, ["Not well: nothing is read from QuickBooks"])

    assert "check whether a worker serves the queue “readings”" in Notice.objects.get().body
    client.force_login(alma.user)
    beats = {one["name"]: one["is_silent"] for one in client.get("/api/v1/quickbooks/health/").json()["beats"]}
    assert beats == {"worker": False, "beat": False, "reader": True, "messenger": False}
    assert "Reader" in client.get("/quickbooks/health/").content.decode()
    heartbeats._noted.clear()
    readings.readings_served()
    assert (alarms.watch(), Alarm.objects.count()) == (0, 0)


@pytest.fixture
def webhook(alma: Membership) -> Endpoint:
    return register(Wanted("Dashboard", "https://dashboard.example.com/told"), by=alma)


def test_a_queue_of_webhooks_that_nobody_serves_is_mailed_to_who_has_some(
    alma: Membership, client: Client, webhook: Endpoint
) -> None:
    stranger()
    alive(minutes=4)
    Heartbeat.objects.filter(name="messenger").update(at=timezone.now() - timedelta(minutes=6))

    assert (alarms.watch(), mails()) == (1, ["Not well: webhooks are told nothing"])

    (told,) = Notice.objects.all()
    assert told.member == alma
    assert "No worker has taken anything from the queue of webhooks since" in told.body
    assert "check whether a worker serves the queue “webhooks”" in told.body
    client.force_login(alma.user)
    beats = {one["name"]: one["is_silent"] for one in client.get("/api/v1/quickbooks/health/").json()["beats"]}
    assert beats == {"worker": False, "beat": False, "reader": False, "messenger": True}
    assert "Messenger" in client.get("/quickbooks/health/").content.decode()
    heartbeats._noted.clear()
    tasks.tell_webhooks()
    assert (alarms.watch(), Alarm.objects.count()) == (0, 0)


def test_who_has_no_webhook_that_is_on_is_not_told_that_nobody_serves_them(alma: Membership, webhook: Endpoint) -> None:
    switch(webhook, on=False, by=alma)
    alive(minutes=4)
    Heartbeat.objects.filter(name="messenger").update(at=timezone.now() - timedelta(minutes=6))

    assert (alarms.watch(), mails()) == (0, [])


@pytest.mark.parametrize("name", ["reader", "messenger"])
def test_who_was_never_heard_of_has_as_long_as_any_other(alma: Membership, webhook: Endpoint, name: str) -> None:
    alive()
    Heartbeat.objects.filter(name=name).delete()

    assert alarms.watch() == 0
    assert alarms.watch(timezone.now() + timedelta(minutes=4)) == 0
    alive(minutes=-6)
    Heartbeat.objects.filter(name=name).update(at=timezone.now())
    assert alarms.watch(timezone.now() + timedelta(minutes=6)) == 1


def test_neither_reader_nor_messenger_is_missed_while_beat_asks_for_nothing(
    alma: Membership, webhook: Endpoint
) -> None:
    alive(minutes=6)

    alarms.watch()

    assert sorted(mails()) == ["Not well: beat does not run", "Not well: no worker runs"]


@pytest.mark.parametrize("read", [readings.read_changes, readings.read_payments, readings.reconcile])
def test_who_reads_says_that_he_lives(alma: Membership, read: Callable[[int], None]) -> None:
    read(alma.company_id)
    assert heartbeats.heartbeats()["reader"]


@pytest.mark.parametrize(("days", "mailed"), [(6, 1), (8, 0)])
def test_a_sign_in_that_ends_soon_is_mailed(alma: Membership, days: int, mailed: int) -> None:
    alive()
    ends = timezone.now() + timedelta(days=days, hours=1)
    Connection.objects.create(company=alma.company, realm_id="1", environment="sandbox", refresh_expires_at=ends)
    alarms.watch()
    assert mails() == ["Not well: the sign-in to QuickBooks ends soon"] * mailed


def test_the_pages_say_how_it_is_and_not_how_it_was_when_it_was_mailed(
    waiting: Waiting, alma: Membership, client: Client
) -> None:
    """They said "within 6 days" until the sign-in had ended, and of a record what it had waited when it was mailed."""
    waiting(Work.DUE, 31)
    begun = timezone.now()
    ends = begun + timedelta(days=6, hours=1)
    Connection.objects.create(company=alma.company, realm_id="1", environment="sandbox", refresh_expires_at=ends)
    for later, waited, days in ((0, 31, "6 days"), (4, 31 + 4 * 1440, "2 days"), (5.5, 31 + 7920, "1 day")):
        with travel(begun + timedelta(days=later), tick=False):
            alive()
            alarms.watch()
            client.force_login(alma.user)
            for address in ("/", "/quickbooks/health/"):
                page = client.get(address).content.decode()
                assert f"has waited {waited} minutes" in page
                assert f"ends within {days}, and" in page
    assert len(mails()) == 2


def test_a_limit_of_nought_mails_never(waiting: Waiting, settings: Settings) -> None:
    settings.ALERT_QUEUE_MINUTES = settings.ALERT_HEARTBEAT_MINUTES = settings.ALERT_TOKEN_DAYS = 0
    waiting(Work.DUE, 900)
    assert alarms.watch() == 0


def test_one_company_is_not_told_of_anothers(waiting: Waiting) -> None:
    alive()
    olga = stranger()
    KindPrivilege.objects.create(membership=olga, kind=Kind.INVOICE, can_export=True)
    waiting(Work.DUE, 31, by=olga)
    alarms.watch()
    assert list(Notice.objects.values_list("to", flat=True)) == ["olga@other.test"]


# limits


def test_the_use_of_the_limits_is_counted(redis_url: str) -> None:
    limiter = RedisLimiter(redis.Redis.from_url(redis_url), prefix="health-test")
    with limiter.acquire("1"):
        limiter.pause("1", 30)
        use = limiter.use_of("1")
    assert (use.calls, use.running, round(use.paused)) == (1, 1, 30)
    assert (limiter.use_of("1").running, limiter.use_of("2").calls) == (0, 0)


def test_a_redis_that_is_away_is_said(alma: Membership, client: Client, settings: Settings) -> None:
    settings.QUICKBOOKS_LIMITS, settings.REDIS_URL = True, "redis://127.0.0.1:1/0"
    with pytest.raises(LimiterDown):
        RedisLimiter.at(settings.REDIS_URL).use_of("1")
    Connection.objects.create(company=alma.company, realm_id="1", environment="sandbox")
    client.force_login(alma.user)
    assert "Redis does not answer" in client.get("/quickbooks/health/").content.decode()


def test_the_page_and_the_api_say_that_redis_does_not_answer(
    client: Client, alma: Membership, waiting: Waiting, settings: Settings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    waiting()
    client.force_login(alma.user)
    page = client.get("/quickbooks/health/").content.decode()
    assert "Redis does not answer; nothing is lost meanwhile." in page
    assert "1 accepted record is not in QuickBooks yet." in page
    assert client.get("/api/v1/quickbooks/health/").json()["bell"].startswith("Redis does not answer")

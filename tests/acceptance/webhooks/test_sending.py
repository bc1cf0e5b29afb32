"""What is journalled is told: whole, signed, in order, at least once, of one's own company only."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from procore_sync.acceptance import comments, engine, operations
from procore_sync.acceptance.journal import Entry, remark_many
from procore_sync.acceptance.models import ErpItem, Event, Notice
from procore_sync.acceptance.standings import DRIFTED, RESTORED, STANDING
from procore_sync.acceptance.states import Action
from procore_sync.acceptance.tasks import tell_webhooks
from procore_sync.acceptance.webhooks import keeping, posting, sending, signing
from procore_sync.acceptance.webhooks import operations as hooks
from procore_sync.acceptance.webhooks.happenings import happening_of
from procore_sync.acceptance.webhooks.operations import Wanted
from procore_sync.acceptance.webhooks.rows import Delivery, DeliveryState, Endpoint, EndpointState
from procore_sync.acceptance.webhooks.selectors import oldest_untold
from procore_sync.acceptance.webhooks.spreading import spread
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.webhooks.conftest import Receiver, fresh, tick

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)


def refuse_the_line(handler: BaseHTTPRequestHandler) -> None:
    """Take the message, and die before the answer."""
    handler.connection.shutdown(socket.SHUT_RDWR)


def ask_for_a_pause(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(429)
    handler.send_header("Retry-After", "7200")
    handler.send_header("Content-Length", "4")
    handler.end_headers()
    handler.wfile.write(b"busy")


def only(endpoint: Endpoint) -> Delivery:
    return endpoint.deliveries.get()


def test_a_record_on_its_way_is_told_step_by_step(
    endpoint: Endpoint, invoice: ErpItem, max_pm: Membership, ada: Membership, receiver: Receiver, settings: Settings
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    operations.send(invoice, by=max_pm)
    operations.reject(invoice, by=ada, comment="The period is wrong.")
    operations.send(invoice, by=max_pm)
    operations.retrieve(invoice, by=max_pm)
    operations.send(invoice, by=max_pm)
    submission = operations.open_submission(invoice)
    assert submission
    operations.accept(invoice, by=ada, seen=submission.digest, choices={})
    engine.work(submission.pk)

    tick()

    steps = ["sent", "rejected", "sent", "retrieved", "sent", "accepted", "synced"]
    assert receiver.types == [f"record.{step}" for step in steps]
    assert {one.state for one in endpoint.deliveries.all()} == {DeliveryState.DELIVERED}
    numbers = [one.told["sequence"] for one in receiver.got]
    assert numbers == sorted(numbers)
    assert len({one.headers["webhook-id"] for one in receiver.got}) == len(steps)


def test_a_message_is_a_cloud_event_that_names_the_record_and_no_money_and_nobody(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, company: Company
) -> None:
    tick()

    event = Event.objects.get()
    assert receiver.got[0].told == {
        "specversion": "1.0",
        "id": f"{company.key}-1",
        "source": f"http://127.0.0.1:8000/companies/{company.key}",
        "type": "console.record.sent",
        "subject": f"items/{sent_invoice.pk}",
        "time": event.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{event.at.microsecond // 1000:03d}Z",
        "sequence": "00000000000000000001",
        "datacontenttype": "application/json",
        "data": {
            "company": {"id": company.pk, "key": company.key},
            "kind": "invoice",
            "record": {
                "item": sent_invoice.pk,
                "label": "Application 3",
                "url": f"http://127.0.0.1:8000/api/v1/items/{sent_invoice.pk}/",
                "page": f"http://127.0.0.1:8000/review/{sent_invoice.pk}/",
            },
            "project": None,
            "from_status": "not_sent",
            "status": "sent",
        },
    }
    assert receiver.got[0].path == "/hooks?of=us"
    assert receiver.got[0].headers["Content-Type"] == "application/cloudevents+json; charset=utf-8"


#: The specification, written a second time by hand.
TOLD = {
    "send": "sent",
    "retrieve": "retrieved",
    "accept": "accepted",
    "accept_first": "accepted_first",
    "undo": "taken_back",
    "reject": "rejected",
    "confirm": "synced",
    "fail": "failed",
    "retry": "retried",
    "link": "linked",
    "unlink": "unlinked",
    "remark": "remarked",
    "comment": "commented",
}


@pytest.mark.parametrize("action", Action.values)
def test_every_action_of_the_journal_has_its_word(action: str) -> None:
    assert happening_of(Event(action=action)) == TOLD[action]


def test_a_change_in_quickbooks_is_told_as_such(endpoint: Endpoint, invoice: ErpItem, receiver: Receiver) -> None:
    for standing in ({STANDING: DRIFTED}, {STANDING: RESTORED}, {}):
        remark_many([(invoice, Entry(by=None, comment="Total changed.", detail=standing))])

    tick()

    assert receiver.types == ["record.drifted", "record.restored", "record.remarked"]
    assert b"Total" not in b"".join(one.body for one in receiver.got)


def test_what_somebody_says_is_told_without_his_words(
    endpoint: Endpoint, invoice: ErpItem, max_pm: Membership, receiver: Receiver
) -> None:
    comments.comment(invoice, by=max_pm, text="Is that the old address?", notify=[])

    tick()

    assert receiver.types == ["record.commented"]
    assert b"address" not in receiver.got[0].body
    assert b"Max" not in receiver.got[0].body


def test_only_what_was_asked_for_is_told(
    alma: Membership, endpoint: Endpoint, invoice: ErpItem, max_pm: Membership, receiver: Receiver
) -> None:
    hooks.change(endpoint, Wanted("D", receiver.url, kinds=["invoice"], happenings=["retrieved"]), by=alma)
    other = hooks.register(Wanted("Vendors", receiver.url, kinds=["vendor"]), by=alma)
    operations.send(invoice, by=max_pm)
    operations.retrieve(invoice, by=max_pm)

    tick()

    assert receiver.types == ["record.retrieved"]
    assert [fresh(one).told_up_to for one in (endpoint, other)] == [2, 2]


def test_another_company_is_told_nothing_of_it(
    endpoint: Endpoint, receiver: Receiver, sent_invoice: ErpItem, alma: Membership
) -> None:
    books = Company.objects.create(name="Other Books Inc", slug="other-books")
    olaf = member(books, "Olaf", Role.ADMINISTRATOR)
    theirs = hooks.register(Wanted("Theirs", receiver.url), by=olaf)
    his = new_invoice(olaf, "Their application")
    operations.send(his, by=olaf)

    tick()

    assert only(endpoint).item_id == sent_invoice.pk
    assert only(theirs).item_id == his.pk


def test_what_was_before_it_was_registered_is_not_told(
    sent_invoice: ErpItem, endpoint: Endpoint, max_pm: Membership, receiver: Receiver
) -> None:
    operations.retrieve(sent_invoice, by=max_pm)

    tick()

    assert receiver.types == ["record.retrieved"]


def test_what_is_rolled_back_is_not_told(endpoint: Endpoint, invoice: ErpItem, max_pm: Membership) -> None:

    with transaction.atomic():
        operations.send(invoice, by=max_pm)
        transaction.set_rollback(True)

    spread()

    assert endpoint.deliveries.count() == 0


def test_an_acceptance_costs_no_query_more_for_a_webhook(
    alma: Membership, receiver: Receiver, max_pm: Membership, ada: Membership, invoice: ErpItem
) -> None:
    other = new_invoice(max_pm, "Application 4")
    with CaptureQueriesContext(
        connection,
    ) as without:
        operations.send(invoice, by=max_pm)
    hooks.register(Wanted("Dashboard", receiver.url), by=alma)
    with CaptureQueriesContext(connection) as watched:
        operations.send(other, by=max_pm)

    # The journal's first row makes its head.
    assert len(watched) <= len(without)


def test_a_long_journal_is_told_piece_by_piece(
    endpoint: Endpoint, invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("procore_sync.acceptance.webhooks.spreading._AT_ONCE", 2)
    remark_many([(invoice, Entry(by=None)) for _ in range(5)])

    for _ in range(4):
        spread()

    assert [one.sequence for one in endpoint.deliveries.all()] == [1, 2, 3, 4, 5]


# -- signatures -----------------------------------------------------------------------------------------------------


def signature(secret: str, key: str, timestamp: str, body: bytes) -> str:
    """By hand, as the specification of Standard Webhooks says it."""
    key_bytes = base64.b64decode(secret.split("_", 1)[1])
    mac = hmac.new(key_bytes, b".".join([key.encode(), timestamp.encode(), body]), hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def test_the_very_bytes_are_signed_with_their_time(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    with time_machine.travel(NOON, tick=True):
        tick()

    got = receiver.got[0]
    key, at = got.headers["webhook-id"], got.headers["webhook-timestamp"]
    assert got.headers["webhook-signature"] == signature(endpoint.secret, key, at, got.body)
    assert key == str(only(endpoint).key)
    assert 0 <= int(at) - NOON.timestamp() < 60


def test_the_signature_is_that_of_the_specification() -> None:
    """The example of https://www.standardwebhooks.com, whatever our code thinks of itself."""
    secret, key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek"
    body = b'{"test": 2432232314}'

    headers = signing.headers_of(key, 1614265330, body, [secret])

    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_for_a_day_after_a_change_both_secrets_sign(
    endpoint: Endpoint, alma: Membership, max_pm: Membership, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    old = endpoint.secret
    with time_machine.travel(NOON, tick=True):
        hooks.change_secret(endpoint, by=alma)
        tick()
    with time_machine.travel(NOON + timedelta(hours=25), tick=True):
        operations.retrieve(sent_invoice, by=max_pm)
        tick()

    first, second = receiver.got
    signed = [signature(one, *_signed(first)) for one in (fresh(endpoint).secret, old)]
    assert old != fresh(endpoint).secret
    assert first.headers["webhook-signature"].split() == signed
    assert second.headers["webhook-signature"] == signature(fresh(endpoint).secret, *_signed(second))


def _signed(got: Any) -> tuple[str, str, bytes]:
    return got.headers["webhook-id"], got.headers["webhook-timestamp"], got.body


def test_the_snippet_of_the_documentation_knows_ours_from_others(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    page = (Path(django_settings.BASE_DIR) / "docs/webhooks.md").read_text()
    code = page.split("```python\n", 1)[1].split("```", 1)[0]
    tick()
    got, found = receiver.got[0], dict[str, Any]()
    exec(compile(code, "docs/webhooks.md", "exec"), found)  # noqa: S102
    is_ours = found["is_ours"]
    headers = {name.lower(): value for name, value in got.headers.items()}

    assert is_ours(headers, got.body, endpoint.secret)
    assert not is_ours(headers, got.body + b" ", endpoint.secret)
    assert not is_ours(headers, got.body, signing.new_secret())
    assert not is_ours(headers | {"webhook-timestamp": "1614265330"}, got.body, endpoint.secret)
    old = int(headers["webhook-timestamp"]) - 600
    forged = signing.headers_of(headers["webhook-id"], old, got.body, [endpoint.secret])
    assert not is_ours(forged, got.body, endpoint.secret)


def test_secrets_stand_sealed_in_the_database(endpoint: Endpoint, alma: Membership) -> None:
    hooks.change_secret(endpoint, by=alma)

    with connection.cursor() as cursor:
        cursor.execute("SELECT secret, old_secret FROM acceptance_endpoint")
        kept = " ".join(cursor.fetchone())
    assert "whsec" not in kept
    assert fresh(endpoint).secret not in kept


def test_secrets_go_over_to_a_new_key_and_a_lost_one_is_said(endpoint: Endpoint, settings: Settings) -> None:
    secret, old = endpoint.secret, settings.TOKEN_KEYS[0]
    new, other = (base64.urlsafe_b64encode(one * 32).decode() for one in (b"n", b"o"))
    settings.TOKEN_KEYS = [new, old]
    call_command("rotate_token_keys", verbosity=0)
    settings.TOKEN_KEYS = [new]
    assert fresh(endpoint).secret == secret

    settings.TOKEN_KEYS = [other]
    with pytest.raises(CommandError, match="Secrets of Dashboard cannot be read"):
        call_command("rotate_token_keys", verbosity=0)


def test_a_webhook_that_is_deleted_while_secrets_go_over_does_not_hold_the_others_up(
    endpoint: Endpoint, alma: Membership, settings: Settings
) -> None:
    wanted = Wanted("Payroll", "https://payroll.example.com/told")
    kept = hooks.register(wanted, by=alma)
    secret, old = kept.secret, settings.TOKEN_KEYS[0]
    settings.TOKEN_KEYS = [base64.urlsafe_b64encode(b"n" * 32).decode(), old]

    def deleted(execute: Any, sql: str, *rest: Any) -> Any:
        told = execute(sql, *rest)
        if '"acceptance_endpoint"."id"' in sql and '"secret"' not in sql and Endpoint.objects.count() == 2:
            hooks.delete(endpoint, by=alma)
        return told

    with connection.execute_wrapper(deleted):
        call_command("rotate_token_keys", verbosity=0)

    assert list(Endpoint.objects.all()) == [kept]
    settings.TOKEN_KEYS = settings.TOKEN_KEYS[:1]
    assert fresh(kept).secret == secret


def test_the_secret_before_is_not_dropped_because_its_key_was_taken_away_too_soon(
    endpoint: Endpoint, alma: Membership, settings: Settings
) -> None:
    hooks.change_secret(endpoint, by=alma)
    old = fresh(endpoint).old_secret
    keys, new = list(settings.TOKEN_KEYS), base64.urlsafe_b64encode(b"n" * 32).decode()
    settings.TOKEN_KEYS = [new]
    secret = signing.new_secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(secret=secret)  # so the newer of the two can be read, and it alone

    with pytest.raises(CommandError, match="Secrets of Dashboard cannot be read"):
        call_command("rotate_token_keys", verbosity=0)

    settings.TOKEN_KEYS = [new, *keys]
    assert fresh(endpoint).secrets == [secret, old]
    settings.TOKEN_KEYS = [new]
    Endpoint.objects.update(old_secret_until=timezone.now() - timedelta(minutes=1))
    call_command("rotate_token_keys", verbosity=0)  # nobody needs it any more
    assert fresh(endpoint).secrets == [secret]


def test_nothing_goes_under_a_secret_that_cannot_be_read(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    Endpoint.objects.filter(pk=endpoint.pk).update(secret="")

    tick()

    assert receiver.got == []
    assert "TOKEN_KEYS" in only(endpoint).reason


# -- what goes wrong ------------------------------------------------------------------------------------------------


def test_a_lost_answer_is_repeated_under_the_same_key_with_the_same_bytes(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    receiver.answers[:] = [refuse_the_line]
    with time_machine.travel(NOON, tick=True):
        tick()
        tick()
        waiting = only(endpoint)
        assert (waiting.state, waiting.tries, waiting.answer_status) == (DeliveryState.WAITING, 1, None)
        assert waiting.reason.startswith("The connection failed")
    with time_machine.travel(NOON + timedelta(seconds=31), tick=True):
        tick()

    first, second = receiver.got
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert only(endpoint).state == DeliveryState.DELIVERED
    assert fresh(endpoint).failing_since is None


def test_a_failing_endpoint_is_asked_ever_more_rarely(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    receiver.answers[:] = [503] * 100
    now, pauses = NOON, []
    for _ in range(12):
        with time_machine.travel(now, tick=True):
            tick()
        until = fresh(endpoint).waits_until
        assert until
        pauses.append(round((until - now).total_seconds() / 30))
        now = until + timedelta(seconds=1)

    assert pauses == [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 720, 720]
    assert len(receiver.got) == 12


def test_who_asks_for_a_pause_gets_it(endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver) -> None:
    receiver.answers[:] = [ask_for_a_pause]
    with time_machine.travel(NOON, tick=True):
        tick()

    until = fresh(endpoint).waits_until
    assert until
    assert timedelta(hours=2) <= until - NOON < timedelta(hours=2, minutes=1)
    assert (only(endpoint).answer_status, only(endpoint).answer) == (429, "busy")


def test_what_waits_behind_a_failure_of_the_endpoint_goes_in_order_afterwards(
    endpoint: Endpoint, sent_invoice: ErpItem, max_pm: Membership, receiver: Receiver
) -> None:
    operations.retrieve(sent_invoice, by=max_pm)
    receiver.answers[:] = [502]
    with time_machine.travel(NOON, tick=True):
        tick()
        assert len(receiver.got) == 1
    with time_machine.travel(NOON + timedelta(minutes=1), tick=True):
        tick()

    assert receiver.types == ["record.sent", "record.sent", "record.retrieved"]


def test_a_message_that_is_refused_holds_up_no_other(
    endpoint: Endpoint, sent_invoice: ErpItem, max_pm: Membership, receiver: Receiver
) -> None:
    operations.retrieve(sent_invoice, by=max_pm)
    receiver.answers[:] = [422]

    tick()

    states = [(one.happening, one.state) for one in endpoint.deliveries.all()]
    assert states == [("sent", DeliveryState.WAITING), ("retrieved", DeliveryState.DELIVERED)]


def test_a_refused_message_is_given_up_after_three_days_and_can_be_sent_again(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, alma: Membership
) -> None:
    receiver.answers[:] = [400, 400]
    with time_machine.travel(NOON, tick=True):
        tick()
    with time_machine.travel(NOON + timedelta(days=3, seconds=1), tick=True):
        tick()
        given_up = only(endpoint)
        assert (given_up.state, given_up.reason) == (DeliveryState.GIVEN_UP, "It answered 400.")
        assert fresh(endpoint).state == EndpointState.ON
        assert "is given up after three days" in Notice.objects.get(member=alma).line
        hooks.send_again(given_up, by=alma)
        tick()

    assert only(endpoint).state == DeliveryState.DELIVERED
    assert len({one.headers["webhook-id"] for one in receiver.got}) == 1


def test_an_endpoint_that_takes_nothing_for_three_days_is_paused_and_its_administrators_are_told(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, alma: Membership, max_pm: Membership
) -> None:
    receiver.answers[:] = [500, 500]
    with time_machine.travel(NOON, tick=True):
        tick()
    with time_machine.travel(NOON + timedelta(days=3, seconds=1), tick=True):
        tick()
        operations.retrieve(sent_invoice, by=max_pm)
        tick()
        paused = fresh(endpoint)
        assert (paused.state, len(receiver.got)) == (EndpointState.PAUSED, 2)
        assert paused.why_paused == "No message was taken for three days. The last time: It answered 500."
        notice = Notice.objects.get()
        assert notice.member == alma
        assert paused.why_paused in notice.line
        assert notice.path == f"/settings/webhooks/{endpoint.pk}/"
        hooks.switch(paused, on=True, by=alma)
        tick()

    assert receiver.types[2:] == ["record.sent", "record.retrieved"]
    assert {one.state for one in endpoint.deliveries.all()} == {DeliveryState.DELIVERED}


def test_410_pauses_at_once(endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver) -> None:
    receiver.answers[:] = [410]

    tick()

    assert fresh(endpoint).state == EndpointState.PAUSED
    assert only(endpoint).state == DeliveryState.WAITING


def test_what_happens_while_it_is_off_is_told_afterwards(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, alma: Membership
) -> None:
    hooks.switch(endpoint, on=False, by=alma)
    tick()
    assert receiver.got == []
    with pytest.raises(hooks.WebhookOff):
        hooks.ping(endpoint, by=alma)

    hooks.switch(endpoint, on=True, by=alma)
    tick()

    assert receiver.types == ["record.sent"]


def test_a_person_who_switches_it_off_while_a_message_goes_has_the_last_word(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    def off_meanwhile(*args: Any) -> posting.Answer:
        Endpoint.objects.update(state=EndpointState.OFF)
        return posting.Answer(410, fault="It answered 410.")

    monkeypatch.setattr(posting, "post", off_meanwhile)

    tick()

    assert fresh(endpoint).state == EndpointState.OFF
    assert Notice.objects.count() == 0


def test_whoever_comes_second_settles_nothing(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker froze in its post, and another one took the endpoint over."""
    real = posting.post

    def taken_over(url: str, body: bytes, headers: Any) -> posting.Answer:
        monkeypatch.setattr(posting, "post", real)
        Endpoint.objects.update(lease_until=NOON)
        sending.send_due()
        return posting.Answer(500, fault="It answered 500.")

    monkeypatch.setattr(posting, "post", taken_over)

    tick()

    told = only(endpoint)
    assert (told.state, told.tries, fresh(endpoint).failures) == (DeliveryState.DELIVERED, 1, 0)


def test_a_dead_workers_endpoint_is_taken_over_when_its_lease_ends(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver
) -> None:
    with time_machine.travel(NOON, tick=True):
        assert sending._claimed() is None
        spread()
        assert sending._claimed()
        tick()
        assert receiver.got == []
    with time_machine.travel(NOON + timedelta(seconds=61), tick=True):
        tick()

    assert len(receiver.got) == 1


def test_no_more_than_two_workers_wait_for_receivers(
    alma: Membership, receiver: Receiver, invoice: ErpItem, max_pm: Membership
) -> None:
    for name in "ABC":
        hooks.register(Wanted(name, receiver.url), by=alma)
    operations.send(invoice, by=max_pm)
    spread()

    assert [one.name for _ in range(3) if (one := sending._claimed())] == ["A", "B"]


def test_a_slow_receiver_has_its_turn_and_no_more(
    endpoint: Endpoint, invoice: ErpItem, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, alma: Membership
) -> None:
    monkeypatch.setattr(sending, "SECONDS_OF_A_TURN", 0.0)
    monkeypatch.setattr(sending, "SECONDS_OF_A_TASK", 0.2)
    hooks.register(Wanted("Other", receiver.url), by=alma)
    remark_many([(invoice, Entry(by=None))])
    spread()

    sending.send_due()

    turns = Endpoint.objects.values_list("fence", flat=True)
    assert all(turns)
    assert receiver.got == []


def test_a_test_message_says_that_it_is_one(endpoint: Endpoint, alma: Membership, receiver: Receiver) -> None:
    delivery = hooks.ping(endpoint, by=alma)
    tell_webhooks()

    assert receiver.types == ["ping"]
    assert receiver.got[0].told["id"] == str(delivery.key) == receiver.got[0].headers["webhook-id"]


def test_a_test_goes_at_once_even_while_the_endpoint_waits(
    endpoint: Endpoint, sent_invoice: ErpItem, alma: Membership, receiver: Receiver
) -> None:
    receiver.answers[:] = [503]
    tick()
    hooks.ping(endpoint, by=alma)
    tick()

    assert "ping" in receiver.types


def test_no_transaction_is_open_while_a_receiver_is_asked(
    endpoint: Endpoint, sent_invoice: ErpItem, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth = len(connection.savepoint_ids)
    seen: list[int] = []
    real = posting.post

    def watched(url: str, body: bytes, headers: Any) -> posting.Answer:
        seen.append(len(connection.savepoint_ids))
        return real(url, body, headers)

    monkeypatch.setattr(posting, "post", watched)
    tick()

    assert seen == [depth]


# -- how long, and how it is --------------------------------------------------------------------------------------


def test_old_messages_are_forgotten_and_what_waits_is_kept(endpoint: Endpoint) -> None:
    ages = {DeliveryState.DELIVERED: (29, 31), DeliveryState.GIVEN_UP: (89, 91), DeliveryState.WAITING: (1, 400)}
    for state, days in ages.items():
        for back in days:
            ended = None if state == DeliveryState.WAITING else NOON - timedelta(days=back)
            Delivery.objects.create(
                endpoint=endpoint, happening="ping", state=state, ended_at=ended, created_at=NOON - timedelta(days=back)
            )

    assert keeping.forget_old(NOON) == 2

    left = [(one.state, (NOON - one.created_at).days) for one in Delivery.objects.all()]
    assert left == [("delivered", 29), ("given_up", 89), ("waiting", 1), ("waiting", 400)]


def test_the_age_of_the_oldest_is_known_before_a_message_is_even_written(
    endpoint: Endpoint, invoice: ErpItem, max_pm: Membership, alma: Membership
) -> None:
    assert oldest_untold() == (None, 0)
    with time_machine.travel(NOON, tick=False):
        operations.send(invoice, by=max_pm)
    assert oldest_untold() == (NOON, 0)
    spread()
    oldest, count = oldest_untold()
    assert (oldest, count) != (None, 0)
    hooks.switch(endpoint, on=False, by=alma)
    assert oldest_untold() == (None, 0)

"""Mails: what is in them, that none is lost, that none is sent twice, and when the daily summary goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from smtplib import SMTPRecipientsRefused
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_noop
from pytest_django import Settings

from procore_sync.acceptance import digest, notices, operations
from procore_sync.acceptance.abouts import About, offered_to
from procore_sync.acceptance.models import ErpItem, Notice
from procore_sync.accounts.models import Company, DigestRun, KindPrivilege, Membership, Role
from procore_sync.kit.kinds import Kind
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.factories import (
    make_approver,
    make_commitment,
    make_company,
    make_member,
    make_project,
    make_vendor,
    rejected,
    synced,
)
from tests.projects.test_pages import queries
from tests.quickbooks_bridge.client.sockets import listening

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # 12:00 in New York


def written_to(address: str) -> list[Notice]:
    return list(Notice.objects.filter(to=address))


def test_a_rejected_project_goes_to_its_other_approvers_too(max_pm: Membership, ada: Membership) -> None:
    judge = make_member(max_pm.company, "Jo", Role.ACCOUNTANT, exports=[Kind.PROJECT])
    pat = make_member(max_pm.company, "Pat", Role.ACCOUNTANT, exports=[Kind.PROJECT])
    assert [About.PROJECT_BACK in offered_to(one) for one in (pat, ada, max_pm)] == [True, False, False]

    rejected(make_project(max_pm), max_pm, decided_by=judge, comment="No such customer.")

    told = {notice.to: (notice.about, notice.by_mail, notice.in_console) for notice in Notice.objects.all()}
    assert told == {
        max_pm.user.email: (About.REJECTED, True, True),
        pat.user.email: (About.PROJECT_BACK, True, False),
    }
    assert "No such customer." in written_to(pat.user.email)[0].body


def test_a_rejection_goes_to_sender_and_creator_with_comment_and_link(
    ada: Membership, max_pm: Membership, company: Company, invoice: ErpItem
) -> None:
    pam = member(company, "Pam", Role.PROJECT_MANAGER)
    operations.send(invoice, by=pam)
    operations.reject(invoice, by=ada, comment="The period is wrong.")

    assert {notice.to for notice in Notice.objects.all()} == {max_pm.user.email, pam.user.email}
    body = written_to(pam.user.email)[0].body
    assert "Ada rejected Subcontractor invoice Application 3" in body
    assert "The period is wrong." in body
    assert f"http://127.0.0.1:8000/review/{invoice.pk}/" in body


def test_a_mail_names_the_project_of_the_record(max_pm: Membership) -> None:
    judge = make_approver(max_pm.company, "Jo")
    lofts = synced(make_project(max_pm, "Smith & Sons' Lofts", number="2601"))
    made = make_commitment(max_pm, lofts, number="SC-001", title="Concrete")
    rejected(made, max_pm, decided_by=judge, comment="Which scope?")
    operations.send(made.erp, by=max_pm)

    (back,), (again,) = written_to(max_pm.user.email), written_to(judge.user.email)
    said = "Jo rejected Commitment SC-001 Concrete.\n\nProject: 2601 Smith & Sons' Lofts\n\nWhich scope?\n\n"
    assert back.body.startswith(said)
    said = "\n\nProject: 2601 Smith & Sons' Lofts\n\nIt was rejected with: Which scope?\n\nDecide on it:\n"
    assert said in again.body


def test_mails_about_many_records_ask_for_their_projects_at_once(max_pm: Membership) -> None:
    made = [
        make_commitment(max_pm, synced(make_project(max_pm, f"Lofts {at}", number=f"260{at}")), number=f"SC-00{at}").erp
        for at in range(6)
    ]

    def asked(records: list[ErpItem]) -> int:
        line = gettext_noop("stopped")
        told = [
            ([max_pm], notices.Telling(About.REJECTED, line, "/", line, partial(notices.project_in_mail, one), one))
            for one in ErpItem.objects.filter(pk__in=[one.pk for one in records]).order_by("pk")
        ]
        return queries(lambda: notices.tell_each(told))

    assert asked(made[:2]) == asked(made)
    assert [one.body for one in Notice.objects.order_by("pk")[2:]] == [f"260{at} Lofts {at}" for at in range(6)]


def test_a_mail_about_what_is_of_no_project_leaves_no_gap(max_pm: Membership) -> None:
    judge = make_approver(max_pm.company, "Jo")
    rejected(make_vendor(max_pm, "Kestrel"), max_pm, decided_by=judge, comment="Twice here.")

    assert Notice.objects.get().body.startswith("Jo rejected Vendor Kestrel.\n\nTwice here.\n\nChange it")


def test_words_of_people_are_not_escaped_in_a_mail(ada: Membership, sent_invoice: ErpItem) -> None:
    operations.reject(sent_invoice, by=ada, comment="Smith & Sons' <draft>")

    assert "Smith & Sons' <draft>" in Notice.objects.get().body


def test_a_record_sent_again_is_told_to_its_approvers_at_once(
    ada: Membership, bea: Membership, max_pm: Membership, vic: Membership, sent_invoice: ErpItem
) -> None:
    operations.reject(sent_invoice, by=ada, comment="The period is wrong.")
    Notice.objects.all().delete()

    operations.send(sent_invoice, by=max_pm)

    assert {notice.to for notice in Notice.objects.all()} == {ada.user.email, bea.user.email}
    assert "It was rejected with: The period is wrong." in written_to(ada.user.email)[0].body


def test_a_mail_says_of_which_company_it_is(company: Company) -> None:
    """Whoever belongs to several has to be in this one for the link to lead anywhere."""
    Notice.objects.create(company=company, to="max@harbor-row.test", subject="S", body="Change it:\nhttp://x/\n")

    notices.deliver()

    assert mail.outbox[0].body == f"Change it:\nhttp://x/\n\n-- \n{company.name}\n"


def test_a_mail_is_sent_once(company: Company) -> None:
    Notice.objects.create(company=company, to="max@harbor-row.test", subject="S", body="B")

    notices.deliver()
    notices.deliver()
    notices.deliver_failed()

    assert len(mail.outbox) == 1


def test_a_second_sweep_in_the_middle_of_the_first_sends_none_twice(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def slow_post(notice: Notice) -> None:
        sent.append(notice.to)
        notices.deliver()

    monkeypatch.setattr(notices, "post", slow_post)
    for to in ("max@harbor-row.test", "ada@harbor-row.test"):
        Notice.objects.create(company=company, to=to, subject="S", body="B")

    notices.deliver()

    assert sorted(sent) == ["ada@harbor-row.test", "max@harbor-row.test"]


class BrokenPost:
    """A mail server that refuses one address."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        self.refused = "gone@harbor-row.test"
        monkeypatch.setattr(notices, "post", self)

    def __call__(self, notice: Notice) -> None:
        if notice.to == self.refused:
            raise SMTPRecipientsRefused({notice.to: (550, b"No such person")})
        self.sent.append(notice.to)


def test_a_failed_mail_is_kept_and_holds_up_no_other(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    post = BrokenPost(monkeypatch)
    for to in (post.refused, "max@harbor-row.test"):
        Notice.objects.create(company=company, to=to, subject="S", body="B")

    notices.deliver()

    assert post.sent == ["max@harbor-row.test"]
    assert "No such person" in Notice.objects.get(to=post.refused).failure


def test_a_mail_server_that_is_silent_holds_a_worker_for_one_mail_a_minute(
    company: Company, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notices, "_away", [0.0])
    people = [f"{name}@harbor-row.test" for name in ("ada", "bea", "max", "olga")]
    for to in people:
        Notice.objects.create(company=company, to=to, subject="S", body="B")
    working = settings.EMAIL_BACKEND
    with listening(lambda server, connection: server.wait(5)) as silent:
        settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT = "django.core.mail.backends.smtp.EmailBackend", 0.2
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", urlsplit(silent.url).port
        for _ in range(2):
            notices.deliver()
            notices.deliver_failed()
    assert [bool(one.failure) for one in Notice.objects.order_by("pk")] == [True, False, False, False]

    settings.EMAIL_BACKEND = working
    notices._away[0] = 0.0
    notices.deliver()
    notices.deliver_failed()

    assert sorted(one.to[0] for one in mail.outbox) == people


def test_a_slow_mail_server_holds_a_worker_for_a_while_only(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notices, "SECONDS", 0.0)
    for to in ("ada@harbor-row.test", "max@harbor-row.test"):
        Notice.objects.create(company=company, to=to, subject="S", body="B")

    notices.deliver()
    assert len(mail.outbox) == 1
    notices.deliver()

    assert len(mail.outbox) == 2


def test_a_failed_mail_is_tried_again_until_it_goes(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    post = BrokenPost(monkeypatch)
    notice = Notice.objects.create(company=company, to=post.refused, subject="S", body="B")
    notices.deliver()
    notices.deliver_failed()
    post.refused = ""

    notices.deliver_failed()

    notice.refresh_from_db()
    assert (notice.failure, bool(notice.sent_at), len(post.sent)) == ("", True, 1)


def test_a_mail_whose_worker_died_goes_ten_minutes_later_and_not_before(company: Company) -> None:
    claimed = notices._claim(timezone.now())
    Notice.objects.create(company=company, to="max@harbor-row.test", subject="S", body="B", failure=claimed)

    notices.deliver_failed()
    assert mail.outbox == []
    with time_machine.travel(timezone.now() + timedelta(minutes=11), tick=False):
        notices.deliver_failed()

    assert len(mail.outbox) == 1


@pytest.fixture
def waiting(paper: PaperLedger, ada: Membership, max_pm: Membership) -> ErpItem:
    """An invoice that was sent two days before noon."""
    item = new_invoice(max_pm)
    with time_machine.travel(NOON - timedelta(days=2), tick=False):
        operations.send(item, by=max_pm)
    return item


def test_the_summary_lists_what_waits_with_age_and_amount(ada: Membership, waiting: ErpItem) -> None:
    digest.write_digests(NOON)

    notice = Notice.objects.get()
    assert notice.subject == "ERP Integrations Daily Summary"
    assert notice.to == ada.user.email
    assert "1 record of Harbor Row Builders waits for" in notice.body
    assert "27,405.00, waiting 2 days" in notice.body
    assert f"/review/{waiting.pk}/" in notice.body


def test_the_summary_says_no_amount_of_what_has_none(max_pm: Membership) -> None:
    judge = make_approver(max_pm.company, "Jo")
    with time_machine.travel(NOON - timedelta(days=2), tick=False):
        operations.send(make_vendor(max_pm, "Kestrel").erp, by=max_pm)

    digest.write_digests(NOON)

    (notice,) = written_to(judge.user.email)
    assert "Vendor: Kestrel\n    waiting 2 days\n" in notice.body


def test_it_comes_once_a_day_however_often_the_beat_strikes(ada: Membership, waiting: ErpItem) -> None:
    written = [digest.write_digests(NOON + timedelta(minutes=minutes)) for minutes in (0, 0, 1, 90)]

    assert written == [1, 0, 0, 0]
    assert digest.write_digests(NOON + timedelta(days=1)) == 1


def test_two_beats_that_both_think_it_is_due_write_one(ada: Membership, waiting: ErpItem) -> None:
    DigestRun.objects.create(company=ada.company, local_date=NOON.date())

    assert digest._write(ada.company, NOON.date(), NOON) == 0
    assert Notice.objects.count() == 0


def test_a_company_whose_summary_cannot_be_written_keeps_no_other_from_its_own(
    ada: Membership, waiting: ErpItem, caplog: pytest.LogCaptureFixture
) -> None:
    later = make_company("Pier Row", "pier-row")
    pia = make_member(later, "Pia", Role.ACCOUNTANT, exports=[Kind.VENDOR])
    pam = make_member(later, "Pam", Role.PROJECT_MANAGER)
    operations.send(make_vendor(pam).erp, by=pam)
    with connection.cursor() as cursor:  # a row that the database does not take, for whatever reason
        cursor.execute(
            f"""CREATE TRIGGER stuck BEFORE INSERT ON {Notice._meta.db_table} WHEN NEW."to" = '{ada.user.email}'
            BEGIN SELECT json('{{'); END"""
        )

    assert digest.write_digests(NOON + timedelta(days=9)) == 1
    assert written_to(pia.user.email)[0].subject == "ERP Integrations Daily Summary"
    assert "The daily summary of a company could not be written" in caplog.text


def test_it_waits_for_the_companys_own_hour(ada: Membership, waiting: ErpItem) -> None:
    Company.objects.filter(pk=ada.company_id).update(digest_hour=7, time_zone="America/Los_Angeles")
    at_six = datetime(2026, 11, 23, 14, 59, tzinfo=UTC)

    assert digest.write_digests(at_six) == 0
    assert digest.write_digests(at_six + timedelta(minutes=1)) == 1


def test_an_hour_that_summer_time_skips_is_made_up_for(ada: Membership, waiting: ErpItem) -> None:
    Company.objects.filter(pk=ada.company_id).update(digest_hour=2)
    half_past_one = datetime(2027, 3, 14, 6, 30, tzinfo=UTC)

    assert digest.write_digests(half_past_one) == 0
    assert digest.write_digests(half_past_one + timedelta(minutes=30)) == 1


def test_an_hour_that_comes_twice_in_autumn_counts_once(ada: Membership, waiting: ErpItem) -> None:
    Company.objects.filter(pk=ada.company_id).update(digest_hour=1)
    first_time_one = datetime(2027, 11, 7, 5, 0, tzinfo=UTC)

    assert digest.write_digests(first_time_one) == 1
    assert digest.write_digests(first_time_one + timedelta(hours=1)) == 0


def test_nobody_is_mailed_while_nothing_waits(ada: Membership, invoice: ErpItem) -> None:
    assert digest.write_digests(NOON) == 0


def test_who_is_not_subscribed_or_may_not_decide_gets_none(
    ada: Membership, bea: Membership, vic: Membership, waiting: ErpItem
) -> None:
    Membership.objects.filter(pk=ada.pk).update(wants_digest=False)
    KindPrivilege.objects.filter(membership=bea).update(kind=Kind.VENDOR)

    assert digest.write_digests(NOON) == 0


def test_it_shows_no_record_of_another_company(ada: Membership, waiting: ErpItem) -> None:
    other = Company.objects.create(name="Other Books Inc", slug="other-books")
    member(other, "Omar", Role.ACCOUNTANT, decides=True)

    digest.write_digests(NOON)

    assert {notice.to for notice in Notice.objects.all()} == {ada.user.email}

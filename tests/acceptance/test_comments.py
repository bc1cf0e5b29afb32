"""What people say about a record, what they are told of it in the console and by mail, and what they chose."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from procore_sync.acceptance import comments, digest, engine, items, notices, operations, reading
from procore_sync.acceptance.abouts import BOTH, CONSOLE, NEITHER, About, Channels, offered_to
from procore_sync.acceptance.journal import Entry, move, verify_journal
from procore_sync.acceptance.models import ErpItem, Notice, Submission
from procore_sync.acceptance.selectors import items_for, notices_for, readers_of, unread_count
from procore_sync.acceptance.states import Action, OutcomeKind, Work
from procore_sync.accounts.models import Company, Membership, RightsChange, Role
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from tests.acceptance.conftest import decides_on_commitments, member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.scenes import kept

pytestmark = pytest.mark.django_db
SignIn = Callable[[Membership], Client]


@pytest.fixture
@kept
def olga(db: None) -> Membership:
    """An approver of another company."""
    other = Company.objects.create(name="Other Books Inc", slug="other-books")
    return member(other, "Olga", Role.ACCOUNTANT, decides=True)


@pytest.fixture
@kept
def ian(company: Company) -> Membership:
    return member(company, "Ian", Role.INVOICE_CONTACT)


def told(who: Membership) -> list[tuple[str, bool, bool]]:
    """What `who` was told: of what, whether in the console, whether by mail."""
    rows = Notice.objects.filter(member=who).order_by("pk")
    return [(row.about, row.in_console, row.by_mail) for row in rows]


def browser(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


# -- comments -------------------------------------------------------------------------------------------------------


def test_a_comment_stands_in_the_journal_and_moves_nothing(
    ada: Membership, max_pm: Membership, sent_invoice: ErpItem, company: Company
) -> None:
    said = comments.comment(sent_invoice, by=ada, text=" Is the duct hung?\r\n<b>Really</b>? ")

    sent_invoice.refresh_from_db()
    assert (said.comment, said.from_status, said.to_status) == ("Is the duct hung?\n<b>Really</b>?", "sent", "sent")
    assert sent_invoice.status == "sent"
    assert verify_journal(company) is None
    for address in (f"/review/{sent_invoice.pk}/", "/journal/"):
        shown = browser(ada).get(address).content.decode()
        assert "Is the duct hung?" in shown
        assert "<b>Really" not in shown
    # … and somebody who comes too late is told who decided, not who talked.
    operations.reject(sent_invoice, by=ada, comment="No.")
    comments.comment(sent_invoice, by=max_pm, text="Why?")
    with pytest.raises(Exception, match="Ada has rejected it"):
        operations.retrieve(sent_invoice, by=max_pm)


def test_who_is_named_gets_a_notice_and_nobody_else(
    ada: Membership, bea: Membership, max_pm: Membership, vic: Membership, company: Company, sent_invoice: ErpItem
) -> None:
    beatrix = member(company, "Bea Long", Role.VIEWER)

    comments.comment(
        sent_invoice, by=max_pm, text="@bea long, look. mail@Ada.test, @Adam, and me, @Max.", notify=[vic.pk]
    )

    assert told(beatrix) == told(vic) == [("mention", True, True)]
    assert told(bea) == told(ada) == told(max_pm) == []
    notice = Notice.objects.get(member=vic)
    assert notice.line.startswith("Max mentions you on Application 3: @bea long, look.")
    assert f"http://127.0.0.1:8000/review/{sent_invoice.pk}/" in notice.body


def test_who_may_see_a_record_is_asked_from_both_sides_alike(
    ada: Membership, bea: Membership, vic: Membership, ian: Membership, olga: Membership, invoice: ErpItem
) -> None:
    alma = member(invoice.company, "Alma", Role.ADMINISTRATOR)
    gone = member(invoice.company, "Gus", Role.VIEWER)
    Membership.objects.filter(pk=gone.pk).update(is_active=False)
    bea.privileges.all().delete()
    decides_on_commitments(ada)
    everybody = list(Membership.objects.all())

    for private in (False, True):
        ErpItem.objects.filter(pk=invoice.pk).update(is_private=private)
        invoice.refresh_from_db()
        invoice.readers.set([vic] if private else [])
        seen = {one for one in everybody if items_for(one).filter(pk=invoice.pk).exists()}
        assert set(readers_of(invoice)) == seen
        assert {alma, ada, vic} <= seen
        assert not {ian, olga, gone} & seen
        assert (bea in seen) is not private


def test_nobody_else_reads_or_writes_a_comment_or_hears_of_it(
    bea: Membership, max_pm: Membership, ian: Membership, olga: Membership, sent_invoice: ErpItem
) -> None:
    bea.privileges.all().delete()
    ErpItem.objects.filter(pk=sent_invoice.pk).update(is_private=True)
    sent_invoice.refresh_from_db()
    sent_invoice.readers.add(max_pm)

    for stranger in (bea, ian, olga):
        assert browser(stranger).post(f"/review/{sent_invoice.pk}/comment/", {"text": "Me too"}).status_code == 404
        assert browser(stranger).get(f"/api/v1/items/{sent_invoice.pk}/comments/").status_code == 404
        with pytest.raises(NotAllowed):
            comments.comment(sent_invoice, by=stranger, text="Me too")
        with pytest.raises(InvalidInput, match="may not see this record"):
            comments.comment(sent_invoice, by=max_pm, text="Look", notify=[stranger.pk])
    comments.comment(sent_invoice, by=max_pm, text="@Bea @Ian @Olga")
    assert Notice.objects.count() == 0
    assert sent_invoice.events.filter(action="comment").count() == 1


@pytest.mark.parametrize(("text", "why"), [(" \n ", "Write what you want to say"), ("x" * 2001, "longer than 2,000")])
def test_a_comment_that_says_nothing_or_too_much_is_refused(
    ada: Membership, sent_invoice: ErpItem, text: str, why: str
) -> None:
    answer = browser(ada).post(f"/review/{sent_invoice.pk}/comment/", {"text": text})

    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not sent_invoice.events.filter(action="comment").exists()


def test_a_comment_by_form_and_by_api(ada: Membership, max_pm: Membership, sent_invoice: ErpItem) -> None:
    page = browser(ada)
    form = {"text": "Which floor?", "notify": [max_pm.pk]}
    answer = page.post(f"/review/{sent_invoice.pk}/comment/", form, follow=True)
    assert "Your comment is kept. Max is told of it." in answer.content.decode()

    address = f"/api/v1/items/{sent_invoice.pk}/comments/"
    added = browser(max_pm).post(address, json.dumps({"text": "The second, @Ada"}), content_type="application/json")
    assert added.status_code == 200
    assert [(one["by"], one["text"], one["mentioned"]) for one in page.get(address).json()["comments"]] == [
        ("Ada", "Which floor?", ["Max"]),
        ("Max", "The second, @Ada", ["Ada"]),
    ]
    assert page.get(address).json()["people"] == [{"id": max_pm.pk, "name": "Max"}]


# -- what is told ---------------------------------------------------------------------------------------------------


@pytest.fixture
@kept
def held(company: Company, sent_invoice: ErpItem, ada: Membership) -> Submission:
    """Accepted with time to take it back, where the sender wants to know of it."""
    Company.objects.filter(pk=company.pk).update(undo_seconds=60)
    sent_invoice.refresh_from_db()
    submission = operations.open_submission(sent_invoice)
    assert submission
    reading.choose(submission.sent_by, {About.ACCEPTED: BOTH})
    sent_invoice.company.refresh_from_db()
    return operations.accept(sent_invoice, by=ada, seen=submission.digest, choices={})


def test_an_acceptance_is_told_when_it_can_no_longer_be_taken_back(held: Submission, max_pm: Membership) -> None:
    notices.deliver()
    assert (mail.outbox, unread_count(max_pm)) == ([], 0)

    Notice.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    notices.deliver()
    assert ([one.to for one in mail.outbox], unread_count(max_pm)) == ([[max_pm.user.email]], 1)


def test_an_acceptance_of_what_waits_for_another_record_is_told_at_once(
    sent_invoice: ErpItem, max_pm: Membership, ada: Membership
) -> None:
    items.set_requirements(sent_invoice, [new_invoice(max_pm, "Brightwater Mechanical")])
    submission = operations.open_submission(sent_invoice)
    assert submission
    reading.choose(max_pm, {About.ACCEPTED: BOTH})
    assert operations.accept(sent_invoice, by=ada, seen=submission.digest, choices={}).work == Work.WAITING
    notices.deliver()
    assert ([one.to for one in mail.outbox], unread_count(max_pm)) == ([[max_pm.user.email]], 1)


def test_an_acceptance_that_was_taken_back_is_never_told(
    held: Submission, sent_invoice: ErpItem, ada: Membership, max_pm: Membership
) -> None:
    sent_invoice.refresh_from_db()
    operations.undo(sent_invoice, by=ada)

    assert told(max_pm) == []


@pytest.mark.parametrize(
    ("ends", "expected"),
    [(OutcomeKind.DONE, {"Max": ["synced"], "Ada": []}), (OutcomeKind.REFUSED, {"Max": ["failed"], "Ada": ["failed"]})],
)
def test_who_sent_and_who_accepted_hear_how_it_ended(
    settings: Any,
    paper: PaperLedger,
    ada: Membership,
    bea: Membership,
    max_pm: Membership,
    accepted_invoice: ErpItem,
    ends: OutcomeKind,
    expected: dict[str, list[str]],
) -> None:
    settings.ENGINE_IN_TEST_TRANSACTION = True
    reading.choose(max_pm, {About.FAILED: BOTH})
    paper.next = [ends]

    engine.work(accepted_invoice.submissions.get().pk)

    assert {str(one): [about for about, _, _ in told(one)] for one in (max_pm, ada)} == expected
    assert told(bea) == []
    if ends == OutcomeKind.REFUSED:
        assert "Try again or reject it here" in Notice.objects.get(member=max_pm).body
        assert told(ada) == [("failed", True, False)]


def test_each_is_told_where_he_wants_to_be(ada: Membership, max_pm: Membership, sent_invoice: ErpItem) -> None:
    for wanted in (BOTH, CONSOLE, Channels(False, True), NEITHER):
        Notice.objects.all().delete()
        reading.choose(max_pm, {About.MENTION: wanted})
        comments.comment(sent_invoice, by=ada, text="@Max")
        expected = [("mention", wanted.in_console, wanted.by_mail)] if wanted.any else []
        assert told(max_pm) == expected
    notices.deliver()
    assert mail.outbox == []


def test_the_choices_of_a_person(
    company: Company, ada: Membership, max_pm: Membership, vic: Membership, ian: Membership, olga: Membership
) -> None:
    assert [about.value for about in offered_to(vic)] == ["mention", "submitted", "to_review"]
    assert [about.value for about in offered_to(ian)] == ["returned"]
    assert {"rejected", "synced", "failed", "submitted"} <= {about.value for about in offered_to(max_pm)}
    page = browser(ada)
    assert 'name="by_mail" value="digest" checked' in page.get("/notices/choices/").content.decode()

    assert page.post("/notices/choices/", {"in_console": ["mention", "digest", "health"]}).status_code == 302

    ada.refresh_from_db()
    assert reading.choices_of(ada)[About.MENTION] == CONSOLE
    assert reading.choices_of(ada)[About.CAME_BACK] == NEITHER
    assert (ada.wants_digest, RightsChange.objects.get(member=ada).changes[0]["label"]) == (False, "Daily summary")
    assert About.HEALTH not in reading.choices_of(ada)
    assert not olga.notice_choices.exists()
    body = json.dumps({"choices": [{"about": "digest", "in_console": False, "by_mail": True}]})
    kept = page.put("/api/v1/notices/choices/", body, content_type="application/json")
    assert {"about": "digest", "in_console": False, "by_mail": True} in kept.json()


def test_the_summary_comes_to_the_console_for_who_wants_it_there(ada: Membership, sent_invoice: ErpItem) -> None:
    reading.choose(ada, {About.DIGEST: CONSOLE})
    ada.company.digest_hour = 0
    ada.company.save()

    assert digest.write_digests() == 1

    notice = notices_for(ada).get()
    assert (notice.line, notice.path, notice.by_mail) == ("1 record waits for your decision", "/inbox/", False)


def test_the_summary_tells_what_stopped_too(ada: Membership, accepted_invoice: ErpItem, max_pm: Membership) -> None:
    move(accepted_invoice, Action.FAIL, Entry(by=None))
    assert digest.write_digests(timezone.now().replace(hour=23)) == 1

    notice = Notice.objects.get(about="digest")
    assert "1 export stopped and needs a person: http://127.0.0.1:8000/inbox/?view=failed" in notice.body
    assert "wait" not in notice.body.split("You get this")[0]


# -- the page -------------------------------------------------------------------------------------------------------


def test_the_page_shows_unread_first_and_opens_what_it_is_about(
    ada: Membership, max_pm: Membership, sent_invoice: ErpItem
) -> None:
    for text in ("@Max one", "@Max two", "@Max three"):
        comments.comment(sent_invoice, by=ada, text=text)
    first, second, third = Notice.objects.filter(member=max_pm).order_by("pk")
    page = browser(max_pm)
    assert "Notices, 3 to read" in page.get("/inbox/").content.decode()

    opened = page.get(f"/notices/{third.pk}/")
    assert opened.headers["Location"] == f"/review/{sent_invoice.pk}/"
    page.post(f"/notices/{second.pk}/read/")

    text = page.get("/notices/").content.decode()
    places = [text.index(f'href="/notices/{one.pk}/"') for one in (first, second, third)]
    assert places == sorted(places)
    assert unread_count(max_pm) == 1
    comments.comment(sent_invoice, by=ada, text="@Max four")
    page.post("/notices/read/", {"newest": third.pk})
    assert unread_count(max_pm) == 1
    assert page.get("/api/v1/notices/?unread=true").json()["results"][0]["line"].endswith("four")
    assert browser(ada).post(f"/notices/{first.pk}/read/").status_code == 404


def test_a_notice_of_what_he_may_not_read_any_more_is_not_shown(
    ada: Membership, vic: Membership, sent_invoice: ErpItem
) -> None:
    comments.comment(sent_invoice, by=ada, text="@Vic")
    assert unread_count(vic) == 1

    ErpItem.objects.filter(pk=sent_invoice.pk).update(is_private=True)

    assert unread_count(vic) == 0
    assert browser(vic).get(f"/notices/{Notice.objects.get(member=vic).pk}/").status_code == 404


def test_beyond_a_hundred_nobody_counts(max_pm: Membership) -> None:
    row = {"company": max_pm.company, "member": max_pm, "in_console": True, "by_mail": False}
    Notice.objects.bulk_create(Notice(**row, line="One", path="/inbox/") for _ in range(150))

    assert unread_count(max_pm) == 100
    assert "Notices, 99+ to read" in browser(max_pm).get("/inbox/").content.decode()


# -- mails ----------------------------------------------------------------------------------------------------------


def test_the_mails_about_a_record_are_one_conversation(
    ada: Membership, max_pm: Membership, sent_invoice: ErpItem
) -> None:
    comments.comment(sent_invoice, by=ada, text="@Max")
    operations.reject(sent_invoice, by=ada, comment="No.")
    operations.send(sent_invoice, by=max_pm)
    notices.deliver()
    first = Notice.objects.order_by("pk").first()
    assert first
    notices.post(first)  # the same once more, since nobody knows whether it went

    key = max_pm.company.key
    headers = [one.extra_headers for one in mail.outbox]
    assert {one["References"] for one in headers} == {f"<record-{sent_invoice.pk}.{key}@127.0.0.1>"}
    assert {one["In-Reply-To"] for one in headers} == {one["References"] for one in headers}
    assert [one["Message-ID"] for one in headers][-1] == f"<notice-{first.pk}.{key}@127.0.0.1>"
    assert len({one["Message-ID"] for one in headers}) == len(headers) - 1


def test_who_was_shut_out_meanwhile_is_not_mailed(ada: Membership, vic: Membership, sent_invoice: ErpItem) -> None:
    comments.comment(sent_invoice, by=ada, text="@Vic")
    Membership.objects.filter(pk=vic.pk).update(is_active=False)

    notices.deliver()

    assert mail.outbox == []


def test_old_notices_are_forgotten(company: Company) -> None:
    old, young = (Notice.objects.create(company=company, to="a@b.test", subject="S", body="B") for _ in range(2))
    Notice.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=91))

    assert reading.forget_old() == 1
    assert list(Notice.objects.all()) == [young]

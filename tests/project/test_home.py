"""The start page, by role and rights: what is told to whom, in which order, and in how many queries."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from change_orders.models import ChangeOrder, ChangeStatus
from commitments.models import CommitmentStatus
from commitments.operations import set_status
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.selectors import states_for, waiting_counts
from procore_sync.acceptance.states import Status, Work
from procore_sync.acceptance.whereabouts import whereabouts_of
from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role, User
from procore_sync.home import blocks_of
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge.chores import chores_of
from quickbooks_bridge.features import HOME_CURRENCY
from quickbooks_bridge.models import Connection
from tests.cast import ada, alma, company, ian, max_pm, olga, other_company, vic
from tests.factories import make_change_order, make_commitment, make_member, make_vendor, rejected, sent, synced
from vendors.operations import VENDORS
from vendors.rules import VendorDetails

__all__ = ["ada", "alma", "company", "ian", "max_pm", "olga", "other_company", "vic"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_bell(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker is an edge."""
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", lambda pk: None)


def home(client: Client, member: Membership) -> str:
    """The start page of `member`, its white space as a reader takes it."""
    client.force_login(member.user)
    page = client.get("/")
    assert page.status_code == 200
    return re.sub(r"\s+", " ", page.content.decode())


def back_in_time(item: ErpItem, days: int) -> None:
    ErpItem.objects.filter(pk=item.pk).update(status_changed_at=timezone.now() - timedelta(days=days))


# -- who decides ---------------------------------------------------------------------------------------------------


def test_an_approver_sees_what_waits_by_kind_and_name_with_what_is_late(
    client: Client, ada: Membership, max_pm: Membership
) -> None:
    names = [sent(make_vendor(max_pm, f"Waits {number}"), max_pm) for number in range(7)]
    for number, vendor in enumerate(names):
        back_in_time(vendor.erp, 9 - number)
    changed = synced(make_commitment(max_pm, lines=["1234.50"]))
    ErpItem.objects.filter(pk=changed.erp_id).update(status=Status.NOT_SENT)
    operations.send(ErpItem.objects.get(pk=changed.erp_id), by=max_pm)

    page = home(client, ada)

    assert "8 records wait for your decision" in page
    assert "/inbox/many/?view=ready_to_export&amp;kind=vendor" not in page
    assert 'href="/inbox/many/?view=ready_to_export"' in page
    assert 'href="/inbox/?view=ready_to_update&amp;kind=commitment">Commitments, changed</a>' in page
    assert "7 late" in page
    assert "1,234.50" in page
    named = re.findall(r"/review/\d+/\">(Waits \d)</a>", page)
    assert named == [f"Waits {number}" for number in range(5)]


# -- who reviews changes --------------------------------------------------------------------------------------------


def test_a_designated_reviewer_finds_what_waits_for_him_as_its_list_does(
    client: Client, max_pm: Membership, vic: Membership, olga: Membership
) -> None:
    subcontract = synced(make_commitment(max_pm, lines=["1000.00"]))
    for number in range(7):
        made = make_change_order(
            max_pm, subcontract, title=f"Duct {number}", status=ChangeStatus.IN_REVIEW, reviewer=vic.pk
        )
    make_change_order(max_pm, subcontract, title="Of nobody", status=ChangeStatus.IN_REVIEW)

    page = home(client, vic)

    assert "7 changes wait for your review" in page
    block = page[page.index('id="to-review"') :]
    assert re.findall(r"CO-\d (Duct \d)</a>", block) == [f"Duct {number}" for number in range(5)]
    assert 'href="/change-orders/?waits=on">Change orders (7)</a>' in block
    listed = client.get("/change-orders/?waits=on").content.decode()
    assert (listed.count("Duct"), "Of nobody" in listed) == (7, False)
    assert "to-review" not in home(client, max_pm)
    assert "to-review" not in home(client, olga)

    ErpItem.objects.filter(kind=Kind.CHANGE_ORDER).exclude(pk=made.erp_id).update(is_private=True)
    assert "1 change waits for your review" in home(client, vic)


# -- who sends -----------------------------------------------------------------------------------------------------


def test_a_sender_reads_where_each_of_his_records_is_and_answers_in_place(
    client: Client, ada: Membership, max_pm: Membership
) -> None:
    wrong = rejected(make_vendor(max_pm, "Kestrel"), max_pm, decided_by=ada, comment="Which Kestrel is it?")
    sent(make_vendor(max_pm, "Alder"), max_pm)
    failed = sent(make_vendor(max_pm, "Birch"), max_pm)
    ErpItem.objects.filter(pk=failed.erp_id).update(status=Status.FAILED)
    Submission.objects.filter(item=failed.erp).update(
        work=Work.PARKED, reason="The name is taken.", cure_by="project manager", cure_url="/vendors/"
    )
    make_commitment(max_pm, status=CommitmentStatus.DRAFT, vendor=make_vendor(max_pm, "Cedar"))

    page = home(client, max_pm)

    assert "1 record to correct" in page
    assert page.index("Which Kestrel is it?") < page.index("Where your records are") < page.index("Not sent yet")
    assert re.search(r"Alder</a>.*?With accounting.*?<td data-label=\"With\">Ada</td>", page)
    assert re.search(r"Birch</a>.*?You<small>The name is taken. <a class=\"nowrap\" href=\"/vendors/\"", page)
    assert "The status is Draft. Only an approved commitment goes to accounting." in page
    assert "The vendor Cedar is not in QuickBooks and not with accounting. Send it, or link it, first." in page

    address = f"/review/{wrong.erp_id}/send/"
    assert f'action="{address}"' in page
    answered = client.post(address, {"reply": " The one in Mill Street. "}, headers={"Referer": "http://testserver/"})
    assert (answered.status_code, answered["Location"]) == (302, "/")
    client.force_login(ada.user)
    review = client.get(f"/review/{wrong.erp_id}/").content.decode()
    assert "Which Kestrel is it?" in review
    assert "<blockquote>The one in Mill Street.</blockquote>" in review
    with pytest.raises(InvalidInput, match="longer than 2,000"):
        operations.send(failed.erp, by=max_pm, reply="x" * 2001)


def test_a_sender_sees_his_own_records_and_none_of_others_by_name(
    client: Client, ada: Membership, max_pm: Membership, vic: Membership, olga: Membership
) -> None:
    mia = make_member(max_pm.company, "Mia", Role.PROJECT_MANAGER)
    rejected(make_vendor(mia, "Dogwood"), mia, decided_by=ada)
    rejected(make_vendor(max_pm, "Elm"), mia, decided_by=ada)
    make_vendor(olga, "Fir")

    told = {member: whereabouts_of(member) for member in (max_pm, mia, vic, olga)}

    assert told[vic] is None
    backs = {
        str(member): ([own.item.label for own in found.given_back.rows], found.given_back_to_others)
        for member, found in told.items()
        if found
    }
    assert backs == {"Max": (["Elm"], 1), "Mia": (["Dogwood", "Elm"], 0), "Olga": ([], 0)}
    assert "1 record was given back to others in the company." in home(client, max_pm)
    # The menu counts what the page does.
    inboxes = {str(one): waiting_counts(one, states_for(one))["Inbox"] for one in (max_pm, mia, vic, olga)}
    assert inboxes == {"Max": 1, "Mia": 2, "Vic": 0, "Olga": 0}
    page = home(client, vic)
    assert "Nothing waits for you" in page
    assert "Given back to you" not in page
    assert "Held up, by cause" in page


def test_what_was_given_up_is_nothing_to_correct(client: Client, max_pm: Membership, ada: Membership) -> None:
    order = rejected(make_commitment(max_pm), max_pm, decided_by=ada)
    vendor = rejected(make_vendor(max_pm, "Nobody"), max_pm, decided_by=ada)
    change = rejected(make_change_order(max_pm), max_pm, decided_by=ada)
    kept = synced(make_vendor(max_pm, "Kept"))
    VENDORS.edit(kept, VendorDetails(name="Kept", phone="555"), by=max_pm, seen=kept.edition)
    assert "3 records to correct" in home(client, max_pm)

    set_status(order, CommitmentStatus.VOID, by=max_pm)
    VENDORS.set_active(vendor, False, by=max_pm)
    VENDORS.set_active(kept, False, by=max_pm)
    ChangeOrder.objects.filter(pk=change.pk).update(status=ChangeStatus.VOID)

    page = home(client, max_pm)
    assert "to correct" not in page
    assert "Nothing that you sent was given back." in page
    assert waiting_counts(max_pm, states_for(max_pm))["Inbox"] == 0
    told = whereabouts_of(max_pm)
    assert told
    # QuickBooks has the one that it took otherwise than it is here now, whatever was done with it since.
    assert (told.given_back.count, [own.item.label for own in told.not_sent.rows]) == (0, ["Kept"])
    assert told.given_back_to_others == 0
    other = make_member(max_pm.company, "Paul", Role.PROJECT_MANAGER)
    assert whereabouts_of(other).given_back_to_others == 0  # type: ignore[union-attr]  # they may send


def test_with_whom_it_is_is_said_where_nobody_may_decide_or_many_may(max_pm: Membership) -> None:
    sent(make_vendor(max_pm), max_pm)

    def holder() -> str:
        found = whereabouts_of(max_pm)
        assert found
        return found.under_way.rows[0].holder

    assert holder() == "Nobody"
    for name in ("Ada", "Bea", "Cy", "Di"):
        make_member(max_pm.company, name, Role.ACCOUNTANT, exports=[Kind.VENDOR])
    assert holder() == "Ada, Bea or 2 more"
    KindPrivilege.objects.create(membership=max_pm, kind=Kind.VENDOR, can_export=True)
    assert holder() == "Ada, Bea or 2 more"  # they sent it themselves


# -- who keeps it running ------------------------------------------------------------------------------------------


def titles(member: Membership) -> list[tuple[str, str]]:
    """What is to do for `member`: how urgent, and what."""
    found = chores_of(member)
    return [(one.level, one.title) for one in found.rows] if found else []


def test_an_administrator_is_told_what_is_to_set_up_and_each_goes_away_with_its_cure(
    client: Client, company: Company, alma: Membership, max_pm: Membership, ian: Membership, vic: Membership
) -> None:
    sent(make_vendor(max_pm), max_pm)
    bob = make_member(company, "Bob", Role.ACCOUNTANT)

    assert titles(vic) == []
    assert titles(bob) == [("stop", "Connection")]
    assert titles(alma) == [
        ("stop", "Connection"),
        ("stop", "Approvers"),
        ("look", "Approvers"),
        ("look", "People without rights"),
        ("wait", "Invitations"),
        ("wait", "Invoice contacts"),
    ]
    page = home(client, alma)
    assert "2 things keep records from going" in page
    assert "QuickBooks is not connected: what is accepted waits here until an administrator connects it." in page
    assert "Nobody may decide on vendors, and 1 record waits for a decision." in page
    assert "Bob may neither decide on records nor import any" in page
    assert "Ian is on no commitment" in page

    KindPrivilege.objects.bulk_create(KindPrivilege(membership=bob, kind=kind, can_export=True) for kind in Kind)
    User.objects.update(last_login=timezone.now())
    synced(make_commitment(max_pm)).invoice_contacts.add(ian)
    Connection.objects.create(company=company, realm_id="1", environment="emulator", company_name="Books", country="US")
    left = titles(alma)
    assert not {"Connection", "Approvers", "People without rights", "Invitations", "Invoice contacts"} & {
        title for _, title in left if title != "Connection"
    }
    assert ("stop", "Retainage item") in left
    assert ("wait", "Mappings") in left
    assert len({title for _, title in left}) == len(left)  # each step once, though two lists name it


def test_what_is_most_urgent_comes_first(ada: Membership, max_pm: Membership, alma: Membership) -> None:
    def order(member: Membership) -> list[str]:
        return [block.template.removeprefix("home/").removesuffix(".html") for block in blocks_of(member)]

    KindPrivilege.objects.bulk_create(KindPrivilege(membership=alma, kind=kind, can_export=True) for kind in Kind)
    assert order(alma) == ["chores", "to_decide", "own", "held_up"]  # nothing is connected
    Connection.objects.create(company=alma.company, realm_id="1", environment="emulator")
    rejected(make_vendor(alma), alma, decided_by=ada)
    assert order(max_pm) == ["own", "held_up"]
    assert order(alma)[:2] in (["own", "chores"], ["chores", "own"])


# -- for everybody -------------------------------------------------------------------------------------------------


def test_more_records_cost_no_more_queries(
    client: Client, alma: Membership, ada: Membership, max_pm: Membership
) -> None:
    KindPrivilege.objects.bulk_create(KindPrivilege(membership=alma, kind=kind, can_export=True) for kind in Kind)
    client.force_login(alma.user)

    def six_of_each() -> int:
        commitment = synced(make_commitment(max_pm))
        for _ in range(6):
            rejected(make_vendor(alma), alma, decided_by=ada)
            sent(make_vendor(alma), alma)
            make_vendor(alma)
            make_commitment(max_pm, commitment.project, commitment.vendor, lines=["10.00"])
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return len(seen)

    before = six_of_each()
    assert six_of_each() == before
    assert before <= QUERIES, before


#: All parts of the page for one person, who has every right: the frame, the figures and the plots with them.
QUERIES = 75


def test_another_company_sees_none_of_it(client: Client, max_pm: Membership, ada: Membership, olga: Membership) -> None:
    rejected(make_vendor(max_pm, "Kestrel"), max_pm, decided_by=ada)
    make_commitment(max_pm, lines=["98765.00"])

    page = home(client, olga)

    assert "Kestrel" not in page
    assert "98,765.00" not in page
    assert "No commitment yet" in page


def test_the_money_of_jobs_stands_in_bars_and_in_a_table(client: Client, max_pm: Membership) -> None:
    made = synced(make_commitment(max_pm, lines=["1200.00"]))
    Connection.objects.create(
        company=max_pm.company, realm_id="1", environment="emulator", features={HOME_CURRENCY: "CAD"}
    )

    page = home(client, max_pm)

    assert f'<li><a href="/projects/{made.project_id}/">{made.project.name}</a><small>1,200.00 committed' in page
    assert "in CAD" in page
    assert "<td data-label='Committed' class='num'>1,200.00</td>" in page
    assert "Nothing was paid in the last weeks and no bill is due in the next." in page

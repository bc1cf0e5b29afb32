"""What people sent themselves is another's to accept, where the company wants that: their counts and its row say so."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.acceptance import digest as summaries_by_mail
from procore_sync.acceptance import operations, selectors
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.summaries import to_decide
from procore_sync.accounts.models import KindPrivilege, Membership, Role
from procore_sync.kit.kinds import Kind
from tests.acceptance.conftest import new_invoice
from tests.acceptance.test_amount_rules import counts
from tests.factories import make_member
from tests.scenes import kept

HIS = "You sent it yourself, so somebody else has to accept it."


@pytest.fixture
@kept
def pia(company: object, max_pm: Membership) -> Membership:
    """Pia, project manager, who decides on invoices too."""
    return make_member(max_pm.company, "Pia", Role.PROJECT_MANAGER, exports=[Kind.INVOICE])


@pytest.fixture
@kept
def own(sent_invoice: ErpItem, pia: Membership) -> ErpItem:
    """Sent by Pia, beside the one that Max sent."""
    item = new_invoice(pia, "Application 4")
    operations.send(item, by=pia)
    return item


def page_of(member: Membership, address: str) -> str:
    browser = Client()
    browser.force_login(member.user)
    return browser.get(address).content.decode()


def test_no_count_of_his_has_what_he_sent_himself(
    own: ErpItem, sent_invoice: ErpItem, pia: Membership, ada: Membership
) -> None:
    assert counts(pia) == (2, 1, 1, 1, 1)
    assert counts(ada) == (2, 2, 2, 2, 2)
    assert [row.count for row in to_decide(pia).kinds] == [1]
    assert selectors.next_to_decide(pia, sent_invoice) is None
    assert selectors.next_to_decide(ada, sent_invoice) == own


def test_where_the_sender_may_accept_it_is_his(own: ErpItem, pia: Membership) -> None:
    pia.company.four_eyes = False
    pia.company.save()
    assert counts(pia) == (2, 2, 2, 2, 2)
    assert HIS not in page_of(pia, "/inbox/")


def test_the_mail_does_not_name_what_he_cannot_accept(own: ErpItem, sent_invoice: ErpItem, pia: Membership) -> None:
    told = summaries_by_mail._summary(pia, own.created_at)
    assert told
    assert "1 record waits for your decision" in str(told.line)
    operations.retrieve(sent_invoice, by=pia)
    assert summaries_by_mail._summary(pia, own.created_at) is None


def test_the_row_says_why_to_who_would_decide(own: ErpItem, pia: Membership, ada: Membership) -> None:
    assert page_of(pia, "/inbox/").count(HIS) == 1
    assert HIS not in page_of(ada, "/inbox/")
    KindPrivilege.objects.filter(membership=pia).delete()
    assert HIS not in page_of(pia, "/inbox/")


def test_home_says_that_nothing_waits_for_him(own: ErpItem, sent_invoice: ErpItem, pia: Membership) -> None:
    assert "Application 3" in page_of(pia, "/")
    operations.retrieve(sent_invoice, by=pia)
    assert "Nothing that was sent waits for your decision." in page_of(pia, "/")

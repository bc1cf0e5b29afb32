"""The QuickBooks pages: who sees and does what, and what they say."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership
from quickbooks_bridge.models import Connection, Cursor, ImportCandidate, LedgerName, Link, Mapping
from quickbooks_bridge.names import names_of
from tests.factories import make_vendor, sent
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess
from vendors.models import Vendor

SignIn = Callable[[Membership], Client]


@pytest.fixture
def sign_in(client: Client) -> SignIn:
    def as_member(member: Membership) -> Client:
        client.force_login(member.user)
        return client

    return as_member


def in_quickbooks(row: Connection, name: str) -> LedgerName:
    return names_of(row.company_id, "Vendor").get(name=name)


def test_it_asks_who_is_signed_out_to_sign_in(client: Client, db: None) -> None:
    assert client.get(reverse("quickbooks_bridge:connection")).status_code == 302


@pytest.mark.parametrize("where", ["connection", "mappings", "candidates"])
def test_every_page_opens_before_anything_is_connected(sign_in: SignIn, alma: Membership, where: str) -> None:
    assert sign_in(alma).get(reverse(f"quickbooks_bridge:{where}")).status_code == 200


@pytest.mark.parametrize("where", ["connection", "mappings", "candidates"])
def test_every_page_opens_once_names_are_read(sign_in: SignIn, ada: Membership, books: Connection, where: str) -> None:
    answer = sign_in(ada).get(reverse(f"quickbooks_bridge:{where}"))
    assert answer.status_code == 200
    assert "token" not in answer.content.decode().lower() or books.refresh_token not in answer.content.decode()


def test_the_page_follows_the_first_reading_of_names_and_rests_then(
    sign_in: SignIn, alma: Membership, books: Connection
) -> None:
    client, address = sign_in(alma), reverse("quickbooks_bridge:connection")
    asks_again = f'id="names" data-poll data-stamp="{"0 " * 8}" hx-get="{address}"'
    assert 'id="names">' in client.get(address).content.decode()
    LedgerName.objects.all().delete()
    Cursor.objects.update(last_run_at=None)
    assert asks_again in client.get(address).content.decode()
    Cursor.objects.update(error="QuickBooks refused it.")
    assert asks_again not in client.get(address).content.decode()
    Cursor.objects.all().delete()
    assert "data-poll" in client.get(address).content.decode().split('id="names"')[1][:20]


def test_an_administrator_connects_through_the_consent_page(
    sign_in: SignIn, alma: Membership, emulator: EmulatorProcess
) -> None:
    client = sign_in(alma)
    to_intuit = client.post(reverse("quickbooks_bridge:connect"))
    (url,) = set(re.findall(r'href="(http[^"]+connect/oauth2[^"]+)"', to_intuit.content.decode()))
    asked = dict(parse_qsl(urlsplit(unescape(url)).query))
    assert len(asked["state"]) > 30
    back = emulator.control("authorize", {**asked, "realm": REALM})["redirect"]
    parts = urlsplit(back)
    answer = client.get(f"{parts.path}?{parts.query}", follow=True)
    assert "Connected to Harbor Row Builders" in answer.content.decode()
    assert "quickbooks_consent" not in client.session
    assert client.get(f"{parts.path}?{parts.query}").status_code == 409


def test_only_an_administrator_may_connect_disconnect_or_pause(
    sign_in: SignIn, ada: Membership, books: Connection
) -> None:
    client = sign_in(ada)
    for page in ("connect", "disconnect", "halt", "resume", "mode"):
        assert client.post(reverse(f"quickbooks_bridge:{page}")).status_code == 403
    books.refresh_from_db()
    assert books.is_connected


def test_an_invoice_contact_sees_none_of_it(sign_in: SignIn, ian: Membership, books: Connection) -> None:
    client = sign_in(ian)
    row = in_quickbooks(books, "O'Brien Excavating")
    assert client.get(reverse("quickbooks_bridge:connection")).status_code == 403
    assert client.post(reverse("quickbooks_bridge:add", args=[row.pk])).status_code == 404
    assert "O&#x27;Brien" not in client.get(reverse("quickbooks_bridge:candidates")).content.decode()


@pytest.mark.parametrize("act", ["add", "link", "archive", "bring_back", "dismiss"])
def test_another_companys_names_do_not_exist(sign_in: SignIn, olga: Membership, books: Connection, act: str) -> None:
    row = in_quickbooks(books, "O'Brien Excavating")
    assert sign_in(olga).post(reverse(f"quickbooks_bridge:{act}", args=[row.pk]), {"item": "1"}).status_code == 404


def test_another_companys_record_cannot_be_linked(
    sign_in: SignIn, ada: Membership, olga: Membership, books: Connection
) -> None:
    theirs = make_vendor(olga, "O'Brien Excavating")
    row = in_quickbooks(books, "O'Brien Excavating")
    answer = sign_in(ada).post(reverse("quickbooks_bridge:link", args=[row.pk]), {"item": str(theirs.erp.pk)})
    assert answer.status_code == 404
    assert not Link.objects.exists()


def test_a_name_is_added_as_a_linked_record(sign_in: SignIn, ada: Membership, books: Connection) -> None:
    row = in_quickbooks(books, "O'Brien Excavating")
    sign_in(ada).post(reverse("quickbooks_bridge:add", args=[row.pk]))
    vendor = Vendor.objects.get(name="O'Brien Excavating")
    assert vendor.erp.status == Status.SYNCED
    assert Link.objects.get(item=vendor.erp).remote_id == row.remote_id


def test_who_may_not_import_is_told_so(sign_in: SignIn, vic: Membership, books: Connection) -> None:
    row = in_quickbooks(books, "O'Brien Excavating")
    assert sign_in(vic).post(reverse("quickbooks_bridge:add", args=[row.pk])).status_code == 403
    assert not Vendor.objects.exists()


def test_an_archived_name_can_be_brought_back(sign_in: SignIn, ada: Membership, books: Connection) -> None:
    client, page = sign_in(ada), reverse("quickbooks_bridge:candidates")
    row = in_quickbooks(books, "O'Brien Excavating")
    client.post(reverse("quickbooks_bridge:archive", args=[row.pk]))
    assert f'id="name-{row.pk}"' not in client.get(page).content.decode()
    assert f'id="name-{row.pk}"' in client.get(f"{page}?view=archived").content.decode()
    client.post(reverse("quickbooks_bridge:bring_back", args=[row.pk]))
    assert f'id="name-{row.pk}"' in client.get(page).content.decode()


def seen_in(page: str) -> str:
    """What stands for the exact matches that a page shows."""
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found
    return found[1]


def test_link_all_links_what_was_seen_and_nothing_else(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    same = make_vendor(max_pm, "o'brien excavating")
    near = make_vendor(max_pm, "Keystone Steel Erectors")
    client, page = sign_in(ada), reverse("quickbooks_bridge:link_all")
    first = client.get(reverse("quickbooks_bridge:candidates")).content.decode()
    assert "Link the exact match<" in first
    # One goes and another comes: as many as before, and not the one that was seen.
    client.post(reverse("quickbooks_bridge:archive", args=[in_quickbooks(books, "O'Brien Excavating").pk]))
    other = make_vendor(max_pm, "Ace Electric Co")
    for seen in (seen_in(first), "", "1"):
        told = client.post(page, {"entity": "vendor", "seen": seen}, follow=True)
        assert told.redirect_chain == [("/quickbooks/import/?entity=vendor", 302)]
        assert "There are other exact matches now than those you looked at: 1." in told.content.decode()
    assert not Link.objects.exists()
    client.post(reverse("quickbooks_bridge:bring_back", args=[in_quickbooks(books, "O'Brien Excavating").pk]))
    client.post(reverse("quickbooks_bridge:archive", args=[in_quickbooks(books, "Ace Electric Co").pk]))
    client.post(page, {"entity": "vendor", "seen": seen_in(first)})
    other.erp.refresh_from_db()
    assert other.erp.status == Status.NOT_SENT
    same.erp.refresh_from_db()
    near.erp.refresh_from_db()
    assert (same.erp.status, near.erp.status) == (Status.SYNCED, Status.NOT_SENT)


def ids(books: Connection, *names: str) -> list[str]:
    return [str(in_quickbooks(books, name).pk) for name in names]


def test_what_is_ticked_is_added_each_by_itself_and_says_why_it_stayed(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    make_vendor(max_pm, "ACE ELECTRIC CO")
    client, page = sign_in(ada), f"{reverse('quickbooks_bridge:candidates')}?entity=vendor&q=e"
    answer = client.post(page, {"do": "add", "chosen": ids(books, "O'Brien Excavating", "Ace Electric Co")})
    body = answer.content.decode()
    assert "1 of 2 are here now and linked." in body
    told = re.search(r"<h2>Not added</h2>.*?</section>", body, re.DOTALL)
    assert told
    assert "Ace Electric Co</a> There is a vendor ACE ELECTRIC CO already" in told[0]
    assert [one.name for one in Vendor.objects.filter(erp__status=Status.SYNCED)] == ["O'Brien Excavating"]

    again = client.post(page, {"do": "add", "chosen": ids(books, "O'Brien Excavating")})
    assert "O&#x27;Brien Excavating” is" in again.content.decode()
    client.post(reverse("quickbooks_bridge:archive", args=ids(books, "Ace Electric Co")))
    there = client.post(page, {"do": "add", "chosen": ids(books, "Keystone Steel Erectors, LLC")})
    assert (there.status_code, there["Location"]) == (302, page)


def test_what_is_ticked_is_put_away_in_one_press_and_few_queries(
    sign_in: SignIn, ada: Membership, books: Connection, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    client, page = sign_in(ada), reverse("quickbooks_bridge:candidates")
    chosen = ids(books, "O'Brien Excavating", "Ace Electric Co", "Keystone Steel Erectors, LLC")
    with django_assert_max_num_queries(16):
        client.post(page, {"do": "archive", "chosen": chosen})
    body = client.get(f"{page}?view=archived").content.decode()
    assert [f'id="name-{pk}"' in body for pk in chosen] == [True] * 3
    client.post(reverse("quickbooks_bridge:bring_back", args=[chosen[0]]))
    client.post(page, {"do": "archive", "chosen": chosen})
    assert f'id="name-{chosen[0]}"' in client.get(f"{page}?view=archived").content.decode()


def test_all_without_a_match_are_ticked_by_a_link(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    make_vendor(max_pm, "Keystone Steel Erectors")
    body = sign_in(ada).get(f"{reverse('quickbooks_bridge:candidates')}?ticked=1").content.decode()
    ticked = re.findall(r'value="(\d+)" form="chosen" checked', body)
    near = in_quickbooks(books, "Keystone Steel Erectors, LLC").pk
    assert str(near) not in ticked
    assert set(ids(books, "O'Brien Excavating", "Ace Electric Co")) <= set(ticked)


def test_nothing_ticked_and_nobodys_right_are_told(
    sign_in: SignIn, ada: Membership, vic: Membership, olga: Membership, books: Connection
) -> None:
    page, chosen = reverse("quickbooks_bridge:candidates"), ids(books, "O'Brien Excavating")
    none = sign_in(ada).post(f"{page}?entity=vendor&q=brien", {"do": "add"}, follow=True)
    assert none.redirect_chain == [(f"{page}?entity=vendor&q=brien", 302)]
    assert "Tick at least one record first." in none.content.decode()
    for member in (vic, olga):
        for act in ("add", "archive"):
            assert sign_in(member).post(page, {"do": act, "chosen": chosen}).status_code == 403
    assert not Vendor.objects.exists()
    assert not ImportCandidate.objects.exists()


def test_what_one_row_could_not_do_is_told_on_the_list_that_it_was_pressed_in(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    make_vendor(max_pm, "ACE ELECTRIC CO")
    row, here = in_quickbooks(books, "Ace Electric Co"), f"{reverse('quickbooks_bridge:candidates')}?entity=vendor&q=ac"
    answer = sign_in(ada).post(reverse("quickbooks_bridge:add", args=[row.pk]), {"next": here}, follow=True)
    assert answer.redirect_chain == [(here, 302)]
    assert "There is a vendor ACE ELECTRIC CO already" in answer.content.decode()
    assert not Link.objects.exists()


def test_what_is_not_the_same_is_told_by_both_its_names(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    row, ours = in_quickbooks(books, "O'Brien Excavating"), make_vendor(max_pm, "O'Brien Excavation Inc.")
    dismiss = reverse("quickbooks_bridge:dismiss", args=[row.pk])
    answer = sign_in(ada).post(dismiss, {"item": ours.erp.pk}, follow=True)
    told = "O'Brien Excavating will not be matched with O'Brien Excavation Inc. again."
    assert told in unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("view=archived", "What is put away from this list is shown here, and can be brought back."),
        ("view=linked", "Names in this list that are linked to a record are shown here."),
        ("q=zzz", "Clear the filter to see all of them."),
        ("view=archived&q=zzz", "Clear the filter to see all of them."),
    ],
)
def test_an_empty_list_says_what_is_not_there(
    sign_in: SignIn, ada: Membership, books: Connection, query: str, told: str
) -> None:
    body = sign_in(ada).get(f"{reverse('quickbooks_bridge:candidates')}?{query}").content.decode()
    assert told in body
    assert "Every name of this list is linked or put away" not in body


def test_it_returns_only_to_pages_of_the_console(sign_in: SignIn, ada: Membership, books: Connection) -> None:
    row = in_quickbooks(books, "O'Brien Excavating")
    answer = sign_in(ada).post(
        reverse("quickbooks_bridge:archive", args=[row.pk]), {"next": "https://elsewhere.example/"}
    )
    assert answer["Location"].startswith("/quickbooks/")


def test_an_accountant_sets_default_accounts(sign_in: SignIn, ada: Membership, books: Connection) -> None:
    income = names_of(books.company_id, "Account").get(name="Construction Income")
    client, page = sign_in(ada), reverse("quickbooks_bridge:mappings")
    client.post(page, {"income_account": income.remote_id})
    assert Mapping.objects.get(thing="income_account").remote_id == income.remote_id
    assert client.post(page, {"income_account": "999999"}).status_code == 422


def test_the_page_of_a_record_offers_the_nearest_names_first(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    vendor = make_vendor(max_pm, "Keystone Steel Erectors")
    body = sign_in(ada).get(reverse("quickbooks_bridge:link_item", args=[vendor.erp.pk])).content.decode()
    assert body.index("Keystone Steel Erectors, LLC") < body.index("Ace Electric Co")
    none = sign_in(ada).get(reverse("quickbooks_bridge:link_item", args=[vendor.erp.pk]), {"q": "0000"})
    assert "Nothing like it" in none.content.decode()


def test_the_page_of_a_record_says_that_its_name_is_taken_by_what_it_can_never_be(
    sign_in: SignIn, ada: Membership, max_pm: Membership, books: Connection
) -> None:
    client = sign_in(ada)
    taken = names_of(books.company_id, "Customer").filter(active=True)[0].name
    for name, is_told in (("Nobody's Steel", False), (taken.upper(), True)):
        vendor = make_vendor(max_pm, name)
        body = client.get(reverse("quickbooks_bridge:link_item", args=[vendor.erp.pk])).content.decode()
        assert ("stands in QuickBooks already (customer) and cannot be linked with this record." in body) is is_told
        assert ("Change its name before it is sent." in body, "Reject the record" in body) == (is_told, False)
    sent(vendor, max_pm)
    body = client.get(reverse("quickbooks_bridge:link_item", args=[vendor.erp.pk])).content.decode()
    assert "Reject the record, so that its name can be changed." in body


def test_a_pause_by_hand_is_lifted_by_hand(sign_in: SignIn, alma: Membership, books: Connection) -> None:
    client = sign_in(alma)
    client.post(reverse("quickbooks_bridge:halt"))
    books.refresh_from_db()
    assert books.is_halted
    client.post(reverse("quickbooks_bridge:resume"))
    books.refresh_from_db()
    assert not books.is_halted


def test_it_shows_no_name_of_another_company(
    sign_in: SignIn, olga: Membership, books: Connection, emulator: EmulatorProcess
) -> None:
    client = sign_in(olga)
    for page in ("connection", "mappings", "candidates"):
        body = client.get(reverse(f"quickbooks_bridge:{page}")).content.decode()
        assert "Harbor Row" not in body
        assert "Excavating" not in body
    assert Cursor.objects.filter(company=books.company).exists()
    assert OTHER_REALM not in body

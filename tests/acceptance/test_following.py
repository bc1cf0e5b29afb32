"""How a page follows its list: cheap when nothing changed, the record alone where the list is there already."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from procore_sync.acceptance import operations
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.accounts.models import Company, Membership, Role
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger

FOLLOWS = {"HX-Request": "true", "HX-Target": "rows"}
OPENS = {"HX-Request": "true", "HX-Target": "record"}


def signed_in(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def test_a_list_that_did_not_change_is_not_sent_again(sent_invoice: ErpItem, ada: Membership) -> None:
    browser = signed_in(ada)
    first = browser.get("/inbox/", headers=FOLLOWS)
    assert first.status_code == 200
    assert "<header" not in first.content.decode()
    again = browser.get("/inbox/", headers={**FOLLOWS, "If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")

    sent_invoice.submissions.update(reason="Waits for vendor Kestrel.")
    assert browser.get("/inbox/", headers={**FOLLOWS, "If-None-Match": first["ETag"]}).status_code == 200


def test_the_cost_of_following_does_not_grow(paper: PaperLedger, max_pm: Membership, ada: Membership) -> None:
    browser = signed_in(ada)
    items = [new_invoice(max_pm, f"Application {number}") for number in range(30)]
    counts = []
    for some in (items[:2], items[2:]):
        for item in some:
            operations.send(item, by=max_pm)
        pks = [item.pk for item in some]
        etag = browser.get("/inbox/", headers=FOLLOWS)["ETag"]
        with CaptureQueriesContext(connection) as listed:
            browser.get("/inbox/", headers={**FOLLOWS, "If-None-Match": etag})
        with CaptureQueriesContext(connection) as followed:
            browser.get("/inbox/rows/", {"of": pks})
        counts.append((len(listed), len(followed)))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 14


def test_only_rows_that_he_sees_are_followed(
    sent_invoice: ErpItem, ada: Membership, accept: Callable[[ErpItem], Submission]
) -> None:
    accept(sent_invoice)
    assert "data-follow" in signed_in(ada).get("/inbox/rows/", {"of": sent_invoice.pk}).content.decode()
    olga = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ACCOUNTANT, decides=True)
    assert "<li" not in signed_in(olga).get("/inbox/rows/", {"of": sent_invoice.pk}).content.decode()


def test_a_record_comes_alone_unless_the_list_is_wanted(sent_invoice: ErpItem, ada: Membership) -> None:
    browser, address = signed_in(ada), f"/review/{sent_invoice.pk}/"
    alone = browser.get(address, headers=OPENS).content.decode()
    assert 'id="record"' in alone
    assert 'id="rows"' not in alone
    both = browser.get(address, headers={**OPENS, "HX-Rows": "wanted"})
    assert 'id="rows"' in both.content.decode()
    whole = browser.get(address).content.decode()
    assert 'id="rows"' in whole
    assert whole.index('class="skip" href="#record"') < whole.index('class="item')  # a way past the list, by key


def test_single_keys_are_switched_off_for_the_person(ada: Membership) -> None:
    browser = signed_in(ada)
    assert 'data-keys="off"' not in browser.get("/inbox/").content.decode()
    assert browser.post("/keys/").status_code == 204
    assert 'data-keys="off"' in signed_in(ada).get("/inbox/").content.decode()
    browser.post("/keys/", {"on": "on"})
    assert 'data-keys="off"' not in browser.get("/inbox/").content.decode()


def test_the_search_keeps_the_list_in_which_it_stands(sent_invoice: ErpItem, ada: Membership) -> None:
    browser = signed_in(ada)
    page = browser.get("/inbox/?view=failed&project=7&q=lofts&page=2").content.decode()
    form = page.partition('role="search"')[2].partition("</form>")[0]
    assert re.findall(r'type="hidden" name="(\w+)" value="(\w+)"', form) == [("view", "failed"), ("project", "7")]
    assert 'value="lofts"' in form
    assert "/search/?q=lofts" in page  # nothing is found there: everything can be searched
    elsewhere = browser.get("/job-costs/transactions/?q=lofts").content.decode()
    form = elsewhere.partition('role="search"')[2].partition("</form>")[0]
    assert 'type="hidden"' not in form
    assert 'value=""' in form


def test_a_page_that_stands_open_hears_what_waits_by_now(sent_invoice: ErpItem, ada: Membership) -> None:
    browser = signed_in(ada)
    bell = browser.get("/notices/bell/").content.decode()
    assert dict(re.findall(r'data-counted="([\w ]+)">(\d*)<', bell)) == {
        "Inbox": "1",
        "Failed": "",
        "Ready to import": "",
        "Changed there": "",
    }
    first = browser.get("/inbox/", headers=FOLLOWS)
    assert '<data data-counted="late"></data>' in first.content.decode()
    sent_invoice.status_changed_at -= timedelta(days=30)
    sent_invoice.save()
    late = browser.get("/inbox/", headers={**FOLLOWS, "If-None-Match": first["ETag"]})
    assert '<data data-counted="late">1 late</data>' in late.content.decode()

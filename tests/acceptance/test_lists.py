"""Lists of the inbox in an order, of what is late, and kept under a name: each of the person who asks."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from procore_sync.acceptance import columns, items, narrowing, operations, piles, saved_views, selectors
from procore_sync.acceptance.models import ErpItem, SavedView
from procore_sync.acceptance.states import Action, Status
from procore_sync.accounts.models import Company, Membership, Role, User
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput
from tests.acceptance.conftest import decides_on_commitments, member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.projects.test_pages import queries


@pytest.fixture
def four(paper: PaperLedger, max_pm: Membership) -> list[ErpItem]:
    """Sent 5, 3, 2 and 0 days ago, of 10, 40, no and 20 dollars, named D to A."""
    found = []
    for name, days, amount in (("D", 5, "10.00"), ("C", 3, "40.00"), ("B", 2, None), ("A", 0, "20.00")):
        item = new_invoice(max_pm, name)
        operations.send(item, by=max_pm)
        at = timezone.now() - timedelta(days=days, minutes=1)
        ErpItem.objects.filter(pk=item.pk).update(status_changed_at=at, amount=amount and Decimal(amount))
        item.refresh_from_db()
        found.append(item)
    return found


def signed_in(who: Membership) -> Client:
    client = Client()
    client.force_login(who.user)
    return client


def names(member: Membership, **asked: str) -> str:
    return "".join(item.label for item in selectors.listed(member, asked))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("", "DCBA"),
        ("oldest", "DCBA"),
        ("newest", "ABCD"),
        ("most", "CADB"),
        ("least", "DACB"),
        ("name", "ABCD"),
        ("x", "DCBA"),
    ],
)
def test_a_list_comes_in_the_order_that_was_chosen(
    four: list[ErpItem], ada: Membership, sort: str, expected: str
) -> None:
    assert names(ada, sort=sort) == expected


def test_what_waits_longer_than_agreed_is_late(four: list[ErpItem], ada: Membership) -> None:
    assert (names(ada, late="1"), selectors.late_count(ada, {})) == ("DC", 2)
    page = signed_in(ada).get("/inbox/").content.decode()
    assert page.count(", late</time>") == 2
    assert "2 late" in page
    assert [row.item.label for row in piles.pile_for(ada, Action.ACCEPT, {"late": "1"}).rows] == ["D", "C"]

    Company.objects.update(late_after_days=5)
    assert names(Membership.objects.get(pk=ada.pk), late="1") == "D"
    Company.objects.update(late_after_days=0)
    assert "late" not in signed_in(ada).get("/inbox/").content.decode().replace("late=", "")


def test_the_next_to_decide_is_the_next_of_the_list(four: list[ErpItem], ada: Membership) -> None:
    d, c, b, a = four

    def after(item: ErpItem, **asked: str) -> ErpItem | None:
        return selectors.next_to_decide(ada, item, asked)

    assert (after(c, sort="most"), after(a, sort="most"), after(d, sort="name")) == (a, d, a)
    assert (after(d, late="1"), after(c, late="1"), after(d, q="b")) == (c, d, b)
    assert after(d, q="nothing like it") is None


def test_who_has_worked_off_a_narrowed_list_stays_in_it(four: list[ErpItem], ada: Membership) -> None:
    d, c, *_ = four
    browser = signed_in(ada)

    def rejected(item: ErpItem, query: str) -> str:
        stood_on = f"http://testserver/review/{item.pk}/?{query}"
        answer = browser.post(f"/review/{item.pk}/reject/", {"comment": "Not ours"}, HTTP_REFERER=stood_on)
        return answer["Location"]

    narrowed = "view=ready_to_export&q=d"
    assert rejected(d, narrowed) == f"/inbox/?{narrowed}"
    assert "No record in this list has these words" in browser.get(f"/inbox/?{narrowed}").content.decode()
    assert "/review/" in rejected(c, "view=ready_to_export&sort=name"), "an order alone narrows nothing"


def test_beside_what_was_decided_last_it_is_told_why_it_is_still_there(four: list[ErpItem], ada: Membership) -> None:
    browser, empty = signed_in(ada), "/inbox/?view=failed"
    decided = browser.get(empty, headers={"HX-Request": "true", "HX-Target": "record"}).content.decode()
    assert "Nothing left to open" in decided
    assert "What you decided stays in sight until the list is opened anew." in decided
    anew = browser.get(empty).content.decode()
    assert ("Nothing to open" in anew, "Nothing left to open" in anew) == (True, False)


def test_next_and_how_many_more_are_of_the_list_that_is_shown(four: list[ErpItem], ada: Membership) -> None:
    d, c, b, a = four
    browser = signed_in(ada)
    ErpItem.objects.filter(pk__in=(c.pk, b.pk)).update(status=Status.FAILED)

    def shown(item: ErpItem, query: str = "") -> tuple[str, str]:
        page = browser.get(f"/review/{item.pk}/{query}").content.decode()
        to, more = re.search(r'href="/review/(\d+)/[^"]*">Next<', page), re.search(r">(\d+) more<", page)
        return (to[1] if to else "", more[1] if more else "")

    assert shown(c, "?view=failed") == shown(c) == (str(b.pk), "1")
    assert shown(d, "?view=ready_to_export") == shown(d) == (str(a.pk), "1")
    assert shown(d, "?view=ready_to_export&q=d") == ("", "")
    ErpItem.objects.filter(pk=b.pk).update(status=Status.SYNCED)
    assert shown(c, "?view=failed") == shown(b, "?view=synced") == ("", "")


def test_who_decides_in_a_view_goes_on_in_it_and_stays_with_it(four: list[ErpItem], ada: Membership) -> None:
    _, c, b, _ = four
    browser = signed_in(ada)
    ErpItem.objects.filter(pk__in=(c.pk, b.pk)).update(status=Status.FAILED)

    def rejected(item: ErpItem) -> str:
        stood_on = f"http://testserver/review/{item.pk}/?view=failed"
        answer = browser.post(f"/review/{item.pk}/reject/", {"comment": "Not ours"}, HTTP_REFERER=stood_on)
        return answer["Location"]

    assert rejected(c) == f"/review/{b.pk}/?view=failed"
    assert rejected(b) == "/inbox/?view=failed"


def test_an_empty_list_says_of_what_it_is_empty(four: list[ErpItem], ada: Membership) -> None:
    browser = signed_in(ada)
    ErpItem.objects.filter(pk=four[0].pk).update(status=Status.FAILED)

    def shown(query: str) -> str:
        return browser.get(f"/inbox/?{query}").content.decode()

    for view, claim in (("failed", "Nothing failed"), ("ready_to_export", "All decided")):
        page = shown(f"view={view}&kind=cost_code")
        assert claim not in page
        assert "No record of this kind is in this view." in page
        assert f'<a class="btn" href="/inbox/?view={view}">All kinds</a>' in page
    Company.objects.update(late_after_days=9)
    late = shown("view=ready_to_export&late=1")
    assert "All decided" not in late
    assert "No record of this list waits longer than agreed." in late
    assert '<a class="btn" href="/inbox/?view=ready_to_export">Show all</a>' in late
    assert "No record in this list has these words" in shown("view=ready_to_export&kind=cost_code&q=a")
    assert "All decided" not in shown("view=ready_to_update")
    ErpItem.objects.update(status=Status.EXPORTING)
    assert "Nothing failed" in shown("view=failed")
    assert "All decided" in shown("view=ready_to_update")


def test_a_view_is_kept_shown_and_forgotten(four: list[ErpItem], ada: Membership) -> None:
    browser = signed_in(ada)
    kept = browser.post("/inbox/views/", {"name": " Big  ones ", "query": "view=ready_to_export&sort=most&evil=1"})
    assert kept["Location"] == "/inbox/?view=ready_to_export&sort=most"
    page = browser.get(kept["Location"]).content.decode()
    assert 'href="/inbox/?view=ready_to_export&amp;sort=most" aria-current="page"' in page
    assert page.index(">C</b>") < page.index(">A</b>") < page.index(">D</b>")

    saved = SavedView.objects.get()
    assert saved.name == "Big ones"
    browser.post(f"/inbox/views/{saved.pk}/forget/")
    assert "Big ones</a>" not in browser.get("/inbox/").content.decode()


def test_a_name_used_again_names_the_new_list(ada: Membership) -> None:
    saved_views.keep(ada, "Mine", "kind=vendor")
    saved_views.keep(ada, "Mine", "kind=invoice")
    assert [(one.name, one.url) for one in saved_views.saved_for(ada)] == [("Mine", "/inbox/?kind=invoice")]


@pytest.mark.parametrize("name", ["", "   ", "x" * 41])
def test_a_view_needs_a_name(ada: Membership, name: str) -> None:
    with pytest.raises(InvalidInput, match="1 to 40 characters"):
        saved_views.keep(ada, name, "")


def test_a_view_has_no_name_that_nobody_can_read(ada: Membership) -> None:
    with pytest.raises(InvalidInput, match="cannot be seen"):
        saved_views.keep(ada, "Mine\0", "")


def test_a_sender_without_a_name_is_called_by_his_address(
    four: list[ErpItem], ada: Membership, max_pm: Membership
) -> None:
    User.objects.filter(pk=max_pm.user_id).update(name="")
    columns.choose(ada, ["sent_by"])
    told = [item.sender for item in columns.valued(selectors.listed(ada, {}), {"sent_by"})]  # type: ignore[attr-defined]
    assert told == [max_pm.user.email] * 4
    assert sum(max_pm.user.email in map(str, row) for row in cells(signed_in(ada), "csv")) == 4


def test_there_is_an_end_of_views(ada: Membership) -> None:
    for number in range(saved_views.MOST):
        saved_views.keep(ada, f"View {number}", "")
    with pytest.raises(InvalidInput, match="Forget one"):
        saved_views.keep(ada, "One more", "")


def test_nobody_sees_or_forgets_the_views_of_others(paper: PaperLedger, ada: Membership, bea: Membership) -> None:
    olga = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ACCOUNTANT, decides=True)
    saved = saved_views.keep(ada, "Mine", "kind=vendor")
    for other in (bea, olga):
        assert saved_views.saved_for(other) == []
        assert signed_in(other).post(f"/inbox/views/{saved.pk}/forget/").status_code == 404
    assert SavedView.objects.count() == 1


def test_a_shared_address_shows_others_what_they_see(four: list[ErpItem], ada: Membership) -> None:
    olga = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ACCOUNTANT, decides=True)
    assert names(olga, sort="most") == ""
    assert "data-item" not in signed_in(olga).get("/inbox/?sort=most").content.decode()


@pytest.mark.parametrize("view", ["x\ny", "x\"; filename*=UTF-8''payroll.html; a=\"", "no-such-view"])
def test_no_address_says_what_the_file_of_the_list_is_called(view: str, four: list[ErpItem], ada: Membership) -> None:
    answer = signed_in(ada).get("/inbox/file.csv", {"view": view})

    assert answer.status_code == 200
    assert re.fullmatch(r'attachment; filename="inbox-ready_to_export-[\d-]+\.csv"', answer["Content-Disposition"])


def cells(browser: Client, extension: str) -> list[list[object]]:
    """What stands in the file of the inbox, in its order."""
    answer = browser.get(f"/inbox/file.{extension}?sort=most")
    content = b"".join(answer) if answer.streaming else answer.content
    if extension == "csv":
        return [list(row) for row in csv.reader(content.decode("utf-8-sig").splitlines())]
    return [list(row) for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)]  # type: ignore[union-attr]


def test_the_columns_that_a_person_has_chosen_are_in_his_list_his_pile_and_his_files(
    four: list[ErpItem], ada: Membership, bea: Membership
) -> None:
    browser = signed_in(ada)
    for item in four:
        item.submissions.update(document={"vendor": {"item": 1, "label": f"Kestrel {item.label}"}})
    assert cells(browser, "csv")[0] == [column.heading for column in columns.COLUMNS]
    assert "Kestrel C" not in browser.get("/inbox/").content.decode()
    assert "Vendor</th>" in browser.get("/inbox/many/").content.decode()

    chosen = {"page": "pile", "query": "view=ready_to_export&sort=most", "column": ["vendor", "amount", "evil"]}
    back = browser.post("/inbox/columns/", chosen)

    assert back["Location"] == "/inbox/many/?view=ready_to_export&sort=most"
    pile = browser.get(back["Location"]).content.decode()
    assert ("Vendor</th>" in pile, "Project</th>" in pile, "Sent by</th>" in pile) == (True, False, False)
    row = browser.get(f"/inbox/rows/?of={four[1].pk}").content.decode()
    for shown in (browser.get("/inbox/").content.decode(), row):
        assert "Kestrel C" in shown
        assert "SC-0142-03" not in shown
    assert cells(browser, "csv")[:2] == [["Name", "Amount", "Vendor"], ["C", "40.00", "Kestrel C"]]
    assert cells(browser, "xlsx")[:2] == [["Name", "Amount", "Vendor"], ["C", 40, "Kestrel C"]]
    assert browser.get("/inbox/file.pdf").status_code == 404

    assert "Kestrel C" not in signed_in(bea).get("/inbox/").content.decode()
    browser.post("/inbox/columns/", {"column": []})
    assert cells(browser, "csv")[0] == ["Name"]
    browser.post("/inbox/columns/", {"forget": "1"})
    assert "SC-0142-03" in browser.get("/inbox/").content.decode()


@pytest.fixture
def jobs(paper: PaperLedger, max_pm: Membership) -> dict[str, ErpItem]:
    """Two projects, two vendors, and of each pair an order, its change and its bill: "Pier Kestrel bill"."""
    found = dict[str, ErpItem]()

    def new(kind: Kind, label: str, project: ErpItem | None = None, *requires: ErpItem) -> ErpItem:
        found[label] = items.open_item(company=max_pm.company, kind=kind, label=label, by=max_pm, project=project)
        items.set_requirements(found[label], requires)
        ErpItem.objects.filter(pk=found[label].pk).update(status=Status.SENT)
        return found[label]

    projects = [new(Kind.PROJECT, name) for name in ("Pier", "Lofts")]
    vendors = [new(Kind.VENDOR, name) for name in ("Kestrel", "Brightwater")]
    for project in projects:
        for vendor in vendors:
            pair = f"{project.label[0]}{vendor.label[0]}"
            order = new(Kind.COMMITMENT, f"{pair} order", project, project, vendor)
            new(Kind.CHANGE_ORDER, f"{pair} change", project, order)
            new(Kind.INVOICE, f"{pair} bill", project, order, project, vendor)
    return found


def labels(who: Membership, **asked: str) -> list[str]:
    return sorted(item.label for item in selectors.listed(who, asked))


@pytest.mark.database
def test_a_list_is_narrowed_to_a_project_a_vendor_or_both(jobs: dict[str, ErpItem], ada: Membership) -> None:
    pier, kestrel = str(jobs["Pier"].pk), str(jobs["Kestrel"].pk)
    of_both = ["PK bill", "PK change", "PK order"]
    assert labels(ada, project=pier) == ["PB bill", "PB change", "PB order", *of_both, "Pier"]
    assert labels(ada, party=kestrel) == ["Kestrel", "LK bill", "LK change", "LK order", *of_both]
    assert labels(ada, project=pier, party=kestrel) == of_both
    assert labels(ada, project=pier, party=kestrel, kind="invoice") == ["PK bill"]
    for unknown in ("x", "-1", "1" * 30, "999999", str(jobs["PK bill"].pk + 10**6)):
        assert labels(ada, party=unknown) == labels(ada, project=unknown) == []


@pytest.mark.database
def test_a_list_is_narrowed_to_who_sent_its_records_last(
    paper: PaperLedger, max_pm: Membership, ada: Membership
) -> None:
    pam = member(max_pm.company, "Pam", Role.PROJECT_MANAGER)
    other = Company.objects.create(name="Other", slug="other")
    olga = member(other, "Olga", Role.ADMINISTRATOR, decides=True)
    mine, hers, again = (new_invoice(max_pm, label) for label in ("Of Max", "Of Pam", "Again"))
    operations.send(mine, by=max_pm)
    operations.send(hers, by=pam)
    operations.send(again, by=max_pm)
    operations.retrieve(again, by=max_pm)
    operations.send(again, by=pam)

    asked = {"view": "ready_to_export", "sender": str(max_pm.pk)}
    assert labels(ada, **asked) == ["Of Max"]
    assert labels(ada, sender=str(pam.pk)) == ["Again", "Of Pam"]
    assert labels(olga, sender=str(max_pm.pk)) == labels(ada, sender="x") == []
    senders = narrowing.choices_for(ada, asked)[-1]
    assert ([one.label for one in senders.options], senders.chosen) == (["Max", "Pam"], (max_pm.pk, "Max"))
    assert narrowing.choices_for(olga, asked)[-1].options == []
    page = signed_in(ada).get(f"/inbox/?view=ready_to_export&sender={pam.pk}").content.decode()
    assert (page.count("data-item"), "Only of Pam" in page) == (2, True)
    assert f"/inbox/many/?view=ready_to_export&amp;sender={pam.pk}" in page
    rows = signed_in(ada).get(f"/api/v1/items/?sender={pam.pk}").json()["results"]
    assert sorted(row["label"] for row in rows) == ["Again", "Of Pam"]


@pytest.mark.parametrize(("words", "count"), [("pier", 7), ("KESTREL", 7), ("lk", 3), ("nobody", 0)])
def test_words_are_found_in_the_names_of_project_and_vendor(
    jobs: dict[str, ErpItem], ada: Membership, words: str, count: int
) -> None:
    assert len(labels(ada, q=words)) == count


def test_page_tabs_pile_file_and_kept_view_are_of_the_narrowed_list(jobs: dict[str, ErpItem], ada: Membership) -> None:
    browser, pier, kestrel = signed_in(ada), jobs["Pier"].pk, jobs["Kestrel"].pk
    query = f"view=ready_to_export&project={pier}&party={kestrel}"
    page = browser.get(f"/inbox/?{query}").content.decode()
    assert page.count("data-item") == 3
    assert re.search(r'title="Ready to export" aria-current="page">[^<]*<span class="count"[^>]*>3</span>', page)
    assert "Only of Pier, Kestrel" in page
    assert f'href="/inbox/narrow/?view=ready_to_export&amp;project={pier}&amp;party={kestrel}"' in page
    narrow = browser.get(f"/inbox/narrow/?{query}&kind=invoice&evil=1").content.decode()
    assert f'<option value="{kestrel}" selected>Kestrel</option>' in narrow
    assert '<input type="hidden" name="kind" value="invoice">' in narrow
    assert f"/inbox/many/?view=ready_to_export&amp;project={pier}&amp;party={kestrel}" in page
    pile = piles.pile_for(ada, Action.ACCEPT, {"project": str(pier), "party": str(kestrel)})
    assert [row.item.label for row in pile.rows] == ["PK bill"]
    answer = browser.get(f"/inbox/file.csv?{query}")
    assert len(b"".join(answer).splitlines()) == 4
    assert browser.post("/inbox/views/", {"name": "Pier", "query": query})["Location"] == f"/inbox/?{query}"
    empty = browser.get(f"/inbox/?view=failed&party={kestrel}").content.decode()
    assert "No record of what you narrowed the list to is in this view." in empty
    assert "Nothing failed" not in empty


def test_the_api_lists_what_is_narrowed_and_found_alike(jobs: dict[str, ErpItem], ada: Membership) -> None:
    browser, pier, kestrel = signed_in(ada), jobs["Pier"].pk, jobs["Kestrel"].pk

    def asked(query: str) -> list[str]:
        found = browser.get(f"/api/v1/items/?{query}").json()["results"]
        return sorted(row["label"] for row in found)

    assert asked(f"project={pier}&party={kestrel}") == ["PK bill", "PK change", "PK order"]
    assert asked(f"kind=invoice&party={kestrel}") == ["LK bill", "PK bill"]
    assert asked("kind=change_order&q=kestrel") == ["LK change", "PK change"]
    assert asked(f"project={10**15}") == []
    for wrong in ("x", "-1", 10**30):
        assert browser.get(f"/api/v1/items/?project={wrong}").status_code == 422


def test_who_decides_in_a_narrowed_list_goes_on_in_it(jobs: dict[str, ErpItem], ada: Membership) -> None:
    lofts = {"project": str(jobs["Lofts"].pk)}
    following = selectors.next_to_decide(ada, jobs["LK bill"], lofts)
    assert following == jobs["LB bill"]


@pytest.mark.database
def test_only_what_occurs_in_what_one_sees_is_offered(
    jobs: dict[str, ErpItem], max_pm: Membership, ada: Membership
) -> None:
    vic = member(max_pm.company, "Vic", Role.VIEWER)
    olga = member(Company.objects.create(name="Other", slug="other"), "Olga", Role.ADMINISTRATOR, decides=True)
    ErpItem.objects.filter(label__contains="LB").update(is_private=True)
    ErpItem.objects.filter(label__contains="PB").update(status=Status.SYNCED)

    def offered(who: Membership, view: str = "ready_to_export", **asked: str) -> list[list[str]]:
        choices = narrowing.choices_for(who, {"view": view, **asked})
        return [[item.label for item in choice.options] for choice in choices if choice.name != "sender"]

    assert offered(decides_on_commitments(ada)) == [["Lofts", "Pier"], ["Brightwater", "Kestrel"]]
    assert offered(vic) == [["Lofts", "Pier"], ["Kestrel"]]
    assert offered(vic, "failed") == [[], []]
    assert offered(vic, "failed", project=str(jobs["Pier"].pk)) == [["Pier"], []]
    assert offered(olga) == offered(olga, project=str(jobs["Pier"].pk)) == [[], []]
    page = signed_in(olga).get(f"/inbox/?project={jobs['Pier'].pk}").content.decode()
    assert ("Pier" in page, "data-item" in page, "Only of what you do not see" in page) == (False, False, True)


def test_many_projects_are_offered_in_the_same_queries_and_cut_short(
    jobs: dict[str, ErpItem], ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(ada)
    here = f"/inbox/narrow/?project={jobs['Pier'].pk}"
    few = queries(lambda: browser.get(here))
    for number in range(30):
        project = items.open_item(company=ada.company, kind=Kind.PROJECT, label=f"A {number}", by=ada)
        ErpItem.objects.filter(label="LK bill").update(project=project)
    assert queries(lambda: browser.get(here)) <= few
    monkeypatch.setattr(narrowing, "MOST_OFFERED", 1)
    page = browser.get(here).content.decode()
    assert "The records of others are found by name" in page
    assert ">Pier</option>" in page

"""Who chose which mapping and when stands among the changes of settings, and nobody undoes what they have not seen."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils.translation import override

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.models import Membership, RightsChange
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge import bill_setup
from quickbooks_bridge.defaults import choose_defaults, choose_usual, defaults_of, seen_of, usual_of
from quickbooks_bridge.models import Connection, LedgerName, Mapping
from quickbooks_bridge.names import names_of
from tests.factories import make_project
from tests.quickbooks_bridge.conftest import consent, rules_changed
from tests.quickbooks_bridge.emulator_process import OTHER_REALM, REALM, EmulatorProcess

SET_UP = "/quickbooks/invoices/"
PAGE = "/quickbooks/mappings/"
CONNECTED = "Connected QuickBooks company"


def number(books: Connection, entity: str, name: str) -> str:
    return names_of(books.company_id, entity).get(name=name).remote_id


def written() -> list[tuple[str, str, str]]:
    rows = rules_changed().filter(action=RightsChange.Action.SETTINGS)
    return [(one["label"], one["before"], one["after"]) for row in rows for one in row.changes]


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found
    return found[1]


# -- written down ---------------------------------------------------------------------------------------------------


def test_a_default_is_written_down_by_the_names_of_quickbooks(
    books: Connection, ada: Membership, alma: Membership, client: Client
) -> None:
    terms = number(books, "Term", "Net 30")
    choose_defaults(books, {"terms": terms, "income_account": ""}, by=ada)
    choose_defaults(books, {"terms": terms}, by=ada)
    with override("es"):
        choose_defaults(books, {"terms": number(books, "Term", "Net 15")}, by=ada)
    LedgerName.objects.filter(entity="Term", name="Net 15").update(active=False)
    with override("es"):
        choose_defaults(books, {"terms": ""}, by=alma)

    gone = number(books, "Term", "Net 15")
    assert written() == [
        ("Terms of new vendors", "none", "Net 30"),
        ("Terms of new vendors", "Net 30", "Net 15"),
        ("Terms of new vendors", f"number {gone}, not active any more", "none"),
    ]
    assert [row.by for row in rules_changed()] == [ada, ada, alma]
    client.force_login(alma.user)
    assert "Terms of new vendors: " in client.get("/people/").text


def test_what_is_usual_for_a_project_is_written_down_with_its_name(
    books: Connection, ada: Membership, max_pm: Membership
) -> None:
    project = make_project(max_pm, "Fire Station 4")
    choose_usual(books, project, {"class": number(books, "Class", "Public Works")}, by=ada)
    assert written() == [(f"Class of orders and bills, {project}", "none", "Public Works")]


def test_that_all_of_them_end_with_a_quickbooks_company_that_is_left_is_written_down(
    books: Connection, alma: Membership, emulator: EmulatorProcess
) -> None:
    consent(emulator, alma, REALM)
    assert written() == []
    choose_defaults(books, {"terms": number(books, "Term", "Net 30")}, by=alma)
    consent(emulator, alma, OTHER_REALM)
    assert written()[1:] == [("All mappings", "those of Harbor Row Builders", "none")]
    assert not Mapping.objects.exists()
    consent(emulator, alma, REALM)
    assert len(written()) == 2, "there were none"


def test_what_is_refused_is_not_written_down(books: Connection, ada: Membership) -> None:
    with pytest.raises(InvalidInput):
        choose_defaults(books, {"terms": number(books, "Term", "Net 30"), "income_account": "999"}, by=ada)
    assert written() == []
    assert not Mapping.objects.exists()


def test_a_set_up_is_saved_whole_or_not_at_all(
    books: Connection, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(bill_setup, "save_needs", broken)
    item = number(books, "Item", "Retainage")
    with pytest.raises(RuntimeError):
        bill_setup.choose(books, {"retainage_item": item, "files_go": "yes"}, by=ada)
    assert not Mapping.objects.exists()


# -- nobody undoes what they have not seen ----------------------------------------------------------------------------


def test_a_page_of_mappings_that_is_old_saves_nothing(books: Connection, ada: Membership, client: Client) -> None:
    client.force_login(ada.user)
    old = seen_on(client.get(PAGE).text)
    terms = number(books, "Term", "Net 30")
    choose_defaults(books, {"terms": terms}, by=ada)

    answer = client.post(PAGE, {"terms": "", "seen": old})
    assert answer.status_code == 409
    assert "The mappings were changed meanwhile, so nothing was saved" in answer.text
    assert f'href="{PAGE}">Show what stands now' in answer.text
    assert {one.thing: one.chosen for one in answer.context["defaults"]}["terms"] == ""
    assert Mapping.objects.get(thing="terms").remote_id == terms
    assert client.post(PAGE, {"terms": "", "seen": seen_on(client.get(PAGE).text)}).status_code == 302
    assert not Mapping.objects.exists()


def test_a_projects_own_are_seen_by_themselves(books: Connection, ada: Membership, max_pm: Membership) -> None:
    project, public = make_project(max_pm), number(books, "Class", "Public Works")
    seen = seen_of(usual_of(books, project))
    choose_defaults(books, {"class": public}, by=ada)
    choose_usual(books, project, {"class": public, "seen": seen}, by=ada)
    with pytest.raises(ChangedSinceSeen):
        choose_usual(books, project, {"class": "", "seen": seen}, by=ada)
    assert seen_of(usual_of(books, project)) != seen


def test_the_page_of_a_project_gives_back_what_it_showed(
    books: Connection, ada: Membership, max_pm: Membership, client: Client
) -> None:
    project, public = make_project(max_pm), number(books, "Class", "Public Works")
    client.force_login(ada.user)
    at = f"/quickbooks/mappings/projects/{project.pk}/"
    old = seen_on(client.get(at).text)
    choose_usual(books, project, {"class": public}, by=ada)
    answer = client.post(at, {"class": "", "seen": old})
    assert (answer.status_code, f'href="{at}">Show what stands now' in answer.text) == (409, True)
    assert {one.thing: one.chosen for one in answer.context["usual"]}["class"] == ""
    assert client.post(at, {"class": "", "seen": seen_on(client.get(at).text)}).status_code == 302


def test_what_was_tried_is_saved_only_if_nobody_has_changed_it_since(
    books: Connection, ada: Membership, client: Client
) -> None:
    client.force_login(ada.user)
    terms = number(books, "Term", "Net 30")
    for at, given in ((PAGE, {"terms": terms}), (f"{SET_UP}choose/", {"papers_needed": "yes"})):
        old = seen_on(client.get(at.removesuffix("choose/")).text)
        assert seen_on(client.post(at, {**given, "seen": old, "try": "1"}).text) == old


def test_a_set_up_that_is_old_saves_nothing(
    books: Connection, ada: Membership, alma: Membership, client: Client
) -> None:
    client.force_login(ada.user)
    old, api = seen_on(client.get(SET_UP).text), "/api/v1/quickbooks/invoice-set-up/"
    assert client.get(api).json()["seen"] == old
    item = number(books, "Item", "Retainage")
    bill_setup.choose(books, {"retainage_item": item, "papers_needed": "yes"}, by=alma)
    choose_defaults(books, {"terms": number(books, "Term", "Net 30")}, by=ada)

    given = {"retainage_item": item, "files_go": "yes", "papers_needed": "no", "seen": old}
    page = client.post(f"{SET_UP}choose/", given)
    over_the_api = client.post(f"{api}choose/", given, content_type="application/json")
    for answer in (page, over_the_api):
        assert answer.status_code == 409
        assert "The set-up was changed meanwhile, so nothing was saved" in answer.text
        assert "Last changed by Alma: Today " in answer.text, "Ada chose terms since, which are no part of it"
    row = Connection.objects.get(pk=books.pk)
    assert (row.papers_needed, row.files_go) == (True, False)
    assert f'href="{SET_UP}">Show what stands now' in page.text
    typed = {
        name: re.search(rf'id="{name}".*?value="([^"]*)" selected', page.text)
        for name in ("retainage_item", "files_go")
    }
    assert {name: found and found[1] for name, found in typed.items()} == {"retainage_item": item, "files_go": "yes"}
    assert 'value="yes" selected' not in page.text.partition('id="papers_needed"')[2].partition("</select>")[0]
    assert seen_on(page.text) == old

    now = client.get(api).json()["seen"]
    assert client.post(f"{api}choose/", {**given, "seen": now}, content_type="application/json").status_code == 200
    row.refresh_from_db()
    assert (row.papers_needed, row.files_go) == (False, True)


def test_what_stands_beside_the_set_up_is_no_change_of_it(books: Connection, ada: Membership) -> None:
    seen = bill_setup.seen_of(books)
    choose_defaults(books, {"terms": number(books, "Term", "Net 30")}, by=ada)
    bill_setup.choose(books, {"papers_needed": "yes", "seen": seen}, by=ada)
    assert bill_setup.seen_of(Connection.objects.get(pk=books.pk)) != seen
    assert len(defaults_of(books.company_id)) > len(bill_setup.CHOSEN)


def test_over_the_api_mappings_are_chosen_as_they_were_seen(
    books: Connection, ada: Membership, max_pm: Membership, client: Client
) -> None:
    client.force_login(ada.user)
    terms, public = number(books, "Term", "Net 30"), number(books, "Class", "Public Works")
    company = "/api/v1/quickbooks/mappings/"
    project = f"/api/v1/quickbooks/project-mappings/{make_project(max_pm).pk}/"
    for at, given, emptied in ((company, {"terms": terms}, {"terms": ""}), (project, {"class": public}, {"class": ""})):
        (old,) = {one["seen"] for one in client.get(at).json()}
        answer = client.post(f"{at}choose/", {**given, "seen": old}, content_type="application/json")
        assert answer.status_code == 200
        refused = client.post(f"{at}choose/", {**emptied, "seen": old}, content_type="application/json")
        assert refused.status_code == 409
        assert "Look again. Last changed by Ada: Today " in refused.json()["detail"]
        assert Mapping.objects.filter(thing=next(iter(given)), remote_id=next(iter(given.values()))).exists()
        (now,) = {one["seen"] for one in answer.json()}
        again = client.post(f"{at}choose/", {**emptied, "seen": now}, content_type="application/json")
        assert again.status_code == 200
        assert client.post(f"{at}choose/", given, content_type="application/json").status_code == 200, "not asked for"

"""The pages of vendors: who sees them, what they answer, and how often they ask the database."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.accounts.models import Membership
from tests.factories import make_vendor, sent, synced
from tests.projects.conftest import SignIn
from tests.projects.test_pages import queries
from vendors.models import Vendor


def test_the_list_asks_as_often_for_thirty_rows_as_for_three(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)

    def more(count: int) -> int:
        for _ in range(count):
            make_vendor(max_pm)
        return queries(lambda: client.get("/vendors/"))

    assert more(3) == more(27)


def test_a_vendor_of_another_company_does_not_exist(max_pm: Membership, olga: Membership, sign_in: SignIn) -> None:
    vendor = make_vendor(max_pm, "Secret Concrete")
    client = sign_in(olga)

    for page in ("", "edit/"):
        assert client.get(f"/vendors/{vendor.pk}/{page}").status_code == 404
    for page in ("edit/", "active/"):
        assert client.post(f"/vendors/{vendor.pk}/{page}").status_code == 404
    assert b"Secret" not in client.get("/vendors/?active=all").content


def test_a_name_taken_in_another_company_says_nothing_about_it(
    max_pm: Membership, olga: Membership, sign_in: SignIn
) -> None:
    make_vendor(max_pm, "Secret Concrete")

    assert sign_in(olga).post("/vendors/new/", {"name": "Secret Concrete"}).status_code == 302


def test_an_invoice_contact_sees_nothing(max_pm: Membership, ian: Membership, sign_in: SignIn) -> None:
    vendor = make_vendor(max_pm, "Secret Concrete")

    assert sign_in(ian).get(f"/vendors/{vendor.pk}/").status_code == 404
    assert b"Secret" not in sign_in(ian).get("/vendors/").content


def test_a_viewer_looks_and_changes_nothing(max_pm: Membership, vic: Membership, sign_in: SignIn) -> None:
    vendor = make_vendor(max_pm)
    client = sign_in(vic)

    assert client.get("/vendors/").status_code == client.get(f"/vendors/{vendor.pk}/").status_code == 200
    for page in ("new/", f"{vendor.pk}/edit/", "import/", "import/template.xlsx"):
        assert client.get(f"/vendors/{page}").status_code == 403
    for page in (f"{vendor.pk}/edit/", f"{vendor.pk}/active/", "new/", "import/"):
        assert client.post(f"/vendors/{page}").status_code == 403


def test_who_is_signed_out_signs_in_first(max_pm: Membership) -> None:
    vendor = make_vendor(max_pm)

    for page in ("", "new/", f"{vendor.pk}/", f"{vendor.pk}/edit/", "import/", "import/template.csv", "import/1/"):
        assert Client().get(f"/vendors/{page}").status_code == 302


def test_a_vendor_is_made_edited_and_deactivated(max_pm: Membership, sign_in: SignIn) -> None:
    client = sign_in(max_pm)
    client.post("/vendors/new/", {"name": "Acme", "city": "Salem", "terms_hint": "Net 30"})
    vendor = Vendor.objects.get()

    page = client.get(f"/vendors/{vendor.pk}/").content.decode()
    assert "Salem" in page
    assert "Net 30" in page
    assert client.post(f"/vendors/{vendor.pk}/edit/", {"name": "Acme", "city": "Lynn", "seen": 1}).status_code == 302
    assert client.post(f"/vendors/{vendor.pk}/edit/", {"name": "Acme", "city": "Rye", "seen": 1}).status_code == 409
    client.post(f"/vendors/{vendor.pk}/active/")
    vendor.refresh_from_db()
    assert (vendor.city, vendor.is_active) == ("Lynn", False)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"name": "Acme: east"}, "has a colon"),
        ({"name": "ACME"}, "There is a vendor Acme already"),
        ({"name": "B", "email": "nobody"}, "not an e-mail address"),
        ({"name": "B", "website": "b.test"}, "https://"),
    ],
)
def test_the_form_says_what_is_wrong(given: dict[str, str], words: str, max_pm: Membership, sign_in: SignIn) -> None:
    make_vendor(max_pm, "Acme")

    answer = sign_in(max_pm).post("/vendors/new/", given)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert Vendor.objects.count() == 1


def test_the_list_is_searched_and_narrowed(max_pm: Membership, sign_in: SignIn) -> None:
    synced(make_vendor(max_pm, "Acme", city="Salem"))
    sent(make_vendor(max_pm, "bolt"), max_pm)
    make_vendor(max_pm, "Crane", print_name="Crane Hire Inc")
    client = sign_in(max_pm)

    def names(query: str) -> list[str]:
        return [one.name for one in client.get(f"/vendors/?{query}").context["page_obj"]]

    assert names("") == ["Acme", "bolt", "Crane"]
    assert names("sort=-name") == ["Crane", "bolt", "Acme"]
    assert names("q=salem") == ["Acme"]
    assert names("q=hire") == ["Crane"]
    assert names("status=sent") == ["bolt"]


def test_an_empty_list_says_what_to_do(max_pm: Membership, sign_in: SignIn) -> None:
    assert "No vendors yet" in sign_in(max_pm).get("/vendors/").content.decode()
    assert "No vendor fits" in sign_in(max_pm).get("/vendors/?q=x").content.decode()


def test_a_hostile_name_is_shown_as_text(max_pm: Membership, sign_in: SignIn) -> None:
    vendor = make_vendor(max_pm, '"><img src=x onerror=alert(1)>')

    for page in ("", f"{vendor.pk}/", f"{vendor.pk}/edit/"):
        assert b"<img src=x" not in sign_in(max_pm).get(f"/vendors/{page}").content

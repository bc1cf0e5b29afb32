"""In which language whom: by the browser, by choice, by mail; and what stays English whoever asks."""

from __future__ import annotations

import pytest
from django.test import Client

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.models import Notice
from procore_sync.accounts.models import Membership, User
from tests.factories import make_approver, make_commitment, make_vendor, sent

SPANISH = {"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"}


def language(client: Client, chosen: str, **more: str) -> int:
    return client.post("/language/", {"language": chosen, **more}).status_code


@pytest.mark.django_db
def test_a_stranger_is_answered_as_his_browser_asks(client: Client) -> None:
    page = client.get("/sign-in/", headers=SPANISH)
    assert '<html lang="es"' in page.content.decode()
    assert "Iniciar sesión" in page.content.decode()
    assert "Accept-Language" in page["Vary"]
    assert '<html lang="en"' in client.get("/sign-in/", headers={"Accept-Language": "fr"}).content.decode()


@pytest.mark.django_db
def test_what_a_stranger_chooses_holds_in_his_browser(client: Client) -> None:
    answer = client.post("/language/", {"language": "es", "next": "/sign-in/"})
    assert (answer.status_code, answer["Location"]) == (302, "/sign-in/")
    assert "Iniciar sesión" in client.get("/sign-in/", headers={"Accept-Language": "en"}).content.decode()
    assert client.post("/language/", {"language": "es", "next": "https://else.example/"})["Location"] == "/"
    # Django would take these for names of pages; of the second there is none.
    for word in ("accounts:people", "abc"):
        assert client.post("/language/", {"language": "es", "next": word})["Location"] == "/"


def test_what_a_person_chooses_goes_with_him(client: Client, max_pm: Membership) -> None:
    client.force_login(max_pm.user)
    language(client, "es")
    elsewhere = Client(headers={"Accept-Language": "en"})
    elsewhere.force_login(max_pm.user)
    assert "Bandeja" in elsewhere.get("/").content.decode()
    language(client, "en")
    assert "Inbox" in elsewhere.get("/", headers=SPANISH).content.decode()


def test_a_language_that_is_not_spoken_is_english(client: Client, max_pm: Membership) -> None:
    client.force_login(max_pm.user)
    language(client, "<b>")
    assert User.objects.get(pk=max_pm.user_id).language == "en"


def test_the_api_is_english(client: Client, max_pm: Membership) -> None:
    client.force_login(max_pm.user)
    language(client, "es")
    refused = client.post("/api/v1/vendors/", {}, "application/json", headers=SPANISH)
    assert "This field is required." in refused.content.decode()


def test_a_mail_is_in_the_language_of_its_reader(client: Client, max_pm: Membership, ada: Membership) -> None:
    bea = make_approver(ada.company, "Bea")
    User.objects.filter(pk__in=[max_pm.user_id, bea.user_id]).update(language="es")
    vendor = sent(make_vendor(max_pm, "Ace Electric"), max_pm)
    client.force_login(ada.user)
    client.post(f"/review/{vendor.erp.pk}/reject/", {"comment": "Wrong name.", "revision": vendor.erp.revision})
    (rejection,) = Notice.objects.filter(about=About.REJECTED)
    assert rejection.line == "Ada rechazó Ace Electric: Wrong name."
    assert rejection.subject == "Rechazo en el ERP: Vendor Ace Electric"
    assert "Wrong name." in rejection.body
    assert "rechazó" in rejection.body

    client.force_login(max_pm.user)
    client.post(f"/review/{vendor.erp.pk}/send/", headers=SPANISH)
    told = {one.to: one.line for one in Notice.objects.filter(about=About.CAME_BACK)}
    assert told[ada.user.email] == "Max sent Ace Electric again after it was rejected"
    assert told[bea.user.email] == "Max volvió a enviar Ace Electric después del rechazo"


def test_amounts_stand_as_in_the_books_and_are_typed_so(client: Client, max_pm: Membership) -> None:
    commitment = make_commitment(max_pm, lines=["1284.50"])
    client.force_login(max_pm.user)
    language(client, "es")
    page = client.get(f"/commitments/{commitment.pk}/").content.decode()
    assert "1,284.50" in page
    assert "1.284,50" not in page
    form = client.get(f"/commitments/{commitment.pk}/edit/").content.decode()
    assert 'value="1284.50"' in form


def test_what_breaks_while_he_is_answered_is_told_in_his_language(
    client: Client, max_pm: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.force_login(max_pm.user)
    language(client, "es")
    client.cookies.pop("language")
    client.raise_request_exception = False
    monkeypatch.delattr("vendors.selectors.vendors_for")  # a fault of the program, in the midst of a page

    answer = client.get("/vendors/", headers={"Accept-Language": "en"})

    assert answer.status_code == 500
    assert "Algo falló de nuestro lado" in answer.content.decode()

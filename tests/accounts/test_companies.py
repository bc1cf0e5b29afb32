"""A person of two companies: what a page of one of them sends never arrives in the other."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from procore_sync.accounts.models import Company, Membership, RightsChange, Role
from tests.factories import make_company, make_member
from vendors.models import Vendor

pytestmark = pytest.mark.django_db


class Browser(Client):
    """One that has to send what its page holds, as a real one."""

    def __init__(self, who: Membership) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.press("/sign-in/", self.token_of("/sign-in/"), login=who.user.email, password="secret")

    def token_of(self, page: str) -> str:
        """What stands hidden in the forms of `page`."""
        found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', self.get(page).content.decode())
        assert found
        return found[1]

    def press(self, address: str, token: str, **fields: object) -> int:
        """Send a form of a page that holds `token`."""
        return self.post(address, {"csrfmiddlewaretoken": token, **fields}).status_code


@pytest.fixture
def alma(company: Company) -> Membership:
    return make_member(company, "Alma", Role.ADMINISTRATOR)


@pytest.fixture
def second(alma: Membership) -> Membership:
    """Alma is administrator of another company too."""
    other = make_company("Other Books Inc", "other-books")
    return Membership.objects.create(user=alma.user, company=other, role=Role.ADMINISTRATOR)


def switched(browser: Browser, alma: Membership, second: Membership) -> None:
    """In another window she works in her other company."""
    address = reverse("accounts:switch_company")
    assert browser.press(address, browser.token_of("/"), company=second.company_id) == 302


def shut_out(browser: Browser, alma: Membership, second: Membership) -> None:
    """Her access to the company of the page ends."""
    Membership.objects.filter(pk=alma.pk).update(is_active=False)


def shut_out_and_looked(browser: Browser, alma: Membership, second: Membership) -> None:
    """It ends, and a piece of the page that stands open asks for what is new."""
    shut_out(browser, alma, second)
    assert browser.get("/notices/bell/", headers={"HX-Request": "true"}).status_code == 200


@pytest.mark.parametrize("leaves", [switched, shut_out, shut_out_and_looked])
def test_what_was_typed_in_one_company_is_not_saved_in_another(
    leaves: Callable[[Browser, Membership, Membership], None], alma: Membership, second: Membership
) -> None:
    browser = Browser(alma)
    vendor, person = browser.token_of("/vendors/new/"), browser.token_of("/people/invite/")
    leaves(browser, alma, second)

    assert browser.press("/vendors/new/", vendor, name="Kestrel Steel") == 403
    rights = {"email": "eve@elsewhere.example", "name": "Eve", "role": Role.ADMINISTRATOR}
    assert browser.press("/people/invite/", person, **rights) == 403

    assert not Vendor.objects.exists()
    assert not Membership.objects.filter(user__email="eve@elsewhere.example").exists()
    assert not RightsChange.objects.exists()
    assert browser.press("/vendors/new/", browser.token_of("/vendors/new/"), name="Kestrel Steel") == 302
    assert Vendor.objects.get().company == second.company


def test_who_signed_in_before_any_company_let_them_in_stays_in_the_one_they_came_into(
    alma: Membership, second: Membership
) -> None:
    Membership.objects.update(is_active=False)
    browser = Browser(alma)
    assert browser.get("/vendors/new/").status_code == 404

    Membership.objects.filter(pk=second.pk).update(is_active=True)
    vendor = browser.token_of("/vendors/new/")
    Membership.objects.filter(pk=alma.pk).update(is_active=True)

    assert browser.press("/vendors/new/", vendor, name="Kestrel Steel") == 302
    assert Vendor.objects.get().company == second.company


def test_the_pages_of_a_company_stay_good_as_long_as_he_works_in_it(alma: Membership, second: Membership) -> None:
    browser = Browser(alma)
    vendor = browser.token_of("/vendors/new/")
    browser.get("/")

    assert browser.press("/vendors/new/", vendor, name="Kestrel Steel") == 302
    assert Vendor.objects.get().company == alma.company


def test_who_has_lost_the_company_that_he_was_in_is_told_where_he_is_now(alma: Membership, second: Membership) -> None:
    browser = Browser(alma)
    shut_out_and_looked(browser, alma, second)
    told = "Your access to Harbor Row Builders has ended, so you are in Other Books Inc now."

    assert [told in browser.get("/inbox/").content.decode() for _ in range(2)] == [True, False]

    alma.user.language = "es"
    alma.user.save()
    Membership.objects.filter(pk=alma.pk).update(is_active=True)
    switched(browser, second, alma)
    shut_out(browser, alma, second)
    assert "Su acceso a Harbor Row Builders ha terminado" in browser.get("/inbox/").content.decode()


def test_every_page_names_the_company_to_who_has_several(
    alma: Membership, second: Membership, max_pm: Membership
) -> None:
    browser = Browser(alma)
    named = '<p class="where">{}</p>'.format

    assert named("Harbor Row Builders") in browser.get("/inbox/").content.decode()
    switched(browser, alma, second)
    page = browser.get("/inbox/").content.decode()
    assert named("Other Books Inc") in page
    assert "· Other Books Inc · Sync console</title>" in page
    assert named("Harbor Row Builders") not in Browser(max_pm).get("/inbox/").content.decode()

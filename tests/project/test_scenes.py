"""What tests begin with is made once and given to each as if it had been made for it."""

from __future__ import annotations

import pytest

from procore_sync.accounts.models import Company, Membership, Role
from tests.factories import make_company, make_member
from tests.scenes import kept, scenes

pytestmark = pytest.mark.django_db

made: list[str] = []
#: Cities by the number of a company.
cities: dict[int, str] = {}
scenes.remembered.append(cities)


@pytest.fixture
@kept
def company(db: None) -> Company:
    made.append("company")
    return make_company("Harbor Row Builders", "harbor-row")


@pytest.fixture
@kept
def mia(company: Company) -> Membership:
    made.append("mia")
    return make_member(company, "Mia", Role.PROJECT_MANAGER)


@pytest.fixture
def renamed(company: Company) -> Company:
    company.name = "Renamed"
    company.save()
    return company


@pytest.mark.parametrize("time", [1, 2, 3])
def test_each_has_its_own_rows_and_objects(company: Company, mia: Membership, time: int) -> None:
    assert mia.company is company
    assert (company.name, Company.objects.get().name) == ("Harbor Row Builders", "Harbor Row Builders")
    company.name = f"Changed {time}"
    company.save()
    mia.delete()
    assert (made.count("company") <= 3, made.count("mia") == 1) == (True, True)


@pytest.mark.parametrize("time", [1, 2])
def test_who_asks_for_less_finds_less(company: Company, time: int) -> None:
    assert (Company.objects.count(), Membership.objects.count()) == (1, 0)


def test_who_asks_for_nothing_finds_nothing() -> None:
    assert Company.objects.count() == 0


def test_what_is_not_kept_comes_after_what_is(renamed: Company, mia: Membership) -> None:
    assert (mia.company.name, Company.objects.get().name) == ("Renamed", "Renamed")


@pytest.fixture(name="headquarters")
@kept
def of_a_city(company: Company) -> Company:
    made.append("city")
    cities[company.pk] = "Eastport"
    return company


@pytest.mark.parametrize("time", [1, 2, 3])
def test_what_is_remembered_of_rows_is_put_back_with_them(headquarters: Company, time: int) -> None:
    assert (made.count("city"), cities) == (1, {headquarters.pk: "Eastport"})
    cities.clear()
    cities[7] = "Elsewhere"

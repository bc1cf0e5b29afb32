"""While the database is away people get a page that says so, and afterwards everything goes on by itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from errno import EACCES, ENOSPC
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import DatabaseError, InternalError, OperationalError
from django.test import RequestFactory
from django.urls import reverse
from structlog.contextvars import bound_contextvars

from procore_sync import outages
from tests.outages import Outage
from tests.outages import outages as outages_of_the_database
from tests.processes import Served, database_url, environment, processes, wait_for

pytestmark = pytest.mark.postgres


class _Said(Exception):
    """What psycopg2 raises, as far as it is asked: the server's code."""

    def __init__(self, pgcode: str) -> None:
        super().__init__(pgcode)
        self.pgcode = pgcode


def raised(kind: type[DatabaseError], pgcode: str) -> DatabaseError:
    error = kind("The server said no.")
    error.__cause__ = _Said(pgcode)
    return error


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (raised(OperationalError, "53100"), outages.FULL),
        (raised(InternalError, "25006"), outages.READ_ONLY),
        (raised(OperationalError, "57P03"), outages.AWAY),
        (raised(OperationalError, "08006"), outages.AWAY),
        (raised(DatabaseError, "42601"), ""),
        (OSError(ENOSPC, "No space left on device"), outages.MACHINE_FULL),
        (OSError(EACCES, "Permission denied"), ""),
        (ZeroDivisionError(), ""),
        (None, ""),
    ],
)
def test_only_what_is_the_databases_is_called_so(failure: BaseException | None, sentence: str) -> None:
    assert outages.why_away(failure) == sentence


def test_a_fault_of_this_program_stays_a_500() -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        assert outages.answer(RequestFactory().get("/")).status_code == 500
        told = outages.answer(RequestFactory().get("/api/v1/items/"))
        assert (told.status_code, json.loads(told.content)["who"]) == (500, "operator")


@pytest.mark.parametrize(("away", "status"), [(outages.AWAY, 503), ("", 500)])
def test_the_page_has_the_theme_and_the_language_of_its_reader_and_says_who_can_fix_it(
    monkeypatch: pytest.MonkeyPatch, rf: RequestFactory, away: str, status: int
) -> None:
    monkeypatch.setattr(outages, "why_away", lambda failure: away)
    asked = rf.get("/inbox/", headers={"Accept-Language": "es-US,es;q=0.9"})
    asked.COOKIES["theme"] = "dark"
    with bound_contextvars(request_id="4bf92f35"):
        answer = outages.answer(asked)

    page = answer.content.decode()
    assert answer.status_code == status
    assert '<html lang="es" data-theme="dark">' in page
    assert "Quién puede resolverlo: Operador." in page
    assert ("4bf92f35" in page) == (status == 500)


def test_a_person_reads_what_broke_in_the_language_that_he_chose(rf: RequestFactory) -> None:
    asked = rf.get("/inbox/", headers={"Accept-Language": "en"})
    asked.LANGUAGE_CODE = "es"
    assert "Algo falló" in outages.answer(asked).content.decode()


def test_what_was_sent_meanwhile_leads_back_to_the_page_that_it_was_sent_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outages, "why_away", lambda failure: outages.AWAY)
    sent = RequestFactory().post("/review/1/accept/", headers={"Referer": "http://testserver/inbox/?view=failed"})
    assert 'href="/inbox/?view=failed"' in outages.answer(sent).content.decode().replace("http://testserver", "")
    stranger = RequestFactory().post("/review/1/accept/", headers={"Referer": "https://elsewhere.example/"})
    assert 'class="btn" href="/"' in outages.answer(stranger).content.decode()
    assert 'class="btn" href=""' in outages.answer(RequestFactory().get("/inbox/")).content.decode()


def test_a_page_that_broke_leads_back_to_where_something_was_sent_from(rf: RequestFactory) -> None:
    sent = outages.answer(rf.post("/vendors/new/", headers={"Referer": "http://testserver/vendors/new/"}))
    told = sent.content.decode()
    assert (sent.status_code, 'data-undone="perhaps"' in told) == (500, True)
    assert re.search(r'href="(http://testserver)?/vendors/new/"', told)
    looked = outages.answer(rf.get("/vendors/new/")).content.decode()
    assert "data-undone" not in looked
    assert "with what you typed" not in looked


@pytest.fixture(scope="module")
def web(
    tmp_path_factory: pytest.TempPathFactory, django_db_setup: None, django_db_blocker: Any, leased_redis: str
) -> Iterator[Served]:
    """It comes back from each outage without a restart, so all of them may happen to one."""
    with django_db_blocker.unblock():
        given = environment(database_url(), leased_redis, DEBUG="false")
    with processes(tmp_path_factory.mktemp("web"), given) as running:
        yield running.web()


@pytest.fixture
def outage(transactional_db: None) -> Iterator[Outage]:
    with outages_of_the_database() as outage:
        yield outage


def test_a_page_says_503_while_the_database_is_away_and_comes_back_without_a_restart(
    web: Served, outage: Outage
) -> None:
    page = web.url + reverse("account_login")
    with requests.Session() as browser:
        assert browser.get(page, timeout=20).status_code == 200
        csrf = {"csrfmiddlewaretoken": browser.cookies["csrftoken"], "login": "ada@example.test", "password": "secret"}
        outage.begin()
        answers = [browser.get(page, timeout=20), browser.post(page, csrf, timeout=20)]
        assert browser.get(f"{web.url}/healthz", timeout=20).status_code == 200
        assert browser.get(f"{web.url}/readyz", timeout=20).status_code == 503
        outage.end()
        wait_for(lambda: browser.get(page, timeout=20).status_code == 200, 20, what="it is back", children=[web.child])
        assert browser.post(page, csrf, timeout=20).status_code == 200
    posted = answers[1]
    assert posted.status_code == 503
    assert outages.AWAY.split(",")[0] in posted.text
    assert "done whole or not at all" in posted.text
    assert posted.headers["Retry-After"] == "10"
    assert "Traceback" not in posted.text


def test_the_api_says_it_in_its_own_words(web: Served, outage: Outage) -> None:
    headers = {"Authorization": "Token erp_0123456789abcdef0123456789abcdef"}
    outage.begin()
    answer = requests.get(f"{web.url}/api/v1/items/", headers=headers, timeout=20)
    assert answer.status_code == 503
    assert answer.json()["detail"].startswith(outages.AWAY)
    assert answer.json()["who"] == "operator"


def test_the_page_needs_nothing_that_is_away(tmp_path: Path) -> None:
    from django.template.loader import render_to_string

    page = render_to_string("errors/503.html", {"why": outages.FULL, "stands": outages.STANDS})
    assert outages.FULL.replace("'", "&#x27;") in page

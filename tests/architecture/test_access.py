"""Every address is in the access matrix, and every row of it is really requested."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from pytest_django import Settings

from procore_sync.accounts.authentication import PerMember
from procore_sync.accounts.middleware import above
from tests.architecture.access import Scene, rows
from tests.architecture.browser import browser_of
from tests.architecture.budgets import NO_PAGES, REFUSED, budgets
from tests.architecture.controls import alike, only_hovered, unexplained

Sessions = dict[str, str]
METHODS = ("GET", "POST")
OF_THE_API = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.fixture(autouse=True)
def quiet_bells(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    """The broker is an edge."""
    settings.IN_ONE_PROCESS = True
    monkeypatch.setattr("procore_sync.acceptance.operations.ring", lambda submission_id: None)
    monkeypatch.setattr("quickbooks_bridge.views.ring_refresh", lambda pk, full: True)
    monkeypatch.setattr("quickbooks_bridge.api.ring_refresh", lambda pk, full: True)
    monkeypatch.setattr("quickbooks_bridge.views.ring_sign_in", lambda pk: True)


def names(patterns: list[URLPattern | URLResolver], space: str = "") -> Iterator[str]:
    """The name of every address below `patterns`; one without a name stands with its path."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from names(one.url_patterns, ":".join(part for part in (space, one.namespace) if part))
        elif one.name is None:
            yield f"/{one.pattern}"
        else:
            yield f"{space}:{one.name}" if space else one.name


def status(scene: Scene, session: str | None, name: str, method: str) -> int:
    """What the person with this session gets; whatever it changed is rolled back, and the count of asking forgotten."""
    PerMember.cache.clear()
    with transaction.atomic():
        client = browser_of(session)
        address = name if name.startswith("/") else reverse(name, args=scene.at(name))
        if name.startswith("api:") and method != "GET":
            answer = client.generic(method, address, json.dumps(scene.body(name)), "application/json")
        elif method == "POST":
            answer = client.post(address, scene.body(name))
        else:
            answer = client.get(address)
        assert not answer.streaming or answer.getvalue()
        if answer.get("Content-Type", "").startswith("text/html"):
            assert unexplained(answer.text) == [], address
            assert alike(answer.text) == [], address
            assert only_hovered(answer.text) == [], address
        transaction.set_rollback(True)
        return answer.status_code


def test_every_address_is_in_the_matrix() -> None:
    listed = {name for name, _, _ in rows()}

    assert set(names(get_resolver().url_patterns)) == listed


@pytest.mark.parametrize(("name", "method", "expected"), rows(), ids=[f"{name} {method}" for name, method, _ in rows()])
def test_everybody_gets_what_the_matrix_says(
    scene: Scene, sessions: Sessions, name: str, method: str, expected: dict[str, int]
) -> None:
    assert {who: status(scene, sessions.get(who), name, method) for who in expected} == expected


def test_a_method_outside_the_matrix_is_refused(scene: Scene, sessions: Sessions) -> None:
    listed = {(name, method) for name, method, _ in rows()}
    others = [
        (name, method)
        for name in dict.fromkeys(name for name, _, _ in rows())
        for method in (OF_THE_API if name.startswith("api:") and name != "api:nothing_here" else METHODS)
        if (name, method) not in listed
    ]

    assert {pair: status(scene, sessions["alma"], *pair) for pair in others} == dict.fromkeys(others, 405)


def test_an_address_that_only_does_something_leads_back_to_a_page(scene: Scene) -> None:
    shown = {name for name, method, _ in rows() if method == "GET"}
    doing = {name for name, _, _ in rows()} - shown
    ways = {name: resolve(above(reverse(name, args=scene.at(name)))) for name in doing if not name.startswith("api:")}

    pages = shown - NO_PAGES | {"acceptance:turns"}
    assert {name: way.view_name for name, way in ways.items() if way.view_name not in pages} == {}
    assert ways["commitments:remove_attachment"].view_name == "commitments:commitment"


def test_every_page_has_a_budget() -> None:
    answered = {name for name, method, people in rows() if method == "GET" and 200 in people.values()}
    pages = {name for name in answered if not name.startswith("api:")} - NO_PAGES

    assert {budget.name for budget in budgets()} == pages | REFUSED.keys()
    assert answered >= NO_PAGES

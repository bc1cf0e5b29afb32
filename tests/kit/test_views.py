"""The theme switch and the page of components."""

import re

import pytest
from django.http import Http404
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from procore_sync.accounts.models import Membership
from procore_sync.kit import samples, views
from tests.cast import company, max_pm

__all__ = ["company", "max_pm"]

FORBIDDEN = re.compile(r"\sstyle=|\son[a-z]+=|<script>|javascript:|hx-on", re.IGNORECASE)


def chosen(theme: str, after: str = "/inbox/") -> tuple[str, str]:
    """Where choosing `theme` leads and what the cookie then holds."""
    response = views.theme(RequestFactory().post("/theme/", {"theme": theme, "next": after}))
    return response["Location"], response.cookies["theme"].value


def test_it_remembers_a_theme_and_goes_back() -> None:
    assert chosen("dark") == ("/inbox/", "dark")
    assert chosen("system") == ("/inbox/", "")
    assert chosen("<script>") == ("/inbox/", "")


@pytest.mark.parametrize("after", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_it_never_sends_anybody_elsewhere(after: str) -> None:
    assert chosen("dark", after)[0] == "/"


@pytest.mark.parametrize("state", [*samples.STATES, "", "rows"])
def test_it_draws_every_state_without_inline_style_or_script(state: str) -> None:
    request = RequestFactory().get("/")
    template, context = {
        "": ("components/index.html", samples.components({})),
        "rows": ("acceptance/inbox.html", samples.inbox(0)),
    }.get(state) or ("acceptance/review.html", samples.review(state))

    page = render_to_string(template, context, request=request)

    assert FORBIDDEN.findall(page) == []
    assert page.count('role="status"') == 1
    assert page.count("<h1") == 1
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert sorted(ids) == sorted(set(ids)) or state == ""


@pytest.mark.parametrize("name", ["403", "404", "405", "409", "422", "500", "503"])
def test_it_has_a_page_for_every_refusal(name: str) -> None:
    page = render_to_string(f"errors/{name}.html")

    assert page.count("<h1") == 1
    assert FORBIDDEN.findall(page) == []


def test_it_names_the_state_that_has_no_sample() -> None:
    with pytest.raises(Http404, match="no sample of the state flying"):
        views.review_sample(RequestFactory().get("/"), "flying")


@pytest.mark.parametrize("rows", ["²", "-1", "", "9" * 5000])
@pytest.mark.django_db
def test_any_number_of_sample_rows_asked_for_is_answered(client: Client, rows: str) -> None:
    assert client.get("/components/inbox/", {"rows": rows}).status_code == 200


@pytest.mark.django_db
def test_a_stranger_cannot_keep_the_console_busy_with_made_up_rows(client: Client, max_pm: Membership) -> None:
    def shown() -> int:
        return client.get("/components/inbox/?rows=2000").content.decode().count("data-row")

    assert shown() <= 60
    client.force_login(max_pm.user)
    assert shown() >= 1000


@pytest.mark.django_db
def test_a_sample_page_says_that_it_is_made_up(client: Client) -> None:
    for page in ("/components/inbox/", "/components/review/sent/"):
        assert "every name and amount on it is made up" in client.get(page).content.decode()

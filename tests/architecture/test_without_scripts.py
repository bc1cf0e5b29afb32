"""With scripts blocked everything still works: no control of a page needs one, and every write has a form."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import resolve, reverse

from tests.architecture.access import Scene, rows
from tests.architecture.browser import browser_of
from tests.architecture.plain_forms import Page, read

ROOT = Path(__file__).parents[2]
EVERYTHING = ("",)
#: Who walks through what: the one with most rights and the contact through all, the others where theirs differ.
WALKS = {
    "alma": EVERYTHING,
    "ian": EVERYTHING,
    "out": EVERYTHING,
    "ada": ("acceptance:", "quickbooks_bridge:", "projects:cost_code"),
    "max": ("acceptance:notices",),
}
#: Pages of samples, whose buttons lead nowhere.
SAMPLES = {"kit:components", "kit:inbox_sample", "kit:review_sample", "kit:refused_sample"}
#: Made by django-allauth, whose pages are plain forms.
OF_ALLAUTH = ("account_", "mfa_", "socialaccount_", "openid_connect_")
#: Written to by no person, or of no use without scripts.
NO_FORM = {
    "accounts:keys": "it switches the keys of the pages, which are a script",
    "quickbooks_bridge:webhooks": "QuickBooks calls it",
}
OWN = '<form class="form" method="post">{% csrf_token %}'
OF_STEPS = "the step is a form of components/offer.html"
#: Forms that stand on no page that is walked: in which state they do, where, and what stands there ("" = the form).
IN_ANOTHER_STATE = {
    "acceptance:choices": ("a line needs a choice", "templates/acceptance/_posting.html", ""),
    "acceptance:forget_view": ("a list is kept", "templates/acceptance/_list_tools.html", ""),
    "acceptance:retry": ("failed; " + OF_STEPS, "procore_sync/acceptance/actions.py", 'f"acceptance:{action}"'),
    "acceptance:undo": ("just accepted", "templates/acceptance/_held.html", ""),
    "acceptance:undo_many": ("many just accepted", "templates/acceptance/turns.html", ""),
    "accounts:reactivate": ("somebody is inactive", "templates/accounts/people.html", ""),
    "accounts:switch_company": ("of two companies", "templates/components/top.html", 'action="{{ nav.switch_url }}"'),
    "budgets:direct_cost": ("direct costs are typed", "templates/budgets/line.html", ""),
    "budgets:line": ("the budget is open", "templates/budgets/line.html", OWN),
    "budgets:lock": ("the budget is open; " + OF_STEPS, "budgets/steps.py", '"budgets:lock"'),
    "budgets:new_line": ("the budget is open", "templates/budgets/line_form.html", OWN),
    "budgets:preview": ("a file is read", "templates/projects/import_preview.html", '<form method="post">'),
    "budgets:remove_line": ("the budget is open; " + OF_STEPS, "budgets/steps.py", '"budgets:remove_line"'),
    "change_orders:approve_request": ("in review; " + OF_STEPS, "change_orders/steps.py", '"Approve"'),
    "change_orders:collect": ("collectable", "templates/change_orders/_collected.html", 'action="{{ collect_url }}"'),
    "change_orders:collect_into_request": (
        "collectable",
        "templates/change_orders/_collected.html",
        'action="{{ collect_url }}"',
    ),
    "change_orders:reject_request": ("in review; " + OF_STEPS, "change_orders/steps.py", '"Reject"'),
    "commitments:approve_breakdown": ("submitted", "templates/commitments/breakdown.html", ""),
    "commitments:correct": ("synced", "templates/commitments/correct.html", OWN),
    "commitments:end_correction": ("in correction", "templates/commitments/correct.html", ""),
    "commitments:invite_to_break_down": (
        "broken down; " + OF_STEPS,
        "commitments/ssov_views.py",
        '"commitments:invite_to_break_down"',
    ),
    "commitments:new_commitment": (
        "after project and type",
        "templates/commitments/commitment_form.html",
        '<form class="stack" method="post" enctype="multipart/form-data">{% csrf_token %}',
    ),
    "commitments:reopen_breakdown": ("approved", "templates/commitments/breakdown.html", ""),
    "commitments:return_breakdown": ("submitted", "templates/commitments/breakdown.html", ""),
    "commitments:submit_breakdown": ("in draft", "templates/commitments/breakdown.html", 'action="{{ submit_url }}"'),
    "commitments:own_submit_breakdown": (
        "nothing remains",
        "templates/commitments/breakdown.html",
        'action="{{ submit_url }}"',
    ),
    "copying:company": (
        "administrator of two companies",
        "templates/copying/plan.html",
        '<form method="post" class="stack">{% csrf_token %}',
    ),
    "invoices:correct": ("synced", "templates/invoices/correct.html", OWN),
    "invoices:end_correction": ("in correction", "templates/invoices/correct.html", ""),
    "invoices:move": ("left over; " + OF_STEPS, "invoices/steps.py", '"move"'),
    "invoices:new_invoice": ("billable", "templates/invoices/new_invoice.html", OWN),
    "invoices:return": ("under review", "templates/invoices/invoice.html", ""),
    "invoices:review": ("under review", "templates/invoices/review.html", '<form method="post" novalidate>'),
    "invoices:set_status": ("reviewed", "templates/invoices/invoice.html", ""),
    "invoices:void": ("not void", "templates/invoices/invoice.html", ""),
    "projects:preview_cost_codes": ("a file is read", "templates/projects/import_preview.html", '<form method="post">'),
    "quickbooks_bridge:bring_back": ("set aside", "templates/quickbooks_bridge/candidates.html", ""),
    "quickbooks_bridge:bring_document_back": ("set aside", "templates/quickbooks_bridge/onboarding/document.html", ""),
    "quickbooks_bridge:bring_foreign_back": ("set aside", "templates/quickbooks_bridge/foreign.html", ""),
    "quickbooks_bridge:disconnect": ("connected", "templates/quickbooks_bridge/connection.html", ""),
    "quickbooks_bridge:dismiss": ("found", "templates/quickbooks_bridge/candidates.html", ""),
    "quickbooks_bridge:dismiss_document": ("found", "templates/quickbooks_bridge/onboarding/document.html", ""),
    "quickbooks_bridge:lift_cap": ("a cap is set", "templates/quickbooks_bridge/onboarding/onboarding.html", ""),
    "quickbooks_bridge:link": ("a name is like it", "templates/quickbooks_bridge/link_item.html", ""),
    "quickbooks_bridge:link_all": ("exact pairs", "templates/quickbooks_bridge/candidates.html", ""),
    "quickbooks_bridge:link_document": ("found", "templates/quickbooks_bridge/onboarding/document.html", ""),
    "quickbooks_bridge:link_exact_documents": (
        "exact pairs",
        "templates/quickbooks_bridge/onboarding/exact.html",
        '<form method="post">{% csrf_token %}',
    ),
    "quickbooks_bridge:mode": ("connected", "templates/quickbooks_bridge/connection.html", ""),
    "quickbooks_bridge:read_opening": ("connected", "templates/projects/_reading.html", 'action="{{ read_url'),
    "quickbooks_bridge:read_payments": ("connected", "templates/projects/_reading.html", 'action="{{ read_url'),
    "quickbooks_bridge:relink_found": ("links are lost", "templates/quickbooks_bridge/ahead.html", ""),
    "quickbooks_bridge:relink_one": ("a link is lost", "templates/quickbooks_bridge/ahead.html", ""),
    "quickbooks_bridge:resume": ("halted", "templates/quickbooks_bridge/connection.html", ""),
    "quickbooks_bridge:sign_onboarding": ("all is done", "templates/quickbooks_bridge/onboarding/onboarding.html", ""),
    "quickbooks_bridge:skip_onboarding": ("begun", "templates/quickbooks_bridge/onboarding/onboarding.html", ""),
    "vendors:preview_vendors": ("a file is read", "templates/projects/import_preview.html", '<form method="post">'),
    "vendors:set_vendor_active": ("not open; " + OF_STEPS, "vendors/views.py", 'active="vendors:set_vendor_active"'),
}


def pages_of(who: str, scene: Scene, sessions: dict[str, str]) -> Iterator[tuple[str, Page]]:
    """Every page of their walk that this person gets, by the name of its address."""
    client = browser_of(sessions.get(who))
    for name, method, expected in rows():
        if method == "GET" and expected[who] == 200 and name.startswith(WALKS[who]) and is_page(name):
            address = reverse(name, args=scene.at(name))
            answer = client.get(address)
            if answer["Content-Type"].startswith("text/html"):
                yield name, read(address, answer.text)


def is_page(name: str) -> bool:
    """Whether the address of this name is for people."""
    return name not in SAMPLES and not name.startswith(("api:", "/"))


def written_by(page: Page) -> set[str]:
    """The names of the addresses to which the forms of a page post."""
    posts = (urlsplit(urljoin(page.path, form.action)).path for form in page.forms if form.method == "post")
    return {resolve(path).view_name for path in posts}


def test_every_control_works_without_scripts_and_every_write_has_a_form(scene: Scene, sessions: dict[str, str]) -> None:
    stuck: dict[str, list[str]] = {}
    written: set[str] = set()
    for who in WALKS:
        for name, page in pages_of(who, scene, sessions):
            written |= written_by(page)
            if page.dead:
                stuck[f"{name} as {who}"] = page.dead
    posts = {name for name, method, _ in rows() if method == "POST" and is_page(name)}

    assert stuck == {}
    missing = posts - written - NO_FORM.keys()
    assert {name for name in missing if not name.startswith(OF_ALLAUTH)} == set(IN_ANOTHER_STATE)


@pytest.mark.parametrize("name", list(IN_ANOTHER_STATE))
def test_a_form_of_another_state_stands_where_it_is_said_to(name: str) -> None:
    _, file, words = IN_ANOTHER_STATE[name]

    assert (words or f'action="{{% url "{name}"') in (ROOT / file).read_text()


@pytest.mark.parametrize(
    ("html", "why"),
    [
        ('<button type="button" class="b">Go</button>', "button  in no form"),
        ('<a href="#">Go</a>', "nothing of this name"),
        ('<a href="javascript:go()">Go</a>', "javascript:go()"),
        ('<div role="button">Go</div>', "plays a button"),
        ('<div hx-post="/go/"></div>', "sends to /go/: no form does"),
        ('<span hx-get="/go/">Go</span>', "pressed, and no link"),
        ('<form action="/go/"><select name="a"></select></form>', "no button sends it"),
        ('<form action="/go/"><input name="a"><input name="b"></form>', "no button sends it"),
        ('<form action="/go/" method="post"><button>Go</button></form>', "no token, so it is refused"),
        ('<form id="f"></form><button form="g">Go</button>', "a form g that is not there"),
    ],
)
def test_what_would_need_a_script_is_seen(html: str, why: str) -> None:
    assert why in " ".join(read("/", html).dead)


@pytest.mark.parametrize(
    "html",
    [
        '<form action="/find/"><input type="search" name="q"></form>',
        '<dialog><form><select name="a"></select></form></dialog><p hidden><button type="button">Go</button></p>',
        '<form method="post" action="/go/"><input type="hidden" name="csrfmiddlewaretoken"><button>Go</button></form>'
        '<div hx-post="/go/"></div>',
        '<form action="/go/"><select name="a" disabled></select></form>',
    ],
)
def test_what_works_without_one_is_let_through(html: str) -> None:
    assert read("/", html).dead == []

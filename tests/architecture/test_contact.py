"""An invoice contact reaches nothing but their own: a crawler signed in as one, and every address with others' ids.

Whatever is not theirs carries the word SECRET in its names, numbers and texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RoutePattern
from django.utils import timezone

from commitments.attachments import attach
from commitments.models import Commitment, SsovLine
from commitments.operations import set_invoice_contacts
from invoices.billing_rules import PeriodDetails
from invoices.invite_links import token_of
from invoices.invites import send_invites
from invoices.models import BillingPeriod, Invite, Invoice
from invoices.periods import open_period, open_period_of
from procore_sync.accounts.authentication import PerMember
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.shown import day
from projects.models import Project
from tests.cast import company, ian, max_pm, olga, other_company
from tests.factories import make_budget, make_change_order, make_commitment, make_member, make_project, make_vendor
from tests.invoices.test_periods import make_invoice

__all__ = ["company", "ian", "max_pm", "olga", "other_company"]
pytestmark = pytest.mark.django_db
SECRET = "SECRET"
#: So long after today, and no other period of the scene, is due what they do not bill.
SECRET_DUE = timedelta(days=17)
OURS = ("projects", "vendors", "budgets", "commitments", "change_orders", "invoices", "acceptance", "accounts")
#: Signing out ends the crawl, and signing in is no page of the contact.
LEFT_OUT = re.compile(r"^/(sign-out|sign-in|components)/")
TEXTS = ("csv", "amount", "potential", "sent")
BILLING = re.compile(r"^/(api/v1/)?(billing|invoices)")
SAID = {"answer": "yes", "accepts": True, "all": "1", "status": "void", "comment": "x", "reason": "x", "active": "no"}


@dataclass
class Ground:
    """What is the contact's; ids of others, at least one of every table; and all of theirs that billing asks for."""

    contact: Membership
    own: Commitment
    invite: Invite
    foreign: list[int]
    billed: list[int]
    links: list[str]


def some_billing(by: Membership, project: Project, contact: Membership, name: str) -> Invite:
    """A commitment of the project with everything that hangs on one, which `contact` is asked to bill."""
    vendor = make_vendor(by, f"{name} vendor {project.pk}")
    number = f"{name}-{project.pk}"
    commitment = make_commitment(by, project, vendor, title=name, number=number, description=name)
    attach(commitment, SimpleUploadedFile(f"{name}.txt", name.encode()), by=by)
    set_invoice_contacts(commitment, [contact], by=by)
    today = today_of(by.company)
    due_on = today + (SECRET_DUE if name == SECRET else timedelta(days=5))
    period = open_period_of(project) or open_period(project, PeriodDetails(today, today, due_on), by=by)
    invite = send_invites(period, [commitment], by=by)[0]
    # Of another commitment, so that the one that is asked can still be billed.
    billed = make_invoice(by, period, number=f"{name} invoice", note=name)
    Commitment.objects.filter(pk=billed.commitment_id).update(title=name)
    return invite


@pytest.fixture
def ground(max_pm: Membership, olga: Membership, ian: Membership) -> Ground:
    """Ian bills one commitment of Max's project; Ivy another of it and one elsewhere; Oscar one of Olga's company."""
    ivy = make_member(max_pm.company, f"Ivy{SECRET}", Role.INVOICE_CONTACT)
    oscar = make_member(olga.company, f"Oscar{SECRET}", Role.INVOICE_CONTACT)
    project = make_project(max_pm, "Harbor Row Lofts")
    invite = some_billing(max_pm, project, ian, "Concrete")
    theirs = [
        some_billing(max_pm, project, ivy, SECRET),
        some_billing(max_pm, make_project(max_pm, f"{SECRET} tower"), ivy, SECRET),
        some_billing(olga, make_project(olga, f"{SECRET} bridge"), oscar, SECRET),
    ]
    make_change_order(max_pm, theirs[0].commitment, title=SECRET)
    make_budget(max_pm, theirs[1].period.project)
    for invite_of in theirs:
        Commitment.objects.filter(pk=invite_of.commitment_id).update(uses_ssov=True)
        line = invite_of.commitment.lines.get()
        SsovLine.objects.create(line=line, position=1, description=SECRET, amount=line.amount)
    tables: dict[type[Model], set[int]] = {}
    for row in everything():
        if row.pk not in (ian.pk, ian.user_id, invite.pk, invite.commitment_id, invite.period_id):
            tables.setdefault(type(row), set()).add(row.pk)
    asked = set().union(*(tables[model] for model in (Commitment, Invite, BillingPeriod, Project, Invoice)))
    return Ground(
        ian, invite.commitment, invite, hitting(tables.values()), sorted(asked), [token_of(one) for one in theirs]
    )


def hitting(groups: Iterable[set[int]]) -> list[int]:
    """A few numbers of which every group holds one."""
    left, found = [group for group in groups if group], []
    while left:
        counts = Counter(number for group in left for number in group)
        found.append(counts.most_common(1)[0][0])
        left = [group for group in left if found[-1] not in group]
    return sorted(found)


def signed_in(member: Membership) -> Client:
    """Their browser."""
    client = Client()
    client.force_login(member.user)
    return client


def everything() -> Iterator[Any]:
    """Every row of our own tables that anybody can see or change."""
    for label in OURS:
        for model in apps.get_app_config(label).get_models():
            yield from model._default_manager.all()


def state() -> set[str]:
    """All of it, each column."""
    return {
        f"{type(row).__name__} {sorted((name, _told(value)) for name, value in _columns(row))}" for row in everything()
    }


def _columns(row: Model) -> Iterator[tuple[str, object]]:
    return ((name, value) for name, value in vars(row).items() if name != "_state")


def _told(value: object) -> str:
    """A column's content; PostgreSQL gives that of a file as a view of memory."""
    return repr(bytes(value) if isinstance(value, memoryview) else value)


def test_a_contact_finds_no_link_to_what_is_not_his(ground: Ground) -> None:
    browser, seen, waiting = signed_in(ground.contact), {"/"}, deque(["/"])
    while waiting:
        address = waiting.popleft()
        answered = browser.get(address)
        page = answered.content.decode()
        assert answered.status_code in (200, 302), address
        assert not tells(answered), address
        found = {link.partition("#")[0] for link in re.findall(r'href="(/[^"]*)"', page)}
        for link in sorted(link.replace("&amp;", "&") for link in found):
            if link not in seen and not LEFT_OUT.match(link) and not link.startswith("/static/"):
                seen.add(link)
                waiting.append(link)

    assert f"/billing/commitments/{ground.own.pk}/" in seen
    assert not any(place in link for link in seen for place in ("/inbox", "/projects", "/commitments/?", "/people"))
    assert len(seen) >= 5


def tells(answer: Any) -> bool:
    """Whether anything of others is in it, be it the due date of a period that is not theirs."""
    due_on = timezone.now().date() + SECRET_DUE
    days = [due_on + timedelta(days=away) for away in (-1, 0)]
    marks = [SECRET, *(one.isoformat() for one in days), *(day(one) for one in days)]
    return any(mark.encode() in answer.getvalue() for mark in marks)


def addresses(patterns: Iterable[URLPattern | URLResolver], numbers: list[int], links: list[str]) -> Iterator[str]:
    """Every address below `patterns`, with each of the numbers and texts in every place."""
    yield from (f"/{path}" for path in _paths(patterns, numbers, links))


def _paths(patterns: Iterable[URLPattern | URLResolver], numbers: list[int], links: list[str]) -> Iterator[str]:
    for one in patterns:
        if not isinstance(one.pattern, RoutePattern):
            continue
        for start in _filled(one.pattern, numbers, links):
            if isinstance(one, URLResolver):
                yield from (start + rest for rest in _paths(one.url_patterns, numbers, links))
            else:
                yield start


def _filled(pattern: RoutePattern, numbers: list[int], links: list[str]) -> Iterator[str]:
    route = str(pattern)
    kinds = [type(converter).__name__ for converter in pattern.converters.values()]
    parts = re.split(r"<[^>]+>", route)
    values: list[list[str]] = [
        [str(number) for number in numbers] if kind == "IntConverter" else [*TEXTS, *links] for kind in kinds
    ]
    if len(kinds) > 1:
        # Of two numbers in one address the second says what of the first: as good as any.
        values = [values[0], *([value[0], value[-1]] for value in values[1:])]
    for chosen in product(*values):
        yield "".join(part for pair in zip(parts, (*chosen, ""), strict=True) for part in pair)


def every_address(ground: Ground) -> Iterator[str]:
    """Each address once; the API is asked more often than it lets one person ask in a minute."""
    patterns = get_resolver().url_patterns
    of_billing = filter(BILLING.match, addresses(patterns, ground.billed, ground.links))
    found = dict.fromkeys([*addresses(patterns, ground.foreign, ground.links), *of_billing])
    for place, address in enumerate(found):
        if place % 50 == 0:
            PerMember.cache.clear()
        if not LEFT_OUT.match(address):
            yield address


def writes_to(address: str) -> list[str]:
    """The methods that could change something there."""
    actions = getattr(resolve(address).func, "actions", None)
    return ["POST"] if actions is None else [method.upper() for method in actions if method != "get"]


def test_no_address_with_the_ids_of_others_shows_a_contact_anything(ground: Ground) -> None:
    browser = signed_in(ground.contact)

    told = {address: tells(browser.get(address)) for address in every_address(ground)}

    assert [address for address, secret in told.items() if secret] == []
    assert len(told) > 300


def test_no_write_to_the_ids_of_others_changes_anything(ground: Ground) -> None:
    browser, before = signed_in(ground.contact), state()
    body = json.dumps({**SAID, "commitments": ground.foreign, "project": ground.foreign[0]})
    told = []
    for address in every_address(ground):
        if not address.startswith("/api/"):
            answers = [browser.post(address, {**SAID, "commitments": ground.foreign})]
        else:
            answers = [
                browser.generic(method, address, body, "application/json") for method in ("POST", "PUT", "DELETE")
            ]
        told += [address for answer in answers if tells(answer)]

    assert told == []
    changed = before ^ state()
    # Their invite, keys on their own pages, their first steps put away, what they are told where, their list's columns.
    me = ground.contact
    his = {
        "Invite": f"('id', '{ground.invite.pk}')",
        "User": f"('id', '{me.user_id}')",
        "Membership": f"('id', '{me.pk}')",
        "NoticeChoice": f"('member_id', '{me.pk}')",
        "ListColumns": f"('member_id', '{me.pk}')",
    }
    assert all(his.get(line.partition(" ")[0], "nobody's") in line for line in changed), changed

"""The cap of a first export: at most so many documents and so much money, until an administrator lifts it.

Every record takes a place under the cap before it is sent, once. A place is given under a lock on the connection's row,
so that any number of workers together never send more. It is not given back: what was tried counts as sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext

from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.operations import look_again
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.money import money
from procore_sync.kit.refusals import InvalidInput, Refusal
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding.models import CapPlace, OnboardingEntry, Step

_ZERO = Decimal("0.00")
_SECONDS = 60
MOST = 1_000_000


@dataclass(frozen=True)
class Cap:
    """How far the first export may go, and how far it went; None is no limit."""

    documents: int | None
    amount: Decimal | None
    used: int = 0
    used_amount: Decimal = _ZERO

    @property
    def is_set(self) -> bool:
        """Whether there is one."""
        return self.documents is not None or self.amount is not None

    def has_room_for(self, amount: Decimal) -> bool:
        """Whether one more document of so much money may go."""
        fits = self.documents is None or self.used < self.documents
        return fits and (self.amount is None or self.used_amount + amount <= self.amount)

    def with_one(self, amount: Decimal) -> Cap:
        """The cap after one more document."""
        return Cap(self.documents, self.amount, self.used + 1, self.used_amount + amount)

    @property
    def sentence(self) -> str:
        """The cap in words."""
        noun = "document" if self.documents == 1 else "documents"
        parts = [] if self.documents is None else [f"{self.documents} {noun}"]
        parts += [] if self.amount is None else [f"{self.amount:,.2f} of money"]
        return " and ".join(parts)


def cap_of(row: Connection) -> Cap:
    """The cap of a connection and what of it is used."""
    told = CapPlace.objects.filter(company_id=row.company_id).aggregate(count=Count("pk"), amount=Sum("amount"))
    return Cap(row.cap_documents, row.cap_amount, told["count"], money(told["amount"] or _ZERO))


@transaction.atomic
def set_cap(*, documents: int | None, amount: Decimal | None, by: Membership) -> OnboardingEntry:
    """Let at most so many documents and so much money go from now on; what went before does not count.

    Raises:
        NotAllowed: `by` may not connect.
        InvalidInput: neither is given, or one is below nought or beyond reason.
        Refusal: QuickBooks was never connected.
    """
    require(by, Right.CONNECT)
    row = _locked(by)
    errors: dict[str, list[str]] = {}
    if documents is None and amount is None:
        errors["documents"] = [gettext("Say how many documents or how much money may go, or both.")]
    if documents is not None and not 0 <= documents <= MOST:
        told = gettext("The number of documents lies between zero and %(most)s.")
        errors["documents"] = [told % {"most": f"{MOST:,}"}]
    if amount is not None and amount < 0:
        errors["amount"] = [gettext("The amount cannot be below zero.")]
    if errors:
        raise InvalidInput(" ".join(one for many in errors.values() for one in many), errors=errors)
    CapPlace.objects.filter(company_id=row.company_id).delete()
    most = money(amount) if amount is not None else None
    Connection.objects.filter(pk=row.pk).update(cap_documents=documents, cap_amount=most)
    figures = {"documents": documents, "amount": None if most is None else str(most)}
    return OnboardingEntry.objects.create(company=by.company, step=Step.CAPPED, by=by, figures=figures)


@transaction.atomic
def lift(*, by: Membership) -> OnboardingEntry:
    """Lift the cap, so that everything accepted can go.

    Raises:
        NotAllowed: `by` may not connect.
        Refusal: there is no cap, or QuickBooks was never connected.
    """
    require(by, Right.CONNECT)
    row = _locked(by)
    cap = cap_of(row)
    if not cap.is_set:
        raise Refusal(gettext("There is no cap to lift."))
    CapPlace.objects.filter(company_id=row.company_id).delete()
    Connection.objects.filter(pk=row.pk).update(cap_documents=None, cap_amount=None)
    look_again(by.company)
    figures = {"used": cap.used, "used_amount": str(cap.used_amount), "was": cap.sentence}
    return OnboardingEntry.objects.create(company=by.company, step=Step.LIFTED, by=by, figures=figures)


def _locked(by: Membership) -> Connection:
    row = Connection.objects.select_for_update(no_key=True).filter(company_id=by.company_id).first()
    if row is None:
        raise Refusal(gettext("QuickBooks is not connected yet, so nothing is sent."), who="administrator")
    return row


def take_places(row: Connection | None, submissions: Sequence[Submission]) -> dict[int, Obstacle]:
    """Take a place for each of these in their order; what finds none has to wait, and is told of the cap.

    Without a cap nothing is asked and nothing written.
    """
    if row is None or (row.cap_documents is None and row.cap_amount is None) or not submissions:
        return {}
    with transaction.atomic():
        locked = Connection.objects.select_for_update(no_key=True).only("company", "cap_documents", "cap_amount")
        now = locked.get(pk=row.pk)
        cap = cap_of(now)
        return _taken(now.company_id, cap, submissions) if cap.is_set else {}


def _taken(company_id: int, cap: Cap, submissions: Sequence[Submission]) -> dict[int, Obstacle]:
    placed = placed_of(submissions)
    places, full = [], {}
    for one in submissions:
        amount = abs(one.item.amount or _ZERO)
        if one.item_id in placed:
            continue
        if cap.has_room_for(amount):
            cap = cap.with_one(amount)
            places.append(CapPlace(company_id=company_id, item_id=one.item_id, amount=amount))
        else:
            full[one.pk] = _full(cap)
    CapPlace.objects.bulk_create(places)
    return full


def placed_of(submissions: Sequence[Submission]) -> set[int]:
    """Of these the items that have their place under the cap."""
    items = [one.item_id for one in submissions]
    return set(CapPlace.objects.filter(item__in=items).values_list("item_id", flat=True))


def _full(cap: Cap) -> Obstacle:
    return Obstacle(
        f"The cap of the first export is reached (documents: {_of(cap.used, cap.documents)}, "
        f"money: {_of(cap.used_amount, cap.amount)}). An administrator lifts or raises it after looking at what went.",
        who="administrator",
        where=reverse("quickbooks_bridge:onboarding"),
        seconds=_SECONDS,
    )


def _of(used: int | Decimal, most: int | Decimal | None) -> str:
    """How much is used up, of how much if that is limited; money with its cents."""
    parts = [used] if most is None else [used, most]
    return "/".join(f"{one:,.2f}" if isinstance(one, Decimal) else f"{one:,}" for one in parts)


def cap_for(member: Membership) -> Cap | None:
    """The cap of the member's company, or None without a connection."""
    row = connection_of(member.company_id)
    return cap_of(row) if row else None

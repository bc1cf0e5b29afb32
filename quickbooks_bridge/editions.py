"""What a company's QuickBooks can do: its country, plan and settings, and which kinds of record go with them.

Nothing of it is stored but what QuickBooks said of itself (`Connection.features`). It is read when a company connects,
hourly, and on demand; so it is known before the first export, and what is switched off is said before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance import engine
from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.models import Submission
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.shown import day
from procore_sync.kit.text import before_stop
from quickbooks_bridge import currencies, features, names
from quickbooks_bridge.connections import obstacle_of
from quickbooks_bridge.importers.names import read_features, refresh_lists
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for
from quickbooks_bridge.models import Connection

#: The countries for which it was made and tested, as QuickBooks writes them.
SERVED = ("US", "USA", "CA", "CAN")
_LOOK_AGAIN = 300
_SHOWN = 5

#: The kinds that cannot go at all while a switch is off.
NEEDED: dict[Kind, str] = {
    Kind.BUDGET: features.ESTIMATES,
    Kind.COMMITMENT: features.PURCHASE_ORDERS,
    Kind.CHANGE_ORDER: features.PURCHASE_ORDERS,
}


@dataclass(frozen=True)
class Point:
    """One thing that QuickBooks has or lacks; `level` is ok, look or stop, `stops` the kinds that do not go without."""

    key: str
    title: str
    level: str
    sentence: str
    stops: tuple[Kind, ...] = ()

    @property
    def kinds(self) -> str:
        """The kinds that do not go without it, for people."""
        return ", ".join(gettext(kind.label) for kind in self.stops)


def points_of(row: Connection) -> list[Point]:
    """Everything that decides which kinds go, as QuickBooks said it last; no network."""
    return [_country(row), _plan(row.features), *_switches(row.features), _currency(row), _closed(row.features)]


def to_do(row: Connection) -> list[Point]:
    """What somebody has to switch on before every kind can go."""
    return [point for point in points_of(row) if point.level == "stop"]


def page() -> str:
    """The address of the list."""
    return reverse("quickbooks_bridge:editions")


# the points


def _country(row: Connection) -> Point:
    title = gettext("Country")
    if not row.country:
        return Point("country", title, "stop", gettext("The country is not known yet. Look in QuickBooks now."))
    if row.country not in SERVED:
        told = gettext(
            "The QuickBooks company is in {country}. The console is made for the United States and Canada: let an "
            "accountant look at the first documents of each kind before more of them go."
        )
        return Point("country", title, "look", told.format(country=row.country))
    told = gettext("{country}: what is bought has no tax of its own.")
    if row.is_taxed:
        told = gettext("{country}: every line that is bought has a tax code.")
    return Point("country", title, "ok", told.format(country=row.country))


def _plan(switches: Mapping[str, str]) -> Point:
    plan = switches.get(features.PLAN, "")
    told = gettext("QuickBooks does not say which plan it is; what counts is the list below.")
    if plan:
        told = gettext("{plan}. Purchase orders need Plus or Advanced.").format(plan=plan)
    return Point("plan", gettext(features.PLAN), "ok", told)


def _switches(switches: Mapping[str, str]) -> Iterator[Point]:
    orders = tuple(kind for kind, label in NEEDED.items() if label == features.PURCHASE_ORDERS)
    yield _switch(switches, features.PURCHASE_ORDERS, "purchase_orders", (*orders, Kind.INVOICE))
    yield _switch(switches, features.OWN_ORDER_NUMBERS, "order_numbers", (Kind.COMMITMENT,))
    yield _switch(switches, features.EXPENSES_BY_CUSTOMER, "by_customer", (Kind.INVOICE,))
    yield _switch(switches, features.ESTIMATES, "estimates", (Kind.BUDGET,))
    yield _switch(switches, features.OWN_SALES_NUMBERS, "estimate_numbers", ())


def _switch(switches: Mapping[str, str], label: str, key: str, stops: tuple[Kind, ...]) -> Point:
    title = gettext(label)
    if features.is_on(switches, label):
        return Point(key, title, "ok", gettext("Switched on in QuickBooks."), stops)
    if not features.is_off(switches, label):
        told = gettext("It is not known whether it is switched on. Look in QuickBooks now.")
        return Point(key, title, "look", told, stops)
    return Point(key, title, "stop" if stops else "look", gettext(_OFF[label]), stops)


def switched_off(label: str) -> str:
    """That QuickBooks has it switched off, and where who switches it on; in English, for it is kept with a record."""
    return _OFF[label]


_OFF = {
    features.PURCHASE_ORDERS: gettext_noop(
        "Purchase orders are switched off in QuickBooks. An administrator of QuickBooks switches them on under Account "
        "and settings, Expenses, Purchase orders, or first in a plan that has them: Plus or Advanced; then look again "
        "here."
    ),
    features.OWN_ORDER_NUMBERS: gettext_noop(
        "QuickBooks numbers its purchase orders itself, so it would not keep a commitment's. An administrator of "
        "QuickBooks switches “Custom transaction numbers” on under Account and settings, Expenses, Purchase orders; "
        "then look again here."
    ),
    features.EXPENSES_BY_CUSTOMER: gettext_noop(
        "QuickBooks does not track expenses by customer, so lines may lose their job. An administrator of QuickBooks "
        "switches “Track expenses and items by customer” on under Account and settings, Expenses, Bills and expenses; "
        "then look again here."
    ),
    features.ESTIMATES: gettext_noop(
        "Estimates are switched off in QuickBooks. An administrator of QuickBooks switches them on under Account and "
        "settings, Sales; then look again here."
    ),
    features.OWN_SALES_NUMBERS: gettext_noop(
        "QuickBooks numbers its estimates itself, which does no harm. If estimates should have the project's number, "
        "an administrator of QuickBooks switches “Custom transaction numbers” on under Account and settings, Sales; "
        "then look again here."
    ),
}


def _currency(row: Connection) -> Point:
    title = gettext("Currency")
    home = row.features.get(features.HOME_CURRENCY, "") or gettext("the home currency")
    if not currencies.has_several(row.features):
        told = gettext("QuickBooks keeps one currency, {home}.").format(home=home)
        return Point("currency", title, "ok", told)
    rows = names.names_of(row.company_id, *currencies.WITH_CURRENCY).filter(active=True).order_by("name")
    foreign = [one.name for one in rows if currencies.is_foreign(one, row.features)]
    shown, more = ", ".join(foreign[:_SHOWN]), len(foreign) - _SHOWN
    told = gettext("QuickBooks keeps more than one currency, and the console posts in {home} only.").format(home=home)
    if more > 0:
        told += " " + gettext("So nothing goes that names {names} and {more} more.").format(names=shown, more=more)
    elif foreign:
        told += " " + gettext("So nothing goes that names {names}.").format(names=before_stop(shown))
    return Point("currency", title, "look", told)


def _closed(switches: Mapping[str, str]) -> Point:
    title, closed = gettext("Closed books"), features.closed_until(switches)
    if closed is None:
        return Point("closed", title, "ok", gettext("The books are open for every date."))
    told = gettext("The books are closed through {day}: for an earlier date the approver says what to do.")
    return Point("closed", title, "look", told.format(day=day(closed)))


# what waits for it


def not_switched_on(submissions: Iterable[Submission], row: Connection | None) -> dict[int, Obstacle]:
    """Why accepted records wait, by submission: what their kind needs was switched off in QuickBooks since."""
    switches = row.features if row else {}
    found = {}
    for one in submissions:
        label = next((label for label in _needs(one) if features.is_off(switches, label)), "")
        if label:
            found[one.pk] = Obstacle(switched_off(label), who="administrator", where=page(), seconds=_LOOK_AGAIN)
    return found


def _needs(submission: Submission) -> Iterator[str]:
    """The switches without which it does not go. An order that stands in QuickBooks has its number."""
    kind = Kind(submission.item.kind)
    if kind in NEEDED:
        yield NEEDED[kind]
    if kind == Kind.COMMITMENT and submission.posting.get("operation") == "create":
        yield features.OWN_ORDER_NUMBERS


def look(row: Connection, *, by: Membership) -> str:
    """Ask QuickBooks anew and let go what waited for it; a sentence if QuickBooks could not be asked, else "".

    Raises:
        NotAllowed: `by` may not change mappings.
    """
    require(by, Right.MAP)
    obstacle = obstacle_of(row)
    if obstacle is not None:
        return in_the_readers_words(obstacle.sentence)
    ledger = ledger_for(row, patience=READER_PATIENCE)
    told = read_features(row, ledger)
    if told:
        return in_the_readers_words(told)
    row.refresh_from_db()
    lists = currencies.WITH_CURRENCY if currencies.has_several(row.features) else ()
    failed = [one.error for one in refresh_lists(row, ledger, lists) if one.error]
    engine.wake(row.company_id, page())
    return in_the_readers_words(failed[0]) if failed else ""

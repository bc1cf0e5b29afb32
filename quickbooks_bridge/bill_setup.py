"""What has to be in place before an invoice can go to QuickBooks as a bill: the checklist (domain.md §10).

Nothing of it is stored: each step is worked out from what QuickBooks said last, and `look` asks it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop, override

from procore_sync.acceptance.courier import Obstacle
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import before_stop
from quickbooks_bridge import features, names
from quickbooks_bridge.bill_needs import NEEDS, read_needs, save_needs
from quickbooks_bridge.client.api import Ledger, quote
from quickbooks_bridge.client.faults import FaultKind, LedgerFault
from quickbooks_bridge.connections import connection_of, obstacle_of
from quickbooks_bridge.defaults import Tried, choose_defaults, take_turn, try_defaults
from quickbooks_bridge.importers.names import read_features, refresh_lists
from quickbooks_bridge.ledgers import READER_PATIENCE, ledger_for
from quickbooks_bridge.models import Connection, LedgerName, Thing
from quickbooks_bridge.models import Mapping as Chosen
from quickbooks_bridge.names import Document
from quickbooks_bridge.retainage import LIABILITIES, NAME, item_for_retainage, retainage_item, why_unfit

#: Where retainage that is withheld from ourselves may stand; QuickBooks wants an account of sales for every item.
SALES_TYPES = ("Other Current Asset", *names.INCOME_TYPES)
#: The mappings that are chosen with the set-up.
CHOSEN = (Thing.RETAINAGE_ITEM, Thing.WORK_TAX, Thing.RETAINAGE_TAX)
_LOOK_AGAIN = 300


class State(StrEnum):
    """How far the set-up is."""

    NOT_CONFIGURED = "not_configured"
    RETAINAGE_ITEM_CHOSEN = "retainage_item_chosen"
    ACTIVE = "active"
    PAYMENTS_ON = "payments_on"

    @property
    def label(self) -> str:
        """The state for people."""
        return {
            State.NOT_CONFIGURED: gettext_noop("Not set up"),
            State.RETAINAGE_ITEM_CHOSEN: gettext_noop("Retainage item chosen"),
            State.ACTIVE: gettext_noop("Active"),
            State.PAYMENTS_ON: gettext_noop("Active, and payments are read"),
        }[self]


@dataclass(frozen=True)
class Step:
    """One step of the checklist. Without a step that is not `required` invoices can go all the same."""

    key: str
    title: str
    is_done: bool
    sentence: str
    required: bool = True
    is_offered: bool = True

    @property
    def who(self) -> str:
        """Who can do it: what is chosen here, an accountant too, if there is something to choose."""
        return "accountant" if self.key in _CHOSEN_HERE and self.is_offered else "administrator"


#: What is said where QuickBooks wants a tax code on every line, and has none for what is bought.
NO_TAX_CODE = gettext_noop(
    "QuickBooks has no active tax code for what is bought. An administrator of QuickBooks sets the tax up there under "
    "Taxes, or makes a code active again; then look again here."
)
#: The steps that are done by choosing something on the page of the checklist.
_CHOSEN_HERE = ("retainage_item", "tax_codes")


@dataclass(frozen=True)
class SetUp:
    """The checklist of a company as it stands; `seen` is what is chosen with it, as a digest."""

    steps: list[Step]
    class_needed: bool = False
    location_needed: bool = False
    papers_needed: bool = False
    files_go: bool = False
    seen: str = ""

    @property
    def state(self) -> State:
        """Worked out from the steps."""
        if not self._done("connected") or not self.has_item:
            return State.NOT_CONFIGURED
        if self.missing:
            return State.RETAINAGE_ITEM_CHOSEN
        return State.PAYMENTS_ON if self._done("payments") else State.ACTIVE

    def _done(self, key: str) -> bool:
        return any(one.is_done for one in self.steps if one.key == key)

    @property
    def has_item(self) -> bool:
        """Whether an item is chosen that will do for retainage."""
        return self._done("retainage_item")

    @property
    def is_active(self) -> bool:
        """Whether invoices can go."""
        return self.state in (State.ACTIVE, State.PAYMENTS_ON)

    @property
    def missing(self) -> list[Step]:
        """The steps without which no invoice can go."""
        return [one for one in self.steps if one.required and not one.is_done]


def set_up_of(company_id: int, row: Connection | None) -> SetUp:
    """The checklist from what QuickBooks said last, and what is chosen with it; no network."""
    needed = {name: getattr(row, name) for name in NEEDS} if row else {}
    return SetUp(steps_of(company_id, row), **needed, seen=seen_of(row) if row else "")


def steps_of(company_id: int, row: Connection | None) -> list[Step]:
    """The checklist alone."""
    return [*_needed(company_id, row), _payments(row)]


def missing_of(company_id: int, row: Connection | None) -> list[Step]:
    """The steps without which no invoice of the company can go, from what QuickBooks said last."""
    return SetUp(list(_needed(company_id, row))).missing


def _needed(company_id: int, row: Connection | None) -> Iterator[Step]:
    switches: Mapping[str, str] = row.features if row else {}
    is_connected = row is not None and row.is_connected
    told = gettext("QuickBooks is not connected.")
    if row and is_connected:
        told = gettext("Connected to {company}.").format(company=before_stop(row.company_name))
    yield Step("connected", gettext("QuickBooks is connected"), is_connected, told)
    yield _edition(row)
    yield _switched(
        switches,
        features.PURCHASE_ORDERS,
        "purchase_orders",
        gettext(
            "Purchase orders are not switched on in QuickBooks. An administrator of QuickBooks switches them on under "
            "Account and settings, Expenses; they need the plan Plus or Advanced."
        ),
    )
    yield _switched(
        switches,
        features.EXPENSES_BY_CUSTOMER,
        "by_customer",
        gettext(
            "Expenses by customer is not switched on in QuickBooks. An administrator of QuickBooks switches it on "
            "under Account and settings, Expenses: “Track expenses and items by customer”. Without it a bill loses its "
            "job."
        ),
    )
    item, against = item_for_retainage(company_id)
    told = against or _retainage_told(item)
    yield Step("retainage_item", gettext("Retainage item"), not against, told)
    if row and row.is_taxed:
        yield _taxes(company_id)


def _payments(row: Connection | None) -> Step:
    """Whether payments come back; an invoice goes without."""
    schedule: Any = getattr(row.company, "payment_schedule", None) if row else None
    if schedule is None or not schedule.is_on:
        told = gettext("Payments are not read from QuickBooks.")
        return Step("payments", gettext("Payments"), False, told, required=False)
    often = gettext(schedule.get_hours_display()).lower()
    told = gettext("Payments are read from QuickBooks: {often}.").format(often=often)
    return Step("payments", gettext("Payments"), True, told, required=False)


def _edition(row: Connection | None) -> Step:
    title, country = gettext("Country"), row.country if row else ""
    if not country:
        return Step("country", title, False, gettext("The country of the QuickBooks company is not known yet."))
    told = gettext("The QuickBooks company is in {country}: bills have no tax of their own.")
    if row and row.is_taxed:
        told = gettext("The QuickBooks company is in {country}: every line of a bill needs a tax code.")
    return Step("country", title, True, told.format(country=country))


def _switched(switches: Mapping[str, str], label: str, key: str, cure: str) -> Step:
    is_on = features.is_on(switches, label)
    return Step(key, gettext(label), is_on, gettext("Switched on in QuickBooks.") if is_on else cure)


def _retainage_told(row: LedgerName | None) -> str:
    if row is None:
        return ""
    account = (row.detail.get("ExpenseAccountRef") or {}).get("name", "")
    told = gettext("“{item}” posts what is withheld to “{account}”.")
    return told.format(item=row.fully_qualified_name, account=account)


def _taxes(company_id: int) -> Step:
    offered = dict(names.tax_codes(company_id))
    rows = Chosen.objects.filter(company_id=company_id, key="", thing__in=(Thing.WORK_TAX, Thing.RETAINAGE_TAX))
    chosen = {thing: offered.get(remote_id, "") for thing, remote_id in rows.values_list("thing", "remote_id")}
    missing = [one for one in (Thing.WORK_TAX, Thing.RETAINAGE_TAX) if not chosen.get(one)]
    title = gettext("Tax codes")
    if not offered:
        return Step("tax_codes", title, False, gettext(NO_TAX_CODE), is_offered=False)
    if len(missing) > 1:
        told = gettext("Choose an active tax code of work and tax code of retainage.")
        return Step("tax_codes", title, False, told)
    if missing == [Thing.WORK_TAX]:
        return Step("tax_codes", title, False, gettext("Choose an active tax code of work."))
    if missing:
        return Step("tax_codes", title, False, gettext("Choose an active tax code of retainage."))
    told = gettext("“{work}” on work, “{retainage}” on retainage, unless an approver changes it.")
    told = told.format(work=chosen[Thing.WORK_TAX], retainage=chosen[Thing.RETAINAGE_TAX])
    return Step("tax_codes", title, True, told)


def page() -> str:
    """The address of the checklist."""
    return reverse("quickbooks_bridge:bill_setup")


def not_set_up(submissions: Iterable[Submission], row: Connection | None) -> dict[int, Obstacle]:
    """Why accepted invoices of one company wait, by submission: a step of the set-up is undone again.

    The step is the same for all of them, so it is asked for once; nothing is asked without an invoice. In English
    whoever asks, for why a record waits is kept with it.
    """
    bills = [one for one in submissions if one.item.kind == Kind.INVOICE]
    with override("en"):
        missing = missing_of(bills[0].company_id, row) if bills else []
    if not missing:
        return {}
    obstacle = Obstacle(missing[0].sentence, who=missing[0].who, where=page(), seconds=_LOOK_AGAIN)
    return {one.pk: obstacle for one in bills}


# asking QuickBooks


def look(row: Connection) -> str:
    """Read anew what the checklist asks for; a sentence if QuickBooks could not be asked, else ""."""
    obstacle = obstacle_of(row)
    if obstacle is not None:
        return in_the_readers_words(obstacle.sentence)
    ledger = ledger_for(row, patience=READER_PATIENCE)
    told = read_features(row, ledger)
    if told:
        return in_the_readers_words(told)
    row.refresh_from_db()
    lists = ("Account", "Item", *(("TaxCode",) if row.is_taxed else ()))
    failed = [one.error for one in refresh_lists(row, ledger, lists) if one.error]
    return in_the_readers_words(failed[0]) if failed else _look_at_item(row, ledger)


def _look_at_item(row: Connection, ledger: Ledger) -> str:
    """The chosen item by its number: one that was merged into another does not show among what changed."""
    chosen = retainage_item(row.company_id)
    if not chosen:
        return ""
    try:
        _remember(row, ledger.read("Item", chosen).document("Item"))
    except LedgerFault as failure:
        if failure.kind is not FaultKind.MISSING:
            return in_the_readers_words(failure.fault.sentence)
        names.names_of(row.company_id, "Item").filter(remote_id=chosen).delete()
    return ""


def _remember(row: Connection, item: Document) -> None:
    names.remember([names.row_of(row.company_id, "Item", item)])


# choosing and creating


def seen_of(row: Connection) -> str:
    """What is chosen in the set-up, as a digest."""
    chosen = Chosen.objects.filter(company_id=row.company_id, key="", thing__in=CHOSEN)
    needed = {name: getattr(row, name) for name in NEEDS}
    return digest([dict(chosen.values_list("thing", "remote_id")), needed])


@transaction.atomic
def choose(row: Connection, given: Mapping[str, str], *, by: Membership) -> None:
    """Choose the retainage item, outside the United States the tax codes, and what holds for all bills (`NEEDS`): all
    of it or nothing.

    With `seen` among what is given, the `seen_of` the set-up that `by` looked at, only as long as it is that.

    Raises:
        NotAllowed: `by` may not change mappings.
        ChangedSinceSeen: somebody else has chosen otherwise since.
        InvalidInput: QuickBooks has no such active one, the item would not do, or what is needed is not yes or no.
    """
    require(by, Right.MAP)
    needed = read_needs(given)
    current = take_turn(row)
    if given.get("seen") and given["seen"] != seen_of(current):
        told = gettext("The set-up was changed meanwhile, so nothing was saved. Look again.")
        labels = [*(str(one.label) for one in CHOSEN), *(one.rule for one in NEEDS.values())]
        raise ChangedSinceSeen(last_of_settings(told, row.company_id, labels), where=page())
    choose_defaults(row, _chosen(given), by=by)
    save_needs(row, needed, by=by)


def try_chosen(row: Connection, given: Mapping[str, str]) -> Tried:
    """The mappings that `choose` would save.

    Raises:
        InvalidInput: QuickBooks has no such active one, or the item would not do.
    """
    return try_defaults(row, _chosen(given))


def _chosen(given: Mapping[str, str]) -> dict[str, str]:
    return {str(one): given[one] for one in CHOSEN if given.get(one)}


def create_item(row: Connection, given: Mapping[str, str], *, by: Membership) -> None:
    """Make the service item "Retainage" in QuickBooks and choose it; one that stands there is chosen as it is.

    `given` holds `liability` and `income`, the accounts, and `token`, which makes it the same request if it is sent
    again: the item is made once.

    Raises:
        NotAllowed: `by` may not change mappings.
        InvalidInput: an account is missing or is none of those offered.
        Refusal: QuickBooks did not take it, or has an item of this name that would not do.
    """
    require(by, Right.MAP)
    accounts = _valid_accounts(row.company_id, given)
    obstacle = obstacle_of(row)
    if obstacle is not None:
        raise Refusal(in_the_readers_words(obstacle.sentence), who=obstacle.who, where=obstacle.where)
    try:
        item = _made(ledger_for(row, patience=READER_PATIENCE), accounts, given.get("token", ""))
    except LedgerFault as failure:
        raise Refusal(_told(failure)) from failure
    _remember(row, item)
    against = why_unfit(row.company_id, str(item["Id"]))
    if against:
        told = gettext("QuickBooks has an item “%(name)s” already. %(against)s")
        raise Refusal(told % {"name": NAME, "against": against})
    choose_defaults(row, {str(Thing.RETAINAGE_ITEM): str(item["Id"])}, by=by)


def liabilities(company_id: int) -> list[tuple[str, str]]:
    """The accounts to which withheld retainage can be posted."""
    return names.accounts(company_id, LIABILITIES)


def sales_accounts(company_id: int) -> list[tuple[str, str]]:
    """The accounts that the item can have for sales."""
    return names.accounts(company_id, SALES_TYPES)


def _valid_accounts(company_id: int, given: Mapping[str, str]) -> dict[str, str]:
    offered = {"liability": dict(liabilities(company_id)), "income": dict(sales_accounts(company_id))}
    asked = {
        "liability": gettext("Choose the liability account for what is withheld."),
        "income": gettext("Choose the account for sales."),
    }
    wrong = {one: [asked[one]] for one, options in offered.items() if given.get(one) not in options}
    if wrong:
        raise InvalidInput(" ".join(told for sentences in wrong.values() for told in sentences), errors=wrong)
    return {one: given[one] for one in offered}


def _made(ledger: Ledger, accounts: Mapping[str, str], token: str) -> Document:
    found = list(ledger.all("Item", f"Name = {quote(NAME)}"))
    if found:
        return found[0]
    item = {
        "Name": NAME,
        "Type": "Service",
        "Description": "Retainage withheld from and released to subcontractors",
        "PurchaseDesc": "Retainage withheld from and released to subcontractors",
        "ExpenseAccountRef": {"value": accounts["liability"]},
        "IncomeAccountRef": {"value": accounts["income"]},
    }
    return ledger.create("Item", item, request_id=f"retainage-{token}"[:50]).document("Item")


def _told(failure: LedgerFault) -> str:
    if failure.kind is FaultKind.UNKNOWN:
        told = gettext("%(fault)s Try again: it is looked for first, and is made once.")
        return told % {"fault": in_the_readers_words(failure.fault.sentence)}
    return in_the_readers_words(failure.fault.sentence)


def set_up_for(member: Membership) -> SetUp:
    """The checklist of the member's company.

    Raises:
        NotAllowed: `member` may not see it.
    """
    require(member, Right.VIEW)
    return set_up_of(member.company_id, connection_of(member.company_id))

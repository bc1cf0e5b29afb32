"""What a company says of all its bills: what each needs before it is accepted, and whether its files go along."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.refusals import InvalidInput
from quickbooks_bridge import features, names
from quickbooks_bridge.models import Connection


@dataclass(frozen=True)
class Chosen:
    """What is chosen of a list of QuickBooks: its switch, what there is, and what is said if there is none."""

    switch: str
    offered: Callable[[int], list[tuple[str, str]]]
    none_active: str


@dataclass(frozen=True)
class Need:
    """What can be said of all bills: yes or no. `rule` and `said`, for no and yes, are how the journal says it."""

    rule: str
    asked: str
    said: tuple[str, str] = (gettext_noop("may be left out"), gettext_noop("has to be chosen"))
    chosen: Chosen | None = None


#: By the column of the connection that says so.
NEEDS: Mapping[str, Need] = {
    "class_needed": Need(
        gettext_noop("A class on every bill"),
        gettext_noop("Say yes or no: whether a bill needs a class before you or anybody accepts it."),
        chosen=Chosen(
            features.CLASSES,
            names.classes,
            gettext_noop(
                "Every bill needs a class, and QuickBooks has no active one. Make one active in QuickBooks and read "
                "the names, or let the class be left out."
            ),
        ),
    ),
    "location_needed": Need(
        gettext_noop("A location on every bill"),
        gettext_noop("Say yes or no: whether a bill needs a location before you or anybody accepts it."),
        chosen=Chosen(
            features.LOCATIONS,
            names.locations,
            gettext_noop(
                "Every bill needs a location, and QuickBooks has no active one. Make one active in QuickBooks and read "
                "the names, or let the location be left out."
            ),
        ),
    ),
    "papers_needed": Need(
        gettext_noop("W-9 and insurance of the vendor"),
        gettext_noop("Say yes or no: whether a bill needs its vendor's W-9 and insurance."),
        said=(gettext_noop("may be missing"), gettext_noop("have to be on file")),
    ),
    "files_go": Need(
        gettext_noop("Files to QuickBooks"),
        gettext_noop("Say yes or no: whether the files of an invoice go to QuickBooks with its bill."),
        said=(gettext_noop("stay in the console"), gettext_noop("go with the bill")),
    ),
}


def read_needs(given: Mapping[str, str]) -> dict[str, bool]:
    """What is said of the needs, by column; what is left out stays as it is.

    Raises:
        InvalidInput: something else than yes or no.
    """
    said = {name: given[name] for name in NEEDS if given.get(name) is not None}
    wrong = {name: [gettext(NEEDS[name].asked)] for name, one in said.items() if one not in ("yes", "no")}
    if wrong:
        raise InvalidInput(" ".join(told for sentences in wrong.values() for told in sentences), errors=wrong)
    return {name: one == "yes" for name, one in said.items()}


def said_of(needed: Mapping[str, bool]) -> dict[str, str]:
    """The needs as the list of rights changes says them, by label."""
    return {NEEDS[name].rule: NEEDS[name].said[one] for name, one in needed.items()}


@transaction.atomic
def save_needs(row: Connection, needed: Mapping[str, bool], *, by: Membership) -> None:
    """Save what `by` says of the needs, and write it down with the company's other rules."""
    if not needed:
        return
    now = Connection.objects.select_for_update().get(pk=row.pk)
    before, after = said_of({name: getattr(now, name) for name in needed}), said_of(needed)
    begins = {"files_since": Now()} if needed.get("files_go") and not now.files_go else {}
    Connection.objects.filter(pk=row.pk).update(**needed, **begins)
    note_settings(row.company, by=by, before=before, after=after)


def none_to_choose(row: Connection | None) -> dict[str, str]:
    """Why no bill can be accepted where it needs what QuickBooks has no active one of: a sentence for each."""
    if row is None:
        return {}
    needed = {name: one.chosen for name, one in NEEDS.items() if one.chosen and getattr(row, name)}
    return {
        name: gettext(one.none_active)
        for name, one in needed.items()
        if features.is_on(row.features, one.switch) and not one.offered(row.company_id)
    }

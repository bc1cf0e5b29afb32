"""When a company's payments are read, and from which day on they are taken (domain.md §10, §15.1)."""

from __future__ import annotations

from datetime import date

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.canonical import digest
from procore_sync.kit.refusals import InvalidInput, Refusal
from quickbooks_bridge.models import Connection, Every, PaymentSchedule

#: Where the workflow has payments come back by itself; elsewhere an administrator switches it on.
_ON_BY_ITSELF = ("US",)


class PaymentsOff(Refusal):
    """The company does not take payments from QuickBooks."""

    cure = gettext_noop("An administrator switches payments on under Set up invoices.")


def schedule_of(company: Company) -> PaymentSchedule:
    """The company's schedule. The first time anybody asks it is set up: hourly in the United States, else off.

    What is on by itself counts from when QuickBooks was connected, for nobody was asked to switch it on: a payment that
    was entered before anybody looked is not left out.
    """
    found = schedule_or_usual(company)
    if not found._state.adding:
        return found
    usual = {"hours": found.hours, "since": found.since, "began_at": found.began_at}
    made, _ = PaymentSchedule.objects.get_or_create(company=company, defaults=usual)
    return made


def schedule_or_usual(company: Company) -> PaymentSchedule:
    """The company's schedule, or unsaved the one that it would be set up with."""
    found = PaymentSchedule.objects.filter(company=company).first()
    if found is not None:
        return found
    row = Connection.objects.filter(company=company).only("country", "connected_at").first()
    usual = Every.HOUR if row and row.country in _ON_BY_ITSELF else Every.NEVER
    began_at = (row and row.connected_at) or timezone.now()
    return PaymentSchedule(company=company, hours=usual, since=today_of(company), began_at=began_at)


@transaction.atomic
def set_schedule(
    company: Company, hours: int, *, since: date | None = None, by: Membership, seen: str = ""
) -> PaymentSchedule:
    """Set how often payments are read. `since` lays the day further back from which they are taken.

    Switching it on counts from now; what was taken before stays. With `seen`, the `seen_of` the schedule that `by`
    looked at, only as long as it is that.

    Raises:
        NotAllowed: `by` is no administrator.
        InvalidInput: there is no such schedule, or the day is to come.
        ChangedSinceSeen: somebody else has set it since.
    """
    require(by, Right.SETTINGS)
    today = today_of(company)
    errors: dict[str, list[str]] = {}
    if hours not in Every.values:
        errors["hours"] = [gettext("Choose one of the schedules of the list.")]
    if since is not None and since > today:
        errors["since"] = [gettext("The day is in the future. Take payments from today or from an earlier day.")]
    if errors:
        raise InvalidInput(" ".join(one for said in errors.values() for one in said), errors=errors)
    schedule_of(company)
    row = PaymentSchedule.objects.select_for_update().get(company=company)
    before = said_of(row)
    if seen and seen != seen_of(row):
        told = gettext("The settings were changed meanwhile, so nothing was saved. Look again.")
        raise ChangedSinceSeen(last_of_settings(told, company.pk, before), where=reverse("quickbooks_bridge:payments"))
    if begins(row, hours):
        row.began_at, row.since = timezone.now(), today
    row.hours, row.set_by = hours, by
    row.since = since or row.since
    row.save()
    note_settings(company, by=by, before=before, after=said_of(row))
    return row


def seen_of(row: PaymentSchedule) -> str:
    """The schedule as a digest."""
    return digest(said_of(row))


def begins(row: PaymentSchedule, hours: int) -> bool:
    """Whether so many hours would switch the schedule on, so that it counts from that day."""
    return not row.is_on and hours != Every.NEVER


def said_of(row: PaymentSchedule) -> dict[str, str]:
    """How often payments are read and since when, as the list of rights changes says it, by label."""
    return {"Payments are read": str(Every(row.hours).label), "Payments are taken from": row.since.isoformat()}


def require_on(company: Company) -> PaymentSchedule:
    """The schedule, if payments are taken at all.

    Raises:
        PaymentsOff: they are not.
    """
    found = schedule_of(company)
    if not found.is_on:
        raise PaymentsOff(
            gettext("Payments are not taken from QuickBooks for this company. An administrator can switch it on."),
            who="administrator",
            where=reverse("quickbooks_bridge:payments"),
        )
    return found

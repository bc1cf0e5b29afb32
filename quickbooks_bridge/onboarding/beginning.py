"""How taking a company on begins, by itself at the connection or by hand; and the journal of it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput, Refusal
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding.models import OnboardingEntry, Step
from quickbooks_bridge.onboarding.reading import begin_anew

#: How far back is read unless somebody says otherwise.
USUAL_PERIOD: Final = timedelta(days=365)


def first_day(company: Company) -> date:
    """The first day of the matching unless somebody says otherwise."""
    return today_of(company) - USUAL_PERIOD


@transaction.atomic
def begin(*, since: date, by: Membership) -> None:
    """Match what stands in QuickBooks since that day; again lays the day elsewhere. Nothing is sent until it is signed.

    Raises:
        NotAllowed: `by` may not connect.
        InvalidInput: the day is to come.
        Refusal: QuickBooks was never connected.
    """
    require(by, Right.CONNECT)
    row = connection_to_match(by.company)
    if since > today_of(by.company):
        sentence = gettext("That day is in the future. Read from today or from an earlier day.")
        raise InvalidInput(sentence, errors={"since": [sentence]})
    # Before the mark: whoever reads looks for one while they hold this row.
    Connection.objects.filter(pk=row.pk).update(is_onboarding=True, onboards_from=since)
    if row.onboards_from != since:
        begin_anew(row.company_id)
    journal(by.company, Step.BEGUN, by=by, figures={"since": since.isoformat()})


def journal(
    company: Company, step: Step, *, by: Membership | None, remark: str = "", figures: dict[str, Any] | None = None
) -> OnboardingEntry:
    """Add a row to the journal of taking the company on."""
    return OnboardingEntry.objects.create(company=company, step=step, by=by, remark=remark, figures=figures or {})


def connection_to_match(company: Company) -> Connection:
    """The connection of a company.

    Raises:
        Refusal: QuickBooks was never connected.
    """
    row = connection_of(company.pk)
    if row is None:
        told = gettext("QuickBooks is not connected yet, so there is nothing to match.")
        raise Refusal(told, who="administrator")
    return row

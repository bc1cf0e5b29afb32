"""Nothing is sent while a company is being taken on, until somebody ends it by signing."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.operations import look_again
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import says_nothing
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding.beginning import connection_to_match, journal
from quickbooks_bridge.onboarding.coverage import coverage_for
from quickbooks_bridge.onboarding.models import OnboardingEntry, OpeningReading, Step
from quickbooks_bridge.onboarding.reading import NotOnboarding
from quickbooks_bridge.onboarding.selectors import is_hidden_from


class NotRead(Refusal):
    """What stands in QuickBooks has not been read to the end yet, so nobody can vouch for it."""

    cure = gettext_noop("An accountant has QuickBooks read to the end under Match what is there.")


class NotWhole(Refusal):
    """Whoever signs the matching does not see every record and cannot vouch for all of them."""

    code = "matching-not-whole"
    cure = gettext_noop("An administrator signs it, or lets the person read the private records.")


class NotRemarked(InvalidInput):
    """Something is left unmatched and nothing is said about why that is all right."""

    code = "matching-not-remarked"
    cure = gettext_noop("Whoever signs writes a remark.")


@transaction.atomic
def sign(*, remark: str = "", by: Membership, seen: str = "") -> OnboardingEntry:
    """Stand for what is matched, and for what is left with a remark; then what was accepted may go.

    `seen` is the `seen` of the figures that they looked at, which are kept with their name.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        NotOnboarding: there is nothing to sign.
        NotRead: QuickBooks was not read to the end.
        NotWhole: a record is hidden from them.
        ChangedSinceSeen: the figures are others than they looked at.
        NotRemarked: something is left unmatched and there is no remark.
    """
    require(by, Right.MAP)
    row = _open(by.company)
    _require_read(row)
    _require_whole(by)
    found = coverage_for(by)
    if seen and seen != found.seen:
        raise ChangedSinceSeen(
            gettext("The figures have changed since you looked at them, so nothing was signed. Look again."),
            where=reverse("quickbooks_bridge:onboarding"),
        )
    if not found.is_whole and says_nothing(remark):
        sentence = gettext("Not everything is matched. Say in the remark why the rest can stand, or match it first.")
        raise NotRemarked(sentence, errors={"remark": [sentence]})
    return _end(row, Step.SIGNED, remark, by, found.told())


@transaction.atomic
def skip(*, remark: str, by: Membership) -> OnboardingEntry:
    """Send without matching; the remark says why nothing can be doubled.

    Raises:
        NotAllowed: `by` may not connect.
        NotOnboarding: there is nothing to skip.
        NotRemarked: there is no remark.
    """
    require(by, Right.CONNECT)
    row = _open(by.company)
    if says_nothing(remark):
        sentence = gettext("Say in the remark why nothing in QuickBooks can be duplicated: it is kept with your name.")
        raise NotRemarked(sentence, errors={"remark": [sentence]})
    return _end(row, Step.SKIPPED, remark, by, coverage_for(by).told())


def _end(row: Connection, step: Step, remark: str, by: Membership, figures: dict[str, Any]) -> OnboardingEntry:
    ended = Connection.objects.filter(pk=row.pk, is_onboarding=True).update(is_onboarding=False)
    if ended != 1:
        raise NotOnboarding(gettext("Somebody else has ended the matching meanwhile."))
    look_again(by.company)
    return journal(by.company, step, by=by, remark=remark.strip(), figures=figures)


def _open(company: Company) -> Connection:
    row = connection_to_match(company)
    if not row.is_onboarding:
        raise NotOnboarding(gettext("Nothing is being matched now, so there is nothing to sign."))
    return row


def _require_read(row: Connection) -> None:
    last = OpeningReading.objects.filter(company_id=row.company_id, ended_at__isnull=False, error="").first()
    began = OnboardingEntry.objects.filter(company_id=row.company_id, step=Step.BEGUN).first()
    if last is None or (began is not None and last.began_at < began.at):
        raise NotRead(
            gettext(
                "Orders and bills have not been read from QuickBooks to the end since the matching began. "
                "Read them first."
            ),
            who="accountant",
        )


def _require_whole(by: Membership) -> None:
    if is_hidden_from(by):
        raise NotWhole(
            gettext(
                "Some records are private and not shown to you, so you cannot sign for all of them. "
                "An administrator, or a reader of those records, can."
            ),
            who="administrator",
        )


def read_at(row: Connection) -> datetime | None:
    """When QuickBooks was last read to the end for the matching; None if it never was."""
    rows = OpeningReading.objects.filter(company_id=row.company_id, ended_at__isnull=False, error="")
    return rows.values_list("ended_at", flat=True).first()

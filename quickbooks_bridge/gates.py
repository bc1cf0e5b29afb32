"""What an accepted record is asked once more just before it flies: a last look, without network, that refuses."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Submission
from quickbooks_bridge.currencies import foreign_in
from quickbooks_bridge.models import Connection
from quickbooks_bridge.outcomes import refused
from quickbooks_bridge.stops import Stop


def of_other_books(submissions: Sequence[Submission], row: Connection) -> dict[int, Outcome]:
    """The refusal of each that was accepted for another QuickBooks company than the one connected now, by its pk.

    Its accounts, terms and records are numbers of that company; under the same numbers this one has others.
    """
    others = [one for one in submissions if one.posting.get("ledger", "") not in ("", row.realm_id)]
    return {one.pk: refused(Stop.OTHER_BOOKS, where=_page(one)) for one in others}


def in_other_currency(submissions: Sequence[Submission], row: Connection) -> dict[int, Outcome]:
    """The refusal of each that would be posted in another currency than that of the books, by its pk."""
    told = foreign_in(submissions, row)
    return {
        one.pk: refused(Stop.OTHER_CURRENCY, told[one.pk], where=_page(one)) for one in submissions if one.pk in told
    }


def _page(submission: Submission) -> str:
    return reverse("acceptance:review", args=[submission.item_id])

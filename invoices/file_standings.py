"""Where the files of an invoice stand in the ledger, by whoever carries them there; else they stay here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from invoices.models import Invoice, InvoiceFile
from procore_sync.accounts.models import Membership


@dataclass(frozen=True)
class FileStanding:
    """Where one file stands: a word for programs, one for people, and what more there is to say.

    `retry_url` is where it is sent again by a person who may, else ""; `where` is where what it waits for is cured.
    """

    state: str
    label: str
    sentence: str = ""
    retry_url: str = ""
    where: str = ""


@dataclass(frozen=True)
class FileStandings:
    """Where the files of one invoice stand, by their pk; `left` names those that only the ledger still has."""

    of: Mapping[int, FileStanding] = field(default_factory=dict)
    left: Sequence[str] = ()


#: The standings of these files of the invoice, for this person of the company.
StandingsOf = Callable[[Invoice, Sequence[InvoiceFile], Membership], FileStandings]

_registered: list[StandingsOf] = []


def set_file_standings(standings_of: StandingsOf) -> None:
    """Register who knows where files stand; called once from `AppConfig.ready()`, the last one serves."""
    _registered[:] = [standings_of]


def file_standings(invoice: Invoice, files: Sequence[InvoiceFile], member: Membership) -> FileStandings:
    """Where these files stand in the ledger; nothing of any where nobody carries them."""
    return _registered[0](invoice, files, member) if _registered else FileStandings()

"""What pages and API show of the files that go to QuickBooks with a bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from invoices.file_standings import FileStanding, FileStandings
from invoices.models import Invoice, InvoiceFile
from invoices.selectors import is_contact
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.selectors import readable
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from procore_sync.kit.kept import in_the_readers_words
from quickbooks_bridge.bill_files import TAKEN, files_that_go, obstacle_of_files, why_not_retry
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.models import Connection, Health, Link

GOES, STAYS, WAITS = "goes", "stays", "waits"
_STAYS = gettext_noop("Stays in the console")
_WAITS_FOR_BILL = gettext_noop("Waits for its bill")
_NO_SUCH = gettext_noop("QuickBooks takes no .%(ending)s files.")
_GONE = gettext_noop(
    "The bill is gone in QuickBooks. An approver of invoices says what it is now, or unlinks it so that it is sent "
    "anew; the file goes to that one."
)
_UNEQUAL = gettext_noop(
    "QuickBooks did not hold the bill as it was accepted. An approver of invoices tries it again or rejects it; the "
    "file follows."
)
_LINKED = gettext_noop("The bill stood in QuickBooks before it was linked here, so files are not added to it.")
_ANOTHER = gettext_noop("The invoice is another document in QuickBooks now, and the file goes to that one.")
_PARTED = gettext_noop(
    "The bill was unlinked. A project manager sends the invoice anew, and the file goes to the bill that it becomes."
)
#: A file in these states has not arrived and is carried only while its bill stands.
_UNDER_WAY = (FileState.WAITING, FileState.UNKNOWN)
_SINCE = gettext_noop("It was attached before the company let files go to QuickBooks.")


def bill_files_for(member: Membership) -> QuerySet[BillFile]:
    """The files on their way to QuickBooks, and those there, that `member` may see; what changed last first."""
    rows = visible(BillFile.objects.select_related("item__invoice", "item__ledger_link"), member)
    return readable(rows, member, erp="item__invoice__commitment__erp").order_by("-changed_at", "-pk")


def refused_for(member: Membership) -> QuerySet[BillFile]:
    """Those that QuickBooks refused and that are still kept here."""
    return bill_files_for(member).filter(state=FileState.REFUSED, file__isnull=False)


def standings_of(invoice: Invoice, files: Sequence[InvoiceFile], member: Membership) -> FileStandings:
    """Where each of these files stands; nothing for an invoice contact, and of files that have nothing to do there."""
    row = None if is_contact(member) else connection_of(invoice.company_id)
    if row is None:
        return FileStandings()
    link = Link.objects.filter(item=invoice.erp_id).first()
    noted = _noted(row, link)
    if not files and not noted:
        return FileStandings()
    known = {one.file_id: one for one in noted if one.file_id}
    may_retry = why_not_retry(member) is None
    held = _held_by(link, invoice.erp) if link else ""
    told = {pk: _of_row(one, may_retry=may_retry, held=held) for pk, one in known.items()}
    if row.files_go:
        told |= _of_others(row, link, [one for one in files if one.pk not in known], held)
    left = [one.name for one in noted if one.file_id is None and one.state == FileState.THERE]
    return FileStandings(told, left)


def _noted(row: Connection, link: Link | None) -> list[BillFile]:
    """What is noted for the document that the invoice is now."""
    if link is None:
        return []
    rows = BillFile.objects.filter(item=link.item_id, realm_id=row.realm_id)
    return list(rows.filter(entity=link.entity, remote_id=link.remote_id))


def _held_by(link: Link, item: ErpItem) -> str:
    """Why no file goes to the document that `item` is linked to, or ""."""
    if link.health in (Health.MISSING, Health.VOIDED):
        return _GONE
    if link.verified_at:
        return ""
    return _LINKED if item.status == Status.SYNCED else _UNEQUAL


def sentence_of(one: BillFile) -> str:
    """What is said of a file beside its state: why it was refused, or what it waits for."""
    if one.state not in _UNDER_WAY:
        return one.sentence
    link: Link | None = getattr(one.item, "ledger_link", None)
    if link is None:
        return _PARTED
    if (link.entity, link.remote_id) != (one.entity, one.remote_id):
        return _ANOTHER
    return _held_by(link, one.item) or one.sentence


def _waits(item_id: int, held: str) -> FileStanding:
    if held == _LINKED:
        return FileStanding(STAYS, _STAYS, gettext(held))
    where = reverse("acceptance:review", args=[item_id])
    return FileStanding(WAITS, _WAITS_FOR_BILL, gettext(held), where=where)


def _of_row(one: BillFile, *, may_retry: bool, held: str) -> FileStanding:
    if held and one.state in _UNDER_WAY:
        return _waits(one.item_id, held)
    retry = reverse("quickbooks_bridge:retry_file", args=[one.pk])
    refused = one.state == FileState.REFUSED
    sentence = in_the_readers_words(one.sentence) if one.sentence and one.state != FileState.THERE else ""
    return FileStanding(one.state, one.get_state_display(), sentence, retry if refused and may_retry else "")


def _of_others(row: Connection, link: Link | None, files: Iterable[InvoiceFile], held: str) -> dict[int, FileStanding]:
    """Of files that are not noted yet: they go once the bill is there, they are about to go, or they stay."""
    others = list(files)
    if link and held:
        takes = [one for one in others if one.content_type in TAKEN]
        stay = [one for one in others if one.content_type not in TAKEN]
        return {one.pk: _waits(link.item_id, held) for one in takes} | {
            one.pk: _of_other(one, None, "") for one in stay
        }
    going = (
        set(files_that_go(row).filter(pk__in=[one.pk for one in others]).values_list("pk", flat=True)) if link else None
    )
    obstacle = obstacle_of_files(row) if going else None
    return {
        one.pk: _of_other(one, going, in_the_readers_words(obstacle.sentence) if obstacle else "") for one in others
    }


def _of_other(file: InvoiceFile, going: set[int] | None, obstacle: str) -> FileStanding:
    if file.content_type not in TAKEN:
        return FileStanding(STAYS, _STAYS, gettext(_NO_SUCH) % {"ending": ending_of(file)})
    if going is None:
        return FileStanding(GOES, gettext_noop("Goes with the bill"))
    if file.pk in going:
        return FileStanding(GOES, gettext_noop("Goes to QuickBooks within minutes"), obstacle)
    return FileStanding(STAYS, _STAYS, gettext(_SINCE))


def go_and_stay(item: ErpItem) -> tuple[list[str], list[str]]:
    """The names of the files of an invoice that go with its bill, and of those that QuickBooks does not take."""
    rows = InvoiceFile.objects.filter(invoice__erp=item, payment=None).order_by("name", "pk")
    named = list(rows.values_list("name", "content_type"))
    return [name for name, kind in named if kind in TAKEN], [name for name, kind in named if kind not in TAKEN]


def ending_of(file: InvoiceFile) -> str:
    """How its name ends, without the stop."""
    return PurePath(file.name).suffix.lower().removeprefix(".")

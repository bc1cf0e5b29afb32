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
from procore_sync.accounts.access import visible
from procore_sync.accounts.models import Membership
from quickbooks_bridge.bill_files import TAKEN, files_that_go, obstacle_of_files, why_not_retry
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.models import Connection, Link

GOES, STAYS = "goes", "stays"
_NO_SUCH = gettext_noop("QuickBooks takes no .%(ending)s files.")
_SINCE = gettext_noop("It was attached before the company let files go to QuickBooks.")


def bill_files_for(member: Membership) -> QuerySet[BillFile]:
    """The files on their way to QuickBooks, and those there, that `member` may see; what changed last first."""
    rows = visible(BillFile.objects.select_related("item__invoice"), member)
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
    told = {pk: _of_row(one, may_retry=may_retry) for pk, one in known.items()}
    if row.files_go:
        told |= _of_others(row, link, [one for one in files if one.pk not in known])
    left = [one.name for one in noted if one.file_id is None and one.state == FileState.THERE]
    return FileStandings(told, left)


def _noted(row: Connection, link: Link | None) -> list[BillFile]:
    """What is noted for the document that the invoice is now."""
    if link is None:
        return []
    rows = BillFile.objects.filter(item=link.item_id, realm_id=row.realm_id)
    return list(rows.filter(entity=link.entity, remote_id=link.remote_id))


def _of_row(one: BillFile, *, may_retry: bool) -> FileStanding:
    retry = reverse("quickbooks_bridge:retry_file", args=[one.pk])
    refused = one.state == FileState.REFUSED
    sentence = gettext(one.sentence) if one.sentence and one.state != FileState.THERE else ""
    return FileStanding(one.state, one.get_state_display(), sentence, retry if refused and may_retry else "")


def _of_others(row: Connection, link: Link | None, files: Iterable[InvoiceFile]) -> dict[int, FileStanding]:
    """Of files that are not noted yet: they go once the bill is there, they are about to go, or they stay."""
    others = list(files)
    going = (
        set(files_that_go(row).filter(pk__in=[one.pk for one in others]).values_list("pk", flat=True)) if link else None
    )
    obstacle = obstacle_of_files(row) if going else None
    return {one.pk: _of_other(one, going, gettext(obstacle.sentence) if obstacle else "") for one in others}


def _of_other(file: InvoiceFile, going: set[int] | None, obstacle: str) -> FileStanding:
    if file.content_type not in TAKEN:
        return FileStanding(
            STAYS, gettext_noop("Stays in the console"), gettext(_NO_SUCH) % {"ending": ending_of(file)}
        )
    if going is None:
        return FileStanding(GOES, gettext_noop("Goes with the bill"))
    if file.pk in going:
        return FileStanding(GOES, gettext_noop("Goes to QuickBooks within minutes"), obstacle)
    return FileStanding(STAYS, gettext_noop("Stays in the console"), gettext(_SINCE))


def go_and_stay(item: ErpItem) -> tuple[list[str], list[str]]:
    """The names of the files of an invoice that go with its bill, and of those that QuickBooks does not take."""
    rows = InvoiceFile.objects.filter(invoice__erp=item, payment=None).order_by("name", "pk")
    named = list(rows.values_list("name", "content_type"))
    return [name for name, kind in named if kind in TAKEN], [name for name, kind in named if kind not in TAKEN]


def ending_of(file: InvoiceFile) -> str:
    """How its name ends, without the stop."""
    return PurePath(file.name).suffix.lower().removeprefix(".")

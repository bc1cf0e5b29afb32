"""The files of an invoice go to QuickBooks as attachments of the bill or vendor credit that it is there (ADR 47).

They follow a bill that stands there and was found equal; they are no part of its posting and never hold it up. A row a
file and bill says where it stands. Before a file is sent it is looked for by its mark, so that one whose answer was
lost, or whose row was lost with a restored backup, is not sent again. It is for the very document that its row names:
if the invoice is linked to another one by then, it gets a row of its own for that.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from datetime import timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext, gettext_noop

from invoices.models import InvoiceFile
from procore_sync.acceptance.courier import Obstacle, Outcome
from procore_sync.acceptance.states import OutcomeKind
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed, Refusal
from quickbooks_bridge.client.api import Attachment, Ledger, quote
from quickbooks_bridge.client.faults import LedgerFault
from quickbooks_bridge.client.wire import Document
from quickbooks_bridge.connections import connection_of, hold, sending_obstacle_of
from quickbooks_bridge.file_models import BillFile, FileState
from quickbooks_bridge.ledgers import ledger_for, note_good_call
from quickbooks_bridge.models import Connection, ConnectionStatus, Health, Link
from quickbooks_bridge.outcomes import of_fault
from quickbooks_bridge.previews import reference_of
from quickbooks_bridge.reconciling.gate import not_looked
from quickbooks_bridge.watching.budgets import reading_for

#: What QuickBooks takes as an attachment, of what is taken here; of up to 100 MB, which is more than is taken here.
TAKEN: Final = frozenset(
    {
        "application/pdf",
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/tiff",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/msword",
        "application/vnd.ms-excel",
        "text/csv",
        "text/plain",
    }
)
ENTITIES: Final = ("Bill", "VendorCredit")
#: So often it is sent or looked for without anybody knowing what became of it; then a person says to go on.
MOST_TRIES: Final = 6
#: For about so long one task sends files: with a last long call it ends before it would be killed.
SECONDS: Final = 10.0
#: A worker may be busy so long with one file; a large one on a slow line takes minutes. Nobody waits for a file.
_LEASE: Final = timedelta(minutes=15)
_AWAY: Final = 60.0
#: Longer than one file takes, by the limits of a call: who has settled none for so long carries no more.
_CARRIES: Final = timedelta(minutes=2)
_GONE: Final = frozenset({"610", "2500"})
_HELD_BACK: Final = (OutcomeKind.THROTTLED, OutcomeKind.NOT_SENT, OutcomeKind.DISCONNECTED)
_LATER: Final = (FileState.WAITING, FileState.UNKNOWN)
_NOT_MINE: Final = gettext_noop(
    "It was removed here, or another worker has taken it over while this one was held up; nothing was sent."
)
_NEVER_SAID: Final = gettext_noop(
    "QuickBooks did not say what became of it, however often it was asked. Try again: it is looked for first, so it "
    "does not get there twice."
)


# -- which files go ----------------------------------------------------------------------------------------------------


def files_that_go(row: Connection) -> QuerySet[InvoiceFile]:
    """The files of a company that go to a bill which stands in QuickBooks, noted or not.

    Those that were attached before the company wanted files there stay here, unless their bill went after that.
    """
    if not row.files_go or row.files_since is None:
        return InvoiceFile.objects.none()
    since = Q(added_at__gte=row.files_since) | Q(invoice__erp__ledger_link__created_at__gte=row.files_since)
    files = InvoiceFile.objects.filter(since, _stands("invoice__erp"), invoice__company_id=row.company_id, payment=None)
    return files.filter(content_type__in=TAKEN)


def _stands(item: str) -> Q:
    """That the record is a bill in QuickBooks, was found equal to what was accepted, and is not known to be gone."""
    link = f"{item}__ledger_link"
    gone = Q(**{f"{link}__health__in": (Health.MISSING, Health.VOIDED)})
    return Q(**{f"{link}__entity__in": ENTITIES, f"{link}__verified_at__isnull": False}) & ~gone


def _not_noted(row: Connection) -> QuerySet[InvoiceFile]:
    link = "invoice__erp__ledger_link"
    noted = BillFile.objects.filter(
        file=OuterRef("pk"),
        realm_id=row.realm_id,
        entity=OuterRef(f"{link}__entity"),
        remote_id=OuterRef(f"{link}__remote_id"),
    )
    return files_that_go(row).filter(~Exists(noted))


def due() -> list[int]:
    """The companies of which a file is to go now, and whose files no worker carries yet."""
    rows = Connection.objects.filter(status=ConnectionStatus.CONNECTED, files_go=True).order_by("company_id")
    wanting = rows.only("company_id", "realm_id", "files_go", "files_since")
    return [row.company_id for row in wanting if (_ready(row).exists() or _not_noted(row).exists()) and _rests(row)]


def _rests(row: Connection) -> bool:
    """Whether nobody carries its files. A worker that does asks for the rest itself; asked for each minute as well, a
    long list would soon have every worker, and documents would wait.
    """
    carried = BillFile.objects.filter(company_id=row.company_id, fence__gt=0).exclude(state=FileState.SENDING)
    last = carried.filter(changed_at__gt=Now() - _CARRIES).aggregate(last=Max("changed_at"))["last"]
    # A worker that found nothing more has stopped, so what was due before its last file shows that it goes on.
    return last is None or not _ready(row).filter(due_at__lt=last).exists()


# -- carrying ----------------------------------------------------------------------------------------------------------


def carry_on(company_id: int, *, seconds: float = SECONDS) -> bool:
    """Send files of a company for about so long; whether some are left that could go now.

    May run many times at once. Makes HTTP calls; never call it inside a transaction.
    """
    row = connection_of(company_id)
    if row is None or not row.files_go or obstacle_of_files(row) is not None:
        return False
    if not _note(row):
        return False
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        claimed = _claimed(row)
        if claimed is None:
            return False
        told = _carried(row, claimed)
        _settle(claimed, told)
        if told.kind in _HELD_BACK:
            return False
    return True


def obstacle_of_files(row: Connection) -> Obstacle | None:
    """Why no file can go now; the same as for documents."""
    return sending_obstacle_of(row) or not_looked(row)


def _note(row: Connection) -> bool:
    """A row for each file that has none for its bill; False if the company was connected to other books meanwhile."""
    if not _not_noted(row).exists():
        return True
    try:
        with transaction.atomic():
            hold(row)
            new = _not_noted(row).defer("content").select_related("invoice__company", "invoice__erp__ledger_link")
            rows = [_row_of(row, file) for file in new]
            BillFile.objects.bulk_create(rows, ignore_conflicts=True)
    except LedgerFault:
        return False
    return True


def _row_of(row: Connection, file: InvoiceFile) -> BillFile:
    item = file.invoice.erp
    link = item.ledger_link
    return BillFile(
        company_id=row.company_id,
        item=item,
        file=file,
        name=file.name,
        size=file.size,
        realm_id=row.realm_id,
        entity=link.entity,
        remote_id=link.remote_id,
        mark=mark_of(file),
        request_id=uuid.uuid4().hex,
        # By the clock that says when it is due, which is neither ahead of this one nor coarser.
        due_at=Now(),
    )


def mark_of(file: InvoiceFile) -> str:
    """What a file is found again by in QuickBooks: the same also where its row was lost with a restored backup."""
    said = f"{file.pk}|{file.name}|{file.size}|{file.added_at.isoformat()}"
    told = hashlib.sha256(said.encode()).hexdigest()[:12]
    return f"ERP sync {reference_of(file.invoice.company.key, file.invoice.erp_id)} file {told}"


def _ready(row: Connection) -> QuerySet[BillFile]:
    """What may be sent or looked for now: for the document that its record is still linked to."""
    over = Now() - timedelta(seconds=settings.BATCH_PROBE_PAUSE_SECONDS)
    free = Q(state__in=_LATER) | Q(state=FileState.SENDING, lease_until__lt=over)
    same = Q(item__ledger_link__entity=F("entity"), item__ledger_link__remote_id=F("remote_id"))
    rows = BillFile.objects.filter(free, same, _stands("item"), company_id=row.company_id, realm_id=row.realm_id)
    return rows.filter(due_at__lte=Now())


def _claimed(row: Connection) -> BillFile | None:
    """The next file that is this process's to carry, or None."""
    for ready in _ready(row).order_by("due_at", "pk")[:20]:
        lost = ready.state == FileState.SENDING
        mine = BillFile.objects.filter(pk=ready.pk, fence=ready.fence, state=ready.state)
        columns: dict[str, Any] = {"state": FileState.SENDING, "fence": ready.fence + 1, "lease_until": _lease()}
        if mine.update(**columns, tries=ready.tries + lost) == 1:
            claimed: BillFile = BillFile.objects.select_related("file").get(pk=ready.pk)
            return claimed
    return None


def _lease() -> Any:
    return Now() + _LEASE


def _mine(claimed: BillFile) -> QuerySet[BillFile]:
    return BillFile.objects.filter(pk=claimed.pk, fence=claimed.fence, state=FileState.SENDING)


def _carried(row: Connection, claimed: BillFile) -> Outcome:
    """What came of looking for the file, and of sending it if it was not there."""
    ledger = ledger_for(row)
    try:
        with reading_for(gettext_noop("Files of bills")):
            found = _found(ledger, claimed)
        if found is None and claimed.tries >= MOST_TRIES:
            return Outcome(OutcomeKind.REFUSED, _NEVER_SAID)
        if found is None and claimed.file is not None:
            file, why_not = _attachment(claimed, claimed.file), partial(_why_not_now, claimed)
            found = ledger.upload(file, claimed.request_id, why_not).document("Attachable")
    except LedgerFault as failure:
        return _told(of_fault(failure.fault))
    note_good_call(row)
    return Outcome(OutcomeKind.ABSENT, "") if found is None else _judged(claimed, found)


def _why_not_now(claimed: BillFile) -> str:
    """Asked right before it goes out: whether it is still kept, for the same document, and this process's to send."""
    document = {"entity": claimed.entity, "remote_id": claimed.remote_id}
    if not Link.objects.filter(item=claimed.item_id, **document).exists():
        return gettext_noop(
            "The invoice was linked to another document meanwhile, so the file was not sent to this one."
        )
    mine = _mine(claimed).filter(file__isnull=False, lease_until__gt=Now())
    return "" if mine.update(lease_until=_lease()) else _NOT_MINE


def _attachment(claimed: BillFile, file: InvoiceFile) -> Attachment:
    content = bytes(file.content)
    return Attachment(claimed.entity, claimed.remote_id, file.name, file.content_type, content, claimed.mark)


def _found(ledger: Ledger, claimed: BillFile) -> Document | None:
    """The file among what is attached to the document, by its mark."""
    entity, remote_id = quote(claimed.entity), quote(claimed.remote_id)
    where = f"AttachableRef.EntityRef.Type = {entity} AND AttachableRef.EntityRef.value = {remote_id}"
    for held in ledger.all("Attachable", where):
        if claimed.mark in str(held.get("Note", "")) and _hangs_on(claimed, held):
            return held
    return None


def _hangs_on(claimed: BillFile, held: Document) -> bool:
    wanted = (claimed.entity.lower(), claimed.remote_id)
    references = [one.get("EntityRef") or {} for one in held.get("AttachableRef") or []]
    return any((str(one.get("type", "")).lower(), str(one.get("value", ""))) == wanted for one in references)


def _judged(claimed: BillFile, held: Document) -> Outcome:
    """Whether what QuickBooks holds is the file, on the document that it was sent for."""
    size, number = str(held.get("Size") or claimed.size), str(held["Id"])
    if _hangs_on(claimed, held) and size == str(claimed.size):
        return Outcome(OutcomeKind.DONE, "", remote_id=number)
    told = gettext_noop(
        "QuickBooks holds it, but not as it was sent. Take the attachment off the bill there, then try again."
    )
    return Outcome(OutcomeKind.REFUSED, told, remote_id=number)


def _told(outcome: Outcome) -> Outcome:
    if outcome.kind is not OutcomeKind.REFUSED or outcome.fault_code not in _GONE:
        return outcome
    gone = gettext_noop("QuickBooks does not hold the bill any more, so there is nothing to attach the file to.")
    return Outcome(OutcomeKind.REFUSED, gone, intuit_tid=outcome.intuit_tid)


def _settle(claimed: BillFile, told: Outcome) -> None:
    """Note what came of it; nothing if somebody else has it by now."""
    if told.kind is OutcomeKind.ABSENT:
        _mine(claimed).delete()  # removed here before it went
        return
    told_of = {"sentence": told.sentence, "intuit_tid": told.intuit_tid, "lease_until": None, "changed_at": Now()}
    _mine(claimed).update(**told_of, **_columns(claimed, told))


def _columns(claimed: BillFile, told: Outcome) -> dict[str, Any]:
    if told.kind is OutcomeKind.DONE:
        return {"state": FileState.THERE, "attachable_id": told.remote_id}
    if told.kind is OutcomeKind.REFUSED:
        return {"state": FileState.REFUSED, "attachable_id": told.remote_id}
    if told.kind is OutcomeKind.UNKNOWN:
        # No request id keeps two uploads apart, so not before QuickBooks has surely ended the one that was lost.
        wait = max(settings.BATCH_PROBE_PAUSE_SECONDS, settings.PROBE_PAUSE_SECONDS * 4 ** min(claimed.tries, 5))
        return {"state": FileState.UNKNOWN, "tries": claimed.tries + 1, "due_at": Now() + timedelta(seconds=wait)}
    wait = told.retry_after or _AWAY
    state = FileState.UNKNOWN if claimed.tries else FileState.WAITING
    return {"state": state, "due_at": Now() + timedelta(seconds=wait)}


# -- a person ----------------------------------------------------------------------------------------------------------


def why_not_retry(member: Membership) -> str | None:
    """Why `member` may not have a refused file sent again; None if they may: who decides on invoices, or maps."""
    if may(member, Right.DECIDE, Kind.INVOICE) or may(member, Right.MAP):
        return None
    told = gettext("Only an approver of invoices, an accountant or an administrator may have a file sent again.")
    return f"{told} {gettext('An administrator can grant it under People.')}"


def retry(refused: BillFile, *, by: Membership) -> None:
    """Send a refused file again; QuickBooks is first asked whether it has it.

    Raises:
        NotAllowed: `by` neither decides on invoices nor maps.
        Refusal: it is not refused any more, or was removed.
    """
    against = why_not_retry(by)
    if against:
        raise NotAllowed(against, who="administrator")
    rows = BillFile.objects.filter(pk=refused.pk, state=FileState.REFUSED, file__isnull=False)
    # A new request id: QuickBooks may answer what it refused under the old one with the same refusal.
    again = {"state": FileState.WAITING, "tries": 0, "sentence": "", "request_id": uuid.uuid4().hex}
    if rows.update(**again, due_at=Now(), changed_at=Now()) != 1:
        raise Refusal(gettext("The file is not refused any more. Look again."))

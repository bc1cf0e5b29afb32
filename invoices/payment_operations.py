"""What people do to a payment: a note and files. Everything else of it is the ledger's (domain.md §15.1)."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from invoices.models import InvoiceFile, Payment
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.attachable import read_attachable
from procore_sync.kit.canonical import digest
from procore_sync.kit.files import Upload
from procore_sync.kit.refusals import InvalidInput
from projects.records import saved_by_somebody

LIMIT_FILES = 20
LIMIT_NOTE = 4000


def seen_of(payment: Payment) -> str:
    """The note of a payment as a digest."""
    return digest(payment.note)


@transaction.atomic
def save_note(payment: Payment, note: str, *, by: Membership, seen: str = "") -> Payment:
    """Keep a note with the payment; it stays whatever becomes of the payment in the ledger.

    With `seen`, the `seen_of` the payment that `by` looked at, only as long as its note is that.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: it is too long.
        EditedMeanwhile: somebody else saved another one since.
    """
    require(by, Right.EDIT)
    said = note.strip()
    if len(said) > LIMIT_NOTE:
        sentence = gettext("The note has %(length)s characters; %(limit)s is the limit. Shorten it.") % {
            "length": f"{len(said):,}",
            "limit": f"{LIMIT_NOTE:,}",
        }
        raise InvalidInput(sentence, errors={"note": [sentence]})
    now = Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    if seen and seen != seen_of(now) and now.note != said:
        raise saved_by_somebody(gettext("The note"))
    Payment.objects.filter(pk=payment.pk).update(note=said)
    payment.note = said
    return payment


@transaction.atomic
def attach(payment: Payment, upload: Upload, *, by: Membership) -> InvoiceFile:
    """Keep a file with the payment.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: the file is too large, empty, of a type that is not taken, or there are too many.
    """
    require(by, Right.EDIT)
    given = read_attachable(upload)
    # Of two who add the last one at once, the second counts the first one's.
    Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    if payment.files.count() >= LIMIT_FILES:
        sentence = gettext("The payment has %(limit)s files, which is the limit. Remove one first.") % {
            "limit": LIMIT_FILES
        }
        raise InvalidInput(sentence, errors={"file": [sentence]})
    return InvoiceFile.objects.create(
        invoice_id=payment.invoice_id,
        payment=payment,
        name=given.name,
        content_type=given.content_type,
        size=len(given.content),
        content=given.content,
        added_by=by,
    )


@transaction.atomic
def remove(file: InvoiceFile, *, by: Membership) -> None:
    """Throw a file of a payment away.

    Raises:
        NotAllowed: `by` may not edit.
    """
    require(by, Right.EDIT)
    InvoiceFile.objects.filter(pk=file.pk, payment__isnull=False).delete()

"""Files that people keep with an invoice. They stay in the console and are never run, unpacked or shown by it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from commitments.contacts import require_part
from invoices.models import Invoice, InvoiceFile
from invoices.selectors import is_contact
from procore_sync.accounts.models import Membership
from procore_sync.kit.attachable import read_attachable
from procore_sync.kit.files import Upload
from procore_sync.kit.refusals import InvalidInput, NotAllowed
from projects.records import still_there

LIMIT_FILES = 50


@transaction.atomic
def attach(invoice: Invoice, upload: Upload, *, by: Membership) -> InvoiceFile:
    """Keep a file with the invoice, also while it is with accounting (domain.md §12).

    Raises:
        NotAllowed: it is not theirs to bill.
        InvalidInput: the file is too large, empty, of a type that is not taken, or there are too many.
        IllegalMove: the invoice was deleted meanwhile.
    """
    require_part(invoice.commitment, by)
    given = read_attachable(upload)
    still_there(Invoice.objects.select_for_update(of=("self",)), invoice)
    if invoice.files.filter(payment=None).count() >= LIMIT_FILES:
        sentence = gettext("%(record)s has %(limit)s files, which is the limit. Remove one first.") % {
            "record": invoice.erp.label,
            "limit": LIMIT_FILES,
        }
        raise InvalidInput(sentence, errors={"file": [sentence]})
    return InvoiceFile.objects.create(
        invoice=invoice,
        name=given.name,
        content_type=given.content_type,
        size=len(given.content),
        content=given.content,
        added_by=by,
    )


@transaction.atomic
def remove(file: InvoiceFile, *, by: Membership) -> None:
    """Throw a file away; an invoice contact only what they attached themselves.

    Raises:
        NotAllowed: it is not theirs to bill, or somebody else attached it.
    """
    require_part(file.invoice.commitment, by)
    if is_contact(by) and file.added_by_id != by.pk:
        raise NotAllowed(
            gettext("%(person)s attached %(name)s. Ask the project manager to remove it.")
            % {"person": file.added_by, "name": file.name}
        )
    InvoiceFile.objects.filter(pk=file.pk).delete()

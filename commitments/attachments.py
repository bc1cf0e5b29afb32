"""Files that people keep with a commitment. They stay in the console and are never run, unpacked or shown by it."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext

from commitments.models import Attachment, Commitment
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.attachable import read_attachable
from procore_sync.kit.files import Upload
from procore_sync.kit.refusals import InvalidInput
from projects.records import still_there

LIMIT_FILES = 50


@transaction.atomic
def attach(commitment: Commitment, upload: Upload, *, by: Membership) -> Attachment:
    """Keep a file with the commitment, also while it is with accounting.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: the file is too large, empty, of a type that is not taken, or there are too many.
        IllegalMove: the commitment was deleted meanwhile.
    """
    require(by, Right.EDIT)
    given = read_attachable(upload)
    # Of two who add the last one at once, the second counts the first one's.
    still_there(Commitment.objects.select_for_update(of=("self",), no_key=True), commitment)
    if commitment.attachments.count() >= LIMIT_FILES:
        sentence = gettext("%(record)s has %(limit)s files, which is the limit. Remove one first.") % {
            "record": commitment.erp.label,
            "limit": LIMIT_FILES,
        }
        raise InvalidInput(sentence, errors={"file": [sentence]})
    return Attachment.objects.create(
        commitment=commitment,
        name=given.name,
        content_type=given.content_type,
        size=len(given.content),
        content=given.content,
        added_by=by,
    )


@transaction.atomic
def remove(attachment: Attachment, *, by: Membership) -> None:
    """Throw a file away.

    Raises:
        NotAllowed: `by` may not edit.
    """
    require(by, Right.EDIT)
    Attachment.objects.filter(pk=attachment.pk).delete()

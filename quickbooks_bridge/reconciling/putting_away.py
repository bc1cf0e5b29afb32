"""Saying of a document in QuickBooks that is not ours that it is fine, and taking that back."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import says_nothing
from quickbooks_bridge.reconciling.rows import ForeignDocument


def put_away(document: ForeignDocument, note: str, *, by: Membership) -> None:
    """Put a document away as fine, and say why. It comes back by itself if its total changes.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        InvalidInput: the note is missing.
        Refusal: somebody else has put it away.
    """
    require(by, Right.MAP)
    if says_nothing(note):
        sentence = gettext("Say why this document is fine: whoever looks at it after you will want to know.")
        raise InvalidInput(sentence, errors={"note": [sentence]})
    mine = ForeignDocument.objects.filter(pk=document.pk, put_away_at=None)
    said = {"put_away_at": timezone.now(), "put_away_by": by, "note": note.strip()}
    if mine.update(**said, put_away_total=F("total")) != 1:
        raise Refusal(gettext("Somebody has put it away already."))


def bring_back(document: ForeignDocument, *, by: Membership) -> None:
    """Show it again; the note stays to be read.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
    """
    require(by, Right.MAP)
    ForeignDocument.objects.filter(pk=document.pk).update(put_away_at=None, put_away_total=None)

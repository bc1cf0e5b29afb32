"""What a record's own app does with its item: opens it with the record, counts each edit, and says what it needs.

Each is called in the transaction that saves the record. Whatever people do to it from there on is in `operations`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from functools import wraps
from typing import Any, Literal, ParamSpec

from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance.journal import moved_since
from procore_sync.acceptance.models import ErpItem, Turn
from procore_sync.acceptance.refusals import IllegalMove
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Company, Membership
from procore_sync.kit.kinds import Kind

_P = ParamSpec("_P")


def new_item(  # noqa: PLR0913 - the columns of a new row, by name
    *,
    company: Company,
    kind: Kind,
    label: str,
    by: Membership | None,
    number: str = "",
    amount: Decimal | None = None,
    project: ErpItem | None = None,
    external_ref: str | None = None,
) -> ErpItem:
    """The item of a new record, not saved yet; `open_items` saves it with others."""
    return ErpItem(
        company=company,
        kind=kind,
        label=label[:255],
        number=number[:64],
        amount=amount,
        project=project,
        external_ref=external_ref or None,
        created_by=by,
    )


def _saved(make: Callable[_P, ErpItem]) -> Callable[_P, ErpItem]:
    @wraps(make)
    def saved(*args: _P.args, **kwargs: _P.kwargs) -> ErpItem:
        item = make(*args, **kwargs)
        item.save(force_insert=True)
        return item

    return saved


#: The item of a new record, saved; the record's own app calls it in the transaction that saves the record.
open_item = _saved(new_item)


def open_items(items: Sequence[ErpItem]) -> None:
    """Save the items of new records, in few statements however many they are, in the transaction that saves those."""
    ErpItem.objects.bulk_create(items)


def hold_to_delete(item: ErpItem) -> ErpItem:
    """`item` as it stands. Nobody moves it, comments on it or takes a turn at it until the transaction ends, in which
    it is deleted.

    The record's own app calls it when it holds the record, before it asks whether the record may be deleted.
    """
    # Whoever takes a turn has that before they have the record.
    list(Turn.objects.select_for_update().filter(item=item).order_by("pk").values_list("pk"))
    return ErpItem.objects.select_for_update().get(pk=item.pk)


def revise(item: ErpItem, **columns: Any) -> None:
    """Count an edit of the record and bring `label`, `number`, `amount`, `project` of its item up to date.

    The record's own app calls it in the transaction that saves the record.

    Raises:
        IllegalMove: the record is being decided or posted, or was edited since `item` was read.
    """
    if item.is_locked:
        raise IllegalMove(why_locked(item))
    revision = item.revision + 1
    now = timezone.now()
    changed = ErpItem.objects.filter(pk=item.pk, status=item.status, revision=item.revision).update(
        revision=revision, updated_at=now, **columns
    )
    if changed != 1:
        # Who edited it, nothing here says: it may have been the same person, in another window.
        said = gettext("%(record)s was changed meanwhile. Open it again and repeat your edit.")
        raise IllegalMove(moved_since(said % {"record": item.label}, item))
    item.revision = revision
    for name, value in columns.items():
        setattr(item, name, value)


_LOCKED = {
    "edited": gettext_noop("%(record)s cannot be edited now."),
    "corrected": gettext_noop("%(record)s cannot be corrected now."),
    "deactivated": gettext_noop("%(record)s cannot be deactivated now."),
}
_UNLOCKED_BY = {
    Status.SENT: gettext_noop("It is with accounting. Retrieve it first, then edit it."),
    Status.EXPORTING: gettext_noop(
        "It is on its way to QuickBooks. Wait until it is synced, then edit and send it again."
    ),
    Status.FAILED: gettext_noop("Its export stopped. An approver can try again, or reject it so that you can edit it."),
}


def why_locked(item: ErpItem, verb: Literal["edited", "corrected", "deactivated"] = "edited") -> str:
    """Why the record cannot be edited, or whatever `verb` says, in this status, and what to do about it."""
    said = gettext(_LOCKED[verb]) % {"record": item.label}
    return f"{said} {gettext(_UNLOCKED_BY[Status(item.status)])}"


def set_requirements(item: ErpItem, others: Iterable[ErpItem | int]) -> None:
    """Say which other items (or their ids) must be in the ledger before this one can go."""
    item.requires.set(others)

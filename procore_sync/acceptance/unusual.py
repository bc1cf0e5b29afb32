"""What is unusual about records that are to be decided at once, so that a person looks before ticking."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

from django.db.models import Max
from django.utils.translation import gettext

from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.selectors import items_for
from procore_sync.acceptance.states import Decision
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind

#: How many times the largest record of its kind that QuickBooks holds for the same vendor is far more.
FAR_MORE = 3
_NEEDS = ErpItem.requires.through


def unusual(items: Sequence[ErpItem], parties: Mapping[int, str], *, seen_by: Membership) -> dict[int, list[str]]:
    """For each of `items` about which something is unusual, by id, a sentence each thing.

    `parties` are the vendors' names by item. Nothing is compared with what `seen_by` may not see. The number of
    queries does not depend on that of the items.
    """
    twins = Counter((item.kind, parties[item.pk], item.amount) for item in items if _pays(item, parties))
    rejected, largest = _rejections(items), _largest(items, seen_by)
    found = {}
    for item in items:
        alike = twins[item.kind, parties.get(item.pk, ""), item.amount]
        said = [*_of_amount(item, largest.get(item.pk)), *_twins(alike), *_returned(rejected.get(item.pk))]
        if said:
            found[item.pk] = said
    return found


def _pays(item: ErpItem, parties: Mapping[int, str]) -> bool:
    return bool(item.amount and parties.get(item.pk))


def _of_amount(item: ErpItem, largest: Decimal | None) -> Iterator[str]:
    if item.amount is None:
        return
    if item.amount < 0:
        yield gettext("Its amount is negative.")
    if item.amount == 0:
        yield gettext("Its amount is zero.")
    if largest is not None and largest > 0 and item.amount > FAR_MORE * largest:
        told = gettext("More than {times} times the largest of this vendor so far, which was {largest}.")
        yield told.format(times=FAR_MORE, largest=f"{largest:,.2f}")


def _twins(count: int) -> Iterator[str]:
    if count > 1:
        told = gettext("{count} of this list have this vendor and this amount: is it the same thing twice?")
        yield told.format(count=count)


def _returned(remark: str | None) -> Iterator[str]:
    if remark is not None:
        short = f"{remark[:119]}…" if len(remark) > 120 else remark
        yield gettext("It comes back after a rejection: “{remark}”").format(remark=short)


def _rejections(items: Sequence[ErpItem]) -> dict[int, str]:
    """The last remark of each of `items` that was rejected and not accepted since."""
    told = Submission.objects.filter(item__in=items, decision__in=(Decision.REJECTED, Decision.ACCEPTED))
    rows = told.order_by("number").values_list("item", "decision", "comment")
    last = {item: (decision, remark) for item, decision, remark in rows}
    return {item: remark for item, (decision, remark) in last.items() if decision == Decision.REJECTED}


def _largest(items: Sequence[ErpItem], seen_by: Membership) -> dict[int, Decimal]:
    """The largest amount of the same kind that the ledger holds for the same vendor, by item; itself left out."""
    needs = _NEEDS._default_manager.filter(from_erpitem__in=items, to_erpitem__kind=Kind.VENDOR)
    vendors = dict(needs.values_list("from_erpitem", "to_erpitem"))
    held = items_for(seen_by).filter(synced_revision__isnull=False).exclude(pk__in=[item.pk for item in items])
    rows = _NEEDS._default_manager.filter(to_erpitem__in=set(vendors.values()), from_erpitem__in=held)
    most = rows.values_list("to_erpitem", "from_erpitem__kind").annotate(largest=Max("from_erpitem__amount"))
    known = {(vendor, kind): largest for vendor, kind, largest in most}
    return {item.pk: amount for item in items if (amount := known.get((vendors.get(item.pk), item.kind))) is not None}

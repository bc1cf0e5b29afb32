"""Why a change order cannot be sent to accounting yet (domain.md §13, "Minimum requirements")."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q, Sum
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from change_orders.models import ChangeLine, ChangeOrder, ChangeRequest, ChangeStatus
from change_orders.rules import DESCRIPTION_LIMIT
from change_orders.tiers import settings_of
from commitments.statuses import OVER
from procore_sync.acceptance.kinds import Unmet, on_its_way
from procore_sync.accounts.curing import EDITORS
from procore_sync.kit.text import length_of

NAMED_AT_MOST = 3


def unmet_of_change_order(change_order: ChangeOrder) -> list[Unmet]:
    """Everything that keeps the change order from being sent; empty if nothing does."""
    lines = list(
        ChangeLine.objects.filter(change_order=change_order).select_related("code__cost_code__erp", "sov_line")
    )
    return [
        *_status(change_order),
        *_commitment(change_order),
        *_vendor(change_order),
        *_texts(change_order),
        *_lines(change_order, lines),
        *_codes(change_order, lines),
        *_requests(change_order),
    ]


def _at(change_order: ChangeOrder, sentence: str, page: str = "edit_change_order") -> Unmet:
    return Unmet(sentence, EDITORS, reverse(f"change_orders:{page}", args=[change_order.pk]))


def _status(change_order: ChangeOrder) -> Iterator[Unmet]:
    if change_order.status != ChangeStatus.APPROVED:
        was = gettext(change_order.get_status_display()).lower()
        sentence = gettext("The change order is %(was)s. Only an approved one goes to accounting.") % {"was": was}
        who = str(change_order.reviewer) if change_order.reviewer else EDITORS
        yield Unmet(sentence, who, reverse("change_orders:change_order", args=[change_order.pk]))


def _commitment(change_order: ChangeOrder) -> Iterator[Unmet]:
    commitment = change_order.commitment
    where, number = reverse("commitments:commitment", args=[commitment.pk]), commitment.number
    if commitment.status in OVER:
        was = gettext(commitment.get_status_display()).lower()
        sentence = gettext("%(number)s is %(was)s, so its purchase order takes no more lines.")
        yield Unmet(sentence % {"number": number, "was": was}, EDITORS, where)
    if not commitment.is_active:
        yield Unmet(gettext("%(number)s is inactive. Activate it first.") % {"number": number}, EDITORS, where)
    if commitment.is_correcting:
        sentence = gettext(
            "%(number)s is being corrected. Finish the correction first, so that this is added to what QuickBooks then "
            "holds."
        )
        yield Unmet(sentence % {"number": number}, EDITORS, where)
    elif not on_its_way(commitment.erp):
        sentence = gettext(
            "The commitment %(number)s is not in QuickBooks and not with accounting. Send it first: a change order is "
            "added to its purchase order."
        )
        yield Unmet(sentence % {"number": number}, EDITORS, where, items=(commitment.erp,))


def _vendor(change_order: ChangeOrder) -> Iterator[Unmet]:
    commitment, vendor = change_order.commitment, change_order.commitment.vendor
    if vendor is None:
        where = reverse("commitments:edit_commitment", args=[commitment.pk])
        yield Unmet(
            gettext("%(number)s has no vendor yet. Choose the company that it is with.")
            % {"number": commitment.number},
            EDITORS,
            where,
        )
    elif not on_its_way(vendor.erp):
        yield Unmet(
            gettext("The vendor %(vendor)s is not in QuickBooks and not with accounting. Send it, or link it, first.")
            % {"vendor": vendor},
            EDITORS,
            reverse("vendors:vendor", args=[vendor.pk]),
            items=(vendor.erp,),
        )


def _texts(change_order: ChangeOrder) -> Iterator[Unmet]:
    settings = settings_of(change_order.commitment.project)
    for what, text, limit in (
        (gettext("number"), change_order.number, settings.number_limit),
        (gettext("title"), change_order.title, settings.title_limit),
    ):
        if length_of(text) > limit:
            sentence = gettext(
                "The %(what)s has %(length)s characters; %(limit)s is the limit. Shorten it, or widen the limit in the "
                "project's change settings."
            )
            yield _at(change_order, sentence % {"what": what, "length": length_of(text), "limit": limit})
    length = length_of(change_order.description)
    if length > DESCRIPTION_LIMIT:
        yield _at(
            change_order,
            gettext(
                "The description has %(length)s characters, and the memo in QuickBooks has room for %(limit)s. "
                "Shorten it."
            )
            % {"length": f"{length:,}", "limit": f"{DESCRIPTION_LIMIT:,}"},
        )


def _lines(change_order: ChangeOrder, lines: list[ChangeLine]) -> Iterator[Unmet]:
    if not lines:
        yield _at(change_order, gettext("The change order has no line yet. Add at least one."), "change_order")
    moved = [one for one in lines if one.sov_line and one.sov_line.code_id != one.code_id]
    for line in moved[:NAMED_AT_MOST]:
        yield _at(
            change_order,
            gettext(
                "Line %(line)s changes a line of %(commitment)s whose cost code is another now. Edit the change "
                "order and save it again."
            )
            % {"line": line.number, "commitment": change_order.commitment.number},
        )
    after = _contract_after(change_order, sum((one.amount for one in lines), Decimal("0.00")))
    if after < 0:
        yield _at(
            change_order,
            gettext(
                "It would bring %(commitment)s to %(after)s, and QuickBooks refuses a purchase order below zero. "
                "Lower the deduction, or ask accounting to enter it as a vendor credit."
            )
            % {"commitment": change_order.commitment.number, "after": f"{after:,.2f}"},
        )


def _contract_after(change_order: ChangeOrder, total: Decimal) -> Decimal:
    """What the commitment comes to with its approved change orders and this one."""
    commitment = change_order.commitment
    others = ChangeLine.objects.filter(
        change_order__commitment=commitment, change_order__status=ChangeStatus.APPROVED
    ).exclude(change_order=change_order)
    original: Decimal | None = commitment.lines.aggregate(sum=Sum("amount"))["sum"]
    changed: Decimal | None = others.aggregate(sum=Sum("amount"))["sum"]
    return (original or Decimal(0)) + (changed or Decimal(0)) + total


def _codes(change_order: ChangeOrder, lines: list[ChangeLine]) -> Iterator[Unmet]:
    codes = {line.code.cost_code_id: line.code.cost_code for line in lines}.values()
    missing = sorted((one for one in codes if not on_its_way(one.erp)), key=lambda one: one.code)
    if missing:
        named = ", ".join(one.code for one in missing[:NAMED_AT_MOST])
        more = len(missing) - NAMED_AT_MOST
        named = gettext("%(named)s and %(more)s more") % {"named": named, "more": more} if more > 0 else named
        where = reverse("projects:cost_code", args=[missing[0].pk])
        if len(missing) > 1:
            where = reverse("projects:project_codes", args=[change_order.commitment.project_id])
        sentence = ngettext(
            "%(named)s is not in QuickBooks and not with accounting. Send the cost codes first.",
            "%(named)s are not in QuickBooks and not with accounting. Send the cost codes first.",
            len(missing),
        )
        yield Unmet(sentence % {"named": named}, EDITORS, where, items=tuple(one.erp for one in missing))


def _requests(change_order: ChangeOrder) -> Iterator[Unmet]:
    """Requests that keep a status of their own and are not approved, directly in it or in a request that is."""
    inside = Q(change_order=change_order) | Q(request__change_order=change_order)
    rows = ChangeRequest.objects.filter(inside, own_status=True).exclude(status=ChangeStatus.APPROVED)
    for one in rows.order_by("pk")[:NAMED_AT_MOST]:
        sentence = gettext(
            "%(number)s in it keeps a status of its own and is %(was)s. Approve it, let it follow the change order, or "
            "take it out."
        )
        was = gettext(one.get_status_display()).lower()
        yield Unmet(
            sentence % {"number": one.number, "was": was}, EDITORS, reverse("change_orders:request", args=[one.pk])
        )

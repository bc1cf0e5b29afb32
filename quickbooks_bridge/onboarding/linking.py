"""What people decide about a document that stands in QuickBooks: it is this record, not that one, or none of ours.

Linking writes nothing to QuickBooks. It goes by what was read last; what is changed there later is noticed like any
other change of a linked document.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import accumulate
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

from procore_sync.acceptance import operations as acceptance
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import filled, says_nothing
from quickbooks_bridge.connections import require_kept
from quickbooks_bridge.drift.answers import accept_linked
from quickbooks_bridge.importers.operations import AlreadyLinked
from quickbooks_bridge.links import remember_typed
from quickbooks_bridge.models import BillState, Link
from quickbooks_bridge.onboarding.documents import BILL, CREDIT, ENTITIES, ESTIMATE, ORDER
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.pairing import Compared, compare, party_of
from quickbooks_bridge.onboarding.proposals import EXACT, Match, Proposal, in_full, proposals_for
from quickbooks_bridge.onboarding.records import changes_of, ours_for
from quickbooks_bridge.watching.links import look_soon

KINDS = {ORDER: Kind.COMMITMENT, ESTIMATE: Kind.BUDGET, BILL: Kind.INVOICE, CREDIT: Kind.INVOICE}
_TOLD = 12
_NOT_SENT = gettext_noop("It stands in QuickBooks already, so it is linked and not sent.")


class NoteNeeded(InvalidInput):
    """The totals differ and nothing is said about why the two are one all the same."""

    cure = gettext_noop("Whoever links them writes why they are one.")


def compared(found: OpeningDocument, item: ErpItem) -> Compared:
    """The two beside each other; with the approved change orders of a commitment where only they explain the total: all
    of them, or the first of them, which stand there already while the later ones do not.
    """
    alone = compare(item, found.document)
    changes = [] if alone.is_equal else changes_of(item)
    sums = accumulate((one.amount or Decimal(0) for one in changes), initial=alone.ours)
    counts = [count for count, total in enumerate(sums) if count and total == alone.theirs]
    equal = [compare(item, found.document, changes[:count]) for count in reversed(counts)]
    return next((one for one in equal if one.is_paired), next(iter(equal), alone))


@transaction.atomic
def link_document(found: OpeningDocument, item: ErpItem, *, by: Membership, note: str = "") -> Compared:
    """Say that `item` is this document of QuickBooks, and so are the change orders that are in it. Changes neither.

    Raises:
        NotAllowed: `by` may not import this kind.
        AlreadyLinked: one of the two is linked already.
        NoteNeeded: the totals differ and there is no note.
        IllegalMove: the record is being posted, or somebody decided on it meanwhile.
        Refusal: they are of different kinds or vendors, the vendor or project is not linked yet, the record is not
            finished here, or another QuickBooks company was connected meanwhile.
    """
    require(by, Right.IMPORT, item.kind)
    _refuse_unfit(found, item, by)
    told = compared(found, item)
    _refuse_another(found, told)
    if not told.is_equal and says_nothing(note):
        raise _note_needed(found, item, told)
    _link(found, item, told, by, note.strip())
    return told


def _note_needed(found: OpeningDocument, item: ErpItem, told: Compared) -> NoteNeeded:
    sentence = gettext(
        "%(item)s comes to %(ours)s and %(document)s to %(theirs)s. Say in a note why they are one all the same, or "
        "link another."
    ) % {
        "item": item.label,
        "ours": f"{told.ours:,.2f}",
        "document": _shown(found),
        "theirs": f"{told.theirs:,.2f}",
    }
    return NoteNeeded(sentence, errors={"note": [sentence]})


def _refuse_unfit(found: OpeningDocument, item: ErpItem, by: Membership) -> None:
    if found.company_id != item.company_id or KINDS.get(found.entity) != item.kind:
        sentence = gettext("%(item)s cannot be %(document)s: they are different kinds of record.")
        raise Refusal(sentence % {"item": item, "document": _shown(found)})
    if found.state != BillState.STANDING:
        state = gettext(found.get_state_display()).lower()
        raise Refusal(_about(found, gettext("%(document)s was %(state)s in QuickBooks."), state=state))
    _refuse_set_aside(found)
    _refuse_linked(found)
    if Link.objects.filter(item=item).exists():
        raise AlreadyLinked(gettext("%(item)s is linked to QuickBooks already.") % {"item": item.label})
    if not ours_for(by, only=item):
        sentence = gettext(
            "%(item)s cannot be linked as it stands: a commitment has to be approved, a budget locked and an invoice "
            "reviewed, and none of them on its way to QuickBooks."
        )
        raise Refusal(sentence % {"item": item.label}, who=EDITORS)


def _refuse_set_aside(found: OpeningDocument) -> None:
    if found.set_aside_at is not None:
        raise Refusal(_about(found, gettext("%(document)s was set aside. Bring it back first.")))


def _refuse_linked(found: OpeningDocument) -> None:
    same = Link.objects.filter(company_id=found.company_id, entity=found.entity, remote_id=found.remote_id)
    if same.exists():
        raise AlreadyLinked(_about(found, gettext("%(document)s is linked here already.")))


def _refuse_another(found: OpeningDocument, told: Compared) -> None:
    ours = party_of(told.payload)
    of_project = found.entity == ESTIMATE
    if ours.startswith("@"):
        where = reverse("quickbooks_bridge:link_item", args=[int(ours[1:])]) if ours[1:].isdigit() else ""
        vendor = gettext("The vendor is not linked to QuickBooks yet. Link it first.")
        project = gettext("The project is not linked to QuickBooks yet. Link it first.")
        raise Refusal(project if of_project else vendor, who="accountant", where=where)
    if told.is_of_another:
        vendor = gettext("%(document)s is another vendor's (%(party)s), so they cannot be one.")
        project = gettext("%(document)s is another project's (%(party)s), so they cannot be one.")
        raise Refusal(_about(found, project if of_project else vendor, party=found.party))
    if told.exporter.entity != found.entity:
        sentence = gettext("It would be a %(noun)s and not %(document)s.")
        raise Refusal(filled(sentence, {"noun": gettext(told.exporter.noun), "document": _shown(found)}))


def _link(found: OpeningDocument, item: ErpItem, told: Compared, by: Membership, note: str) -> None:
    comment = f"Linked to the {_named(found)}."
    if not told.is_paired:
        comment = f"Linked to the {_named(found)}, as a whole: its lines are not ours."
    detail = _detail(found, told)
    _stand_still([item, *told.changes], by)
    acceptance.link(item, by=by, detail=detail, comment=f"{comment} {note}".strip())
    require_kept(found)
    for change in told.changes:
        acceptance.link(change, by=by, detail=detail, comment=f"Linked with {item.label}: its lines are in it already.")
    try:
        with transaction.atomic():
            remember_typed(item, told.exporter, told.held, equal=told.is_equal)
    except IntegrityError:
        raise AlreadyLinked(_about(found, gettext("%(document)s was linked by somebody else meanwhile."))) from None
    # Whoever said that they are not the same was wrong.
    found.dismissed.remove(item)
    # What was changed since it was read was told when it was nobody's here.
    look_soon(found.company_id, found.entity, [found.remote_id])
    if not told.is_equal:
        link = Link.objects.select_related("item").get(item=item)
        accept_linked(link, ours=told.ours, theirs=told.theirs, by=by, note=note)


def _stand_still(items: Sequence[ErpItem], by: Membership) -> None:
    """Hold back what was accepted and waits: it is there already, and must not be sent."""
    for item in items:
        if item.status == Status.EXPORTING:
            acceptance.hold_back(item, by=by, comment=_NOT_SENT)


def _detail(found: OpeningDocument, told: Compared) -> dict[str, Any]:
    """What the journal keeps: which document, both totals, and what is said otherwise."""
    return {
        "entity": found.entity,
        "id": found.remote_id,
        "name": found.number,
        "ours": str(told.ours),
        "theirs": str(told.theirs),
        "paired": told.is_paired,
        "differences": [str(one) for one in told.differences[:_TOLD]],
    }


def _about(found: OpeningDocument, sentence: str, **more: str) -> str:
    """A sentence that begins with the document."""
    text = sentence % {"document": _shown(found), **more}
    return text[:1].upper() + text[1:]


def _shown(found: OpeningDocument) -> str:
    """What a sentence calls it, in the language of whoever reads it."""
    number, party = found.number or found.remote_id, found.party or gettext("nobody")
    told = gettext("the %(called)s %(number)s of %(party)s")
    return told % {"called": gettext(found.called).lower(), "number": number, "party": party}


def _named(found: OpeningDocument) -> str:
    """The same as the journal keeps it."""
    return f"{found.called.lower()} {found.number or found.remote_id} of {found.party or 'nobody'}"


# many at once


def exact_for(member: Membership) -> list[Match]:
    """Every exact proposal: what “link all exact” would link."""
    return exact_of(in_full([one for one in proposals_for(member) if one.confidence == EXACT]))


def exact_of(proposals: Iterable[Proposal]) -> list[Match]:
    """The exact ones among these."""
    return [one.match for one in proposals if one.confidence == EXACT and one.match]


def seen_as(matches: Sequence[Match]) -> str:
    """What stands for a list of pairs, so that nothing else is linked than what was looked at."""
    return digest(sorted([one.document.pk, one.ours.item.pk, one.document.sync_token] for one in matches))


@transaction.atomic
def link_all_exact(*, by: Membership, seen: str) -> int:
    """Link every exact pair, all or none, those of orders first; returns how many. `seen` is what the person looked at.

    Raises:
        NotAllowed: `by` may not import one of the kinds.
        Refusal: there are others now, so the person has to look again; or one cannot be linked, and then none is.
    """
    matches = exact_for(by)
    if not matches:
        raise Refusal(gettext("Nothing agrees exactly now. Look at what is likely."))
    if seen != seen_as(matches):
        told = gettext("There are other exact pairs now than those you looked at: %(count)s. Look at them again.")
        raise Refusal(told % {"count": len(matches)})
    documents = OpeningDocument.objects.in_bulk([one.document.pk for one in matches])
    for match in sorted(matches, key=lambda one: ENTITIES.index(one.document.entity)):
        link_document(documents[match.document.pk], match.ours.item, by=by)
    return len(matches)


# what is not so


def dismiss(found: OpeningDocument, item: ErpItem, *, by: Membership) -> None:
    """Say that the document is not this record; it is not proposed again.

    Raises:
        NotAllowed: `by` may not import this kind.
    """
    require(by, Right.IMPORT, item.kind)
    found.dismissed.add(item)


@transaction.atomic
def set_aside(found: OpeningDocument, *, why: str, by: Membership) -> None:
    """Say that the document is none of ours, such as a cost that no commitment promises; it counts no more.

    Raises:
        NotAllowed: `by` may not import this kind.
        InvalidInput: there is no reason.
        AlreadyLinked: it is a record here meanwhile.
        Refusal: somebody else has set it aside, with a reason.
    """
    require(by, Right.IMPORT, KINDS[found.entity])
    if not why.strip():
        sentence = gettext("Say why it is not ours: whoever signs relies on it.")
        raise InvalidInput(sentence, errors={"why": [sentence]})
    now = OpeningDocument.objects.select_for_update(of=("self",)).get(pk=found.pk)
    _refuse_set_aside(now)
    _refuse_linked(now)
    _decide(now, set_aside_at=timezone.now(), set_aside_by=by, set_aside_why=why.strip())


def bring_back(found: OpeningDocument, *, by: Membership) -> None:
    """Count a document that was set aside again.

    Raises:
        NotAllowed: `by` may not import this kind.
    """
    require(by, Right.IMPORT, KINDS[found.entity])
    _decide(found, set_aside_at=None, set_aside_by=None, set_aside_why="")


def _decide(found: OpeningDocument, **columns: Any) -> None:
    OpeningDocument.objects.filter(pk=found.pk).update(**columns)

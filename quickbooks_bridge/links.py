"""How it is remembered what an item is in QuickBooks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from procore_sync.acceptance.courier import Outcome
from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.acceptance.standings import note_standing
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.kit.canonical import digest
from procore_sync.kit.clock import database_time
from procore_sync.kit.kinds import Kind
from quickbooks_bridge import names
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters import keys
from quickbooks_bridge.exporters.base import Document, Exporter
from quickbooks_bridge.exporters.keys import key_in, seen_amount
from quickbooks_bridge.exporters.lines import NOTED, LineExporter
from quickbooks_bridge.exporters.registry import exporter_for
from quickbooks_bridge.models import Health, Link

_BILLS = ("Bill", "VendorCredit")


def link_of(item: ErpItem, document: Document | None = None) -> Link | None:
    """The link of the QuickBooks document in which `item` stands: its own, or that of the record it adds to.

    `document` says which that is; without it, what was sent last does.
    """
    target = target_of(item, document)
    return Link.objects.filter(item_id=target).select_related("item").first() if target else None


def target_of(item: ErpItem, document: Document | None = None) -> int | None:
    """The item whose QuickBooks document `item` is written into; None if nothing says so yet."""
    exporter = exporter_for(item.kind)
    if not (isinstance(exporter, LineExporter) and exporter.appends):
        return item.pk
    if document is None:
        document = item.submissions.order_by("-number").values_list("document", flat=True).first()
    return int(document["commitment"]["item"]) if document else None


def require_link(item: ErpItem, remote_id: str) -> None:
    """Go on only if `item` stands in the document of this number, or in none for "", and hold the link until then.

    Call inside a transaction.

    Raises:
        ChangedSinceSeen: it stands in another one.
    """
    link = Link.objects.select_for_update().filter(item_id=target_of(item)).first()
    if (link.remote_id if link else "") != remote_id:
        said = gettext("%(record)s was linked to another document meanwhile, so it was not unlinked. Look again.")
        raise ChangedSinceSeen(said % {"record": item.label})


def exporter_of(item: ErpItem) -> Exporter:
    """The exporter for what was sent last of `item`."""
    sent = item.submissions.order_by("-number").values_list("document", flat=True).first()
    return exporter_for(item.kind, sent)


def remember_link(item: ErpItem, entity: str, remote: dict[str, Any], *, verified: bool | None) -> None:
    """Store that `item` is this QuickBooks record, in one statement; again it brings the link up to date.

    `verified` is whether what stands there was compared with what was accepted and is equal; None if nothing was
    sent to compare with.

    Raises:
        IntegrityError: another item is this record already.
    """
    remember_links([(item, entity, remote)], verified=verified)


def remember_links(there: Sequence[tuple[ErpItem, str, Document]], *, verified: bool | None) -> None:
    """Store of each which QuickBooks record it is, as `remember_link` does, in few statements.

    Raises:
        IntegrityError: another item is one of these records already.
    """
    _store([_name_link(item, entity, remote, verified) for item, entity, remote in there])
    names.remember([names.row_of(item.company_id, entity, remote) for item, entity, remote in there])


def remember_held(item: ErpItem, entity: str, remote: Document) -> None:
    """Store that `item` is this document with lines, as it stands there; nothing was compared with what was accepted.

    Raises:
        IntegrityError: another item is this document already.
    """
    exporter = exporter_for(item.kind)
    _store([_link(item, exporter, entity, remote, exporter.owned(remote), None)])


def remember_held_lines(link: Link, exporter: LineExporter, payload: Document, remote: Document) -> None:
    """Store that the lines of `payload` stand in the document of another record, as they stand there."""
    _bring_up_to_date(link, exporter, remote, seen_after(exporter, payload, remote, link), verified=True)


def remember_typed(item: ErpItem, exporter: Exporter, held: Document, *, equal: bool) -> None:
    """Store that `item` is a document that somebody typed. `held` is it as read, with our keys on lines that are ours.

    `equal` is whether both come to the same; only then it counts as verified.

    Raises:
        IntegrityError: another item is this document already.
    """
    _store([_link(item, exporter, exporter.entity, held, exporter.owned(held), equal)])


def is_whole(link: Link) -> bool:
    """Whether no line of the document is known for ours, so that nothing may be written into it.

    What we wrote ourselves has our keys, unless all its lines were replaced there. That something of the record was
    sent says nothing: it may have been another document, which is gone.
    """
    return keys.is_whole(link.seen, of_bill=link.entity in _BILLS)


def linked_as_a_whole(called: str) -> str:
    """The sentence that says why such a document is not changed from here."""
    told = gettext(
        "The %(called)s was typed in QuickBooks and linked as a whole, or its lines were replaced there: they are not "
        "those of the record, so nothing is written into it. Let the bookkeeper make the change there; or delete it "
        "there, unlink the record and send it anew."
    )
    return told % {"called": called}


def remember(there: Sequence[tuple[Submission, Outcome]]) -> None:
    """Store how each stands in QuickBooks after what was accepted of it was written, in few statements.

    Raises:
        IntegrityError: another item is one of these records already.
    """
    in_lists = [one for one in there if not isinstance(exporter_for(one[0].item.kind), LineExporter)]
    with_lines = [one for one in there if isinstance(exporter_for(one[0].item.kind), LineExporter)]
    rows = [(each.item, told.entity, told.answered["document"], told.verified) for each, told in in_lists]
    _store([_name_link(*row) for row in rows] + _document_links(with_lines))
    overtake([each.item_id for each, _ in there if each.posting.get("operation") == "update"])
    if rows:
        names.remember([names.row_of(item.company_id, entity, remote) for item, entity, remote, _ in rows])


def overtake(items: Collection[int]) -> None:
    """Close the open cards of these items: what was found is answered by what was exported or shown since. No export
    says anything of a payment that was taken off.
    """
    if items:
        cards = Drift.objects.filter(item__in=items, answer=DriftAnswer.OPEN).exclude(what=What.UNAPPLIED)
        cards.update(answer=DriftAnswer.OVERTAKEN, answered_at=database_time())


def part(item: ErpItem) -> None:
    """Close the open card of an item that is unlinked; an answer that was given with it stays."""
    cards = Drift.objects.filter(item=item, answer=DriftAnswer.OPEN)
    cards.update(answer=DriftAnswer.UNLINKED, answered_at=database_time())


def tell_health(links: Collection[int], health: str) -> None:
    """Say how these linked documents stand, and by that whether their records are still green."""
    rows = Link.objects.filter(pk__in=links)
    rows.update(health=health)
    note_standing(list(rows.values_list("item_id", flat=True)), differs=health != Health.OK)


def _name_link(item: ErpItem, entity: str, remote: Document, verified: bool | None) -> Link:
    exporter = exporter_for(item.kind)
    return _link(item, exporter, entity, remote, exporter.owned(remote), verified)


def _document_links(there: Sequence[tuple[Submission, Outcome]]) -> list[Link]:
    """The links of documents with lines; what was added to another record's document is stored there at once.

    Of the lines only those that were sent count as seen: what somebody changed in another record's line meanwhile is
    still to be noticed when that record is sent.
    """
    own = Link.objects.filter(item_id__in=[each.item_id for each, _ in there]) if there else ()
    known = {link.item_id: link for link in own}
    links = []
    for submission, outcome in there:
        remote, item = outcome.answered["document"], submission.item
        exporter = exporter_for(item.kind, submission.document)
        if not isinstance(exporter, LineExporter):
            raise TypeError(f"{item} has no lines.")
        link = link_of(item, submission.document) if exporter.appends else known.get(item.pk)
        seen = seen_after(exporter, submission.posting["payload"], remote, link)
        if not exporter.appends:
            links.append(_link(item, exporter, exporter.entity, remote, seen, outcome.verified))
        elif link is not None:
            _bring_up_to_date(link, exporter, remote, seen, outcome.verified)
    return links


def _bring_up_to_date(
    link: Link, exporter: LineExporter, remote: Document, seen: dict[str, str], verified: bool
) -> None:
    health = _health_after(link, remote, seen, verified)
    told = {"sync_token": str(remote.get("SyncToken", ""))[:16], "total": exporter.total_of(remote), "health": health}
    Link.objects.filter(pk=link.pk).update(**told | _as_seen(link, seen))
    if health != link.health:
        note_standing([link.item_id], differs=health != Health.OK)


def _as_seen(link: Link, seen: dict[str, str]) -> dict[str, Any]:
    """What a link remembers once so much of its document is `seen`.

    One that is linked as a whole comes to what it did, and what was added: what else it comes to is for a look to find.
    """
    if link.total is None or not keys.is_whole(seen):
        return {"seen": seen, "fingerprint": digest(seen)}
    total = link.total + seen_amount(seen) - seen_amount(link.seen)
    known = {**seen, "TotalAmt": str(total)}
    return {"seen": known, "fingerprint": digest(known), "total": total}


def _health_after(link: Link, remote: Document, seen: dict[str, str], verified: bool) -> str:
    """The health of a document after a change order of it; well again only if its own record is, nothing is known to
    differ there, and what the change order left alone stands in `remote` as it was seen.
    """
    if not verified:
        return Health.DRIFTED
    if link.health == Health.OK or link.item.status != Status.SYNCED or link.health == Health.ACCEPTED:
        return link.health
    differs = link.ignored or Drift.objects.filter(link=link, answer=DriftAnswer.OPEN).exists()
    return link.health if differs or not _is_left_as_seen(link, remote, seen) else health_as_seen(link)


def _is_left_as_seen(link: Link, remote: Document, seen: dict[str, str]) -> bool:
    """Whether all that is the same in what was `seen` before and since stands so in `remote`; totals follow lines."""
    exporter = exporter_for(link.item.kind)
    if not isinstance(exporter, LineExporter):
        raise TypeError(f"{link.item} has no lines.")
    apart = {path for path in seen if path.endswith(NOTED)} | exporter.state
    left = {path: value for path, value in link.seen.items() if path not in apart and seen.get(path) == value}
    return left.items() <= exporter.owned_since(remote, link.seen).items()


def health_as_seen(link: Link) -> str:
    """How a record stands whose document is as it was seen: as QuickBooks has it, where that was accepted since we
    compared it last, else green.
    """
    cards = Drift.objects.filter(link=link, answer=DriftAnswer.ACCEPTED).exclude(what=What.UNAPPLIED)
    since = cards.filter(answered_at__gt=link.verified_at) if link.verified_at else cards
    return Health.ACCEPTED if since.exists() else Health.OK


def was_equal(link: Link) -> bool:
    """Whether QuickBooks held the record of a link as it was accepted when it was last written, or it never was."""
    written = Attempt.objects.filter(submission__item=link.item_id, outcome=OutcomeKind.DONE)
    return link.verified_at is not None or not written.exists()


def seen_after(exporter: LineExporter, payload: Document, remote: Document, link: Link | None) -> dict[str, str]:
    """What counts as seen of `remote` once `payload` was compared with it: its own lines, not another record's."""
    if link is None or link.remote_id != str(remote["Id"]):
        return exporter.owned(remote)
    owned = exporter.owned_since(remote, link.seen)
    others = {path: value for path, value in link.seen.items() if not exporter.is_own(key_in(path), payload)}
    if exporter.appends:
        ours = {path for path in owned if exporter.is_own(key_in(path), payload)}
        known = {path: value for path, value in owned.items() if path in ours | exporter.state}
        return {**others, **known, **exporter.noted(payload, remote)}
    stands = {path for path in others if key_in(path) and (path in owned or path.endswith(NOTED))}
    return {**owned, **{path: others[path] for path in stands}}


def named_openly(item: ErpItem) -> str:
    """What a sentence about another record calls `item`; a private one by its kind alone."""
    return f"a private {item.get_kind_display().lower()}" if item.is_private else str(item)


def taken_changes(*commitments: int) -> list[Submission]:
    """What QuickBooks took of each change order of these commitments that stands there; the newest last."""
    taken = Submission.objects.filter(
        lane__in=[f"{Kind.COMMITMENT}:{one}" for one in commitments],
        item__kind=Kind.CHANGE_ORDER,
        item__synced_revision__isnull=False,
        work=Work.DONE,
    )
    return list(taken.select_related("item").order_by("number"))


def lanes_with_changes(lanes: Sequence[str]) -> set[str]:
    """Those of these commitments' lanes in which change orders stand in QuickBooks; one query."""
    taken = Submission.objects.filter(
        lane__in=lanes, item__kind=Kind.CHANGE_ORDER, item__synced_revision__isnull=False, work=Work.DONE
    )
    return set(taken.values_list("lane", flat=True))


def lines_of_item(item: ErpItem, remote: Document) -> list[str]:
    """The keys of the lines in `remote` that `item` has put there."""
    exporter, payload = exporter_for(item.kind), _last_payload(item)
    if payload is None or not isinstance(exporter, LineExporter):
        return []
    return [key for key in exporter.by_key(remote) if exporter.is_own(key, payload)]


def forget_lines(item: ErpItem) -> None:
    """Remember no longer that the lines of `item` stand in another record's document."""
    exporter, payload, link = exporter_for(item.kind), _last_payload(item), link_of(item)
    if link is None or payload is None or not isinstance(exporter, LineExporter) or not exporter.appends:
        return
    seen = {path: value for path, value in link.seen.items() if not exporter.is_own(key_in(path), payload)}
    Link.objects.filter(pk=link.pk).update(**_as_seen(link, seen))


def _last_payload(item: ErpItem) -> Document | None:
    sent = item.submissions.exclude(posting={}).order_by("-number").values_list("posting", flat=True).first()
    return sent["payload"] if sent else None


def _link(
    item: ErpItem, exporter: Exporter, entity: str, remote: Document, seen: dict[str, str], verified: bool | None
) -> Link:
    return Link(
        item=item,
        company_id=item.company_id,
        entity=entity,
        remote_id=str(remote["Id"]),
        sync_token=str(remote.get("SyncToken", ""))[:16],
        name=str(remote.get("FullyQualifiedName") or exporter.name_of(remote))[:255],
        fingerprint=digest(seen),
        seen=seen,
        total=exporter.total_of(remote),
        verified_at=timezone.now() if verified else None,
        health=Health.DRIFTED if verified is False else Health.OK,
    )


def _store(links: list[Link]) -> None:
    """Write them, timed by the database's clock: on another host it is told from it what is known since."""
    at = database_time()
    for link in links:
        link.created_at = at
        link.verified_at = at if link.verified_at else None
    columns = ["entity", "remote_id", "sync_token", "name", "fingerprint", "seen", "total", "verified_at", "health"]
    columns += ["ignored", "replaced"]
    Link.objects.bulk_create(links, update_conflicts=True, unique_fields=["item"], update_fields=columns)


def import_url(item_id: int) -> str:
    """The page where a record is linked to what QuickBooks holds; short, since it is stored with the refusal."""
    return reverse("quickbooks_bridge:link_item", args=[item_id])

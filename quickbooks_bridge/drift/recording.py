"""Findings become cards: one open card a link, in one transaction with the health of the links and the journal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext_noop

from procore_sync.acceptance.journal import Entry, remark_many
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.standings import DRIFTED, RESTORED, STANDING, note_standing
from procore_sync.acceptance.states import Status
from procore_sync.kit.clock import database_time
from procore_sync.kit.text import before_stop
from quickbooks_bridge.drift.finding import Finding, token_of
from quickbooks_bridge.drift.telling import tell_approvers
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.exporters.figures import changed, shown
from quickbooks_bridge.links import was_equal
from quickbooks_bridge.models import Health, Link

HEALTH = {
    What.CHANGED: Health.DRIFTED,
    What.CLOSED: Health.DRIFTED,
    What.DELETED: Health.MISSING,
    What.VOIDED: Health.VOIDED,
    What.INACTIVE: Health.INACTIVE,
    What.MERGED: Health.MERGED,
}
_TOLD = 5
_AS_IT_WAS = gettext_noop("Changed back in QuickBooks: it is as it was.")
_RENEWED = ["theirs", "theirs_total", "sync_token"]
_REWRITTEN = [
    *_RENEWED,
    "name",
    "what",
    "fields",
    "state",
    "into_id",
    "touches",
    "changed_at",
    "changed_by",
    "heard_by",
    "heard_at",
]


def record(company_id: int, links: Sequence[Link], findings: Sequence[Finding], heard_by: str) -> int:
    """Store what was found of these links, which are locked; returns how many cards are new.

    What was found before makes no second card, also if it was ignored then; an open card is rewritten, and ended where
    nothing differs any more. One that says the same takes over what else was written there since, and nobody is told.
    Runs in the caller's transaction.
    """
    work = _Recording(database_time(), heard_by[:40], _Cards.of(links))
    found = {one.link.pk: one for one in findings}
    for link in links:
        finding = found.get(link.pk)
        if finding is None:
            work.nothing_found(link)
        else:
            work.found(finding)
    work.store()
    return len(work.new)


@dataclass(frozen=True)
class _Cards:
    """The open card of each link, and when theirs was accepted last."""

    open: dict[int, Drift]
    accepted: dict[int, datetime]

    @classmethod
    def of(cls, links: Iterable[Link]) -> _Cards:
        rows = Drift.objects.filter(link__in=list(links), answer__in=[DriftAnswer.OPEN, DriftAnswer.ACCEPTED])
        found = cls({}, {})
        for row in rows.defer("theirs").order_by("pk"):
            if row.link_id is None:
                continue
            if row.answer == DriftAnswer.OPEN:
                found.open[row.link_id] = row
            elif row.answered_at is not None and row.what != What.UNAPPLIED:
                found.accepted[row.link_id] = row.answered_at
        return found


@dataclass
class _Recording:
    at: datetime
    heard_by: str
    cards: _Cards
    new: list[Drift] = field(default_factory=list)
    rewritten: list[Drift] = field(default_factory=list)
    renewed: list[Drift] = field(default_factory=list)
    ended: list[Drift] = field(default_factory=list)
    health: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    equal: list[int] = field(default_factory=list)
    forgotten: list[int] = field(default_factory=list)
    differing: set[int] = field(default_factory=set)
    standing: set[int] = field(default_factory=set)
    remarks: list[tuple[ErpItem, Entry]] = field(default_factory=list)

    def found(self, finding: Finding) -> None:
        """A card for it, unless there is one that says the same."""
        link, known = finding.link, self.cards.open.get(finding.link.pk)
        if known is None and link.ignored == finding.state:
            return
        if known is None:
            card = self._written(Drift(company_id=link.company_id, link=link, item=link.item), finding)
            self.new.append(card)
            self.remarks.append((link.item, Entry(by=None, comment=told_of(card), detail={STANDING: DRIFTED})))
        elif known.state != finding.state and not _says_less(finding, known):
            self.standing |= set(known.touches) - set(finding.touches)
            self.rewritten.append(self._written(known, finding))
            self.remarks.append((link.item, Entry(by=None, comment=told_of(known), detail={STANDING: DRIFTED})))
        else:
            self._renew(known, finding)
            return
        if finding.what in HEALTH:
            self._tell(link, HEALTH[finding.what])
            self.differing |= {link.item_id, *finding.touches}
        else:  # of a payment that was taken off: the document itself is as it was seen
            self._as_seen(link)

    def _renew(self, card: Drift, finding: Finding) -> None:
        """The same was found in a newer document: an answer takes that one over, with what we wrote into it since."""
        if card.state == finding.state and token_of(finding.sync_token) > token_of(card.sync_token):
            card.theirs, card.theirs_total = dict(finding.theirs), finding.theirs_total
            card.sync_token = finding.sync_token
            self.renewed.append(card)

    def nothing_found(self, link: Link) -> None:
        """It is as it was seen: an open card ends, and what was green is green anew."""
        card = self.cards.open.get(link.pk)
        if card is not None:
            card.answer, card.answered_at = DriftAnswer.ENDED, self.at
            self.ended.append(card)
            self.remarks.append((link.item, Entry(by=None, comment=_AS_IT_WAS, detail={STANDING: RESTORED})))
            self.standing |= set(card.touches)
        health = self._as_seen(link, is_back=card is not None)
        if link.ignored:
            self.forgotten.append(link.pk)
        if link.verified_at is not None and health == Health.OK:
            self.equal.append(link.pk)

    def _as_seen(self, link: Link, *, is_back: bool = False) -> str:
        """What was green is green anew, and `is_back` if a card said otherwise until now; returns the health."""
        health = self._health_of_what_is_as_seen(link, is_back=is_back)
        if health != link.health:
            self._tell(link, health)
            if health == Health.OK:
                self.standing.add(link.item_id)
        return health

    def _health_of_what_is_as_seen(self, link: Link, *, is_back: bool) -> str:
        """Of a record whose export was not equal, or that is not synced, being as it was seen says nothing; what the
        change took from one that was equal it has back.
        """
        if link.health in (Health.OK, Health.ACCEPTED):
            return link.health
        if link.item.status != Status.SYNCED and not (is_back and was_equal(link)):
            return link.health
        return Health.ACCEPTED if self._was_accepted(link) else Health.OK

    def _tell(self, link: Link, health: str) -> None:
        if link.health != health:
            self.health[health].append(link.pk)

    def _was_accepted(self, link: Link) -> bool:
        """Whether what is seen is theirs, accepted after the last export."""
        at = self.cards.accepted.get(link.pk)
        return at is not None and (link.verified_at is None or at > link.verified_at)

    def _written(self, card: Drift, finding: Finding) -> Drift:
        card.entity, card.remote_id = finding.link.entity, finding.link.remote_id
        card.name = finding.link.name
        card.what, card.fields, card.state = finding.what, finding.fields, finding.state
        card.theirs, card.theirs_total = dict(finding.theirs), finding.theirs_total
        card.sync_token, card.into_id, card.touches = finding.sync_token, finding.into, list(finding.touches)
        card.changed_at, card.changed_by = finding.changed_at, finding.changed_by
        card.heard_by, card.heard_at = self.heard_by, self.at
        return card

    def store(self) -> None:
        """Write all of it in few statements."""
        Drift.objects.bulk_create(self.new)
        if self.rewritten:
            Drift.objects.bulk_update(self.rewritten, _REWRITTEN, batch_size=500)
        if self.renewed:
            Drift.objects.bulk_update(self.renewed, _RENEWED, batch_size=500)
        if self.ended:
            Drift.objects.filter(pk__in=[one.pk for one in self.ended]).update(
                answer=DriftAnswer.ENDED, answered_at=self.at
            )
        for health, links in self.health.items():
            Link.objects.filter(pk__in=links).update(health=health)
        if self.equal:
            Link.objects.filter(pk__in=self.equal).update(verified_at=self.at)
        if self.forgotten:
            Link.objects.filter(pk__in=self.forgotten).update(ignored="")
        note_standing(self.differing, differs=True)
        note_standing(self.standing - self.differing, differs=False)
        remark_many(self.remarks)
        tell_approvers([(card, told_of(card)) for card in self.new])


def _says_less(finding: Finding, card: Drift) -> bool:
    """Whether it is older than what the card says, or knows less of a merge."""
    if finding.what == card.what == What.MERGED and not finding.into:
        return True
    return bool(finding.document) and token_of(finding.document) < token_of(card.sync_token)


def told_of(card: Drift) -> str:
    """A card in one sentence, for the journal."""
    told = [
        changed(one["label"], *(shown(one["name"], one[side]) for side in ("ours", "theirs")))
        for one in card.fields[:_TOLD]
    ]
    more = len(card.fields) - len(told)
    rest = [f"{more} more"] if more > 0 else []
    what, changes = card.get_what_display(), "; ".join([*told, *rest])
    if card.changed_by:
        who = card.changed_by
        return f"{what} in QuickBooks by {who}: {changes}." if told else f"{what} in QuickBooks by {before_stop(who)}."
    return f"{what} in QuickBooks: {changes}." if told else f"{what} in QuickBooks."

"""Which document of QuickBooks is probably which record of ours, with a score and the reasons in words.

Exact is a document of the same vendor, number and total (an estimate that is open: of the same job and total), and no
other that would be too. Likely is what reaches `ENOUGH` points. Never proposed is a document of another vendor or job.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

from django.utils.translation import gettext, gettext_noop
from rapidfuzz import fuzz

from procore_sync.accounts.models import Membership
from procore_sync.kit.text import normalise, same_name_key
from quickbooks_bridge.importers.candidates import SIMILAR
from quickbooks_bridge.onboarding.documents import ESTIMATE, Row
from quickbooks_bridge.onboarding.models import OpeningDocument
from quickbooks_bridge.onboarding.records import Ours
from quickbooks_bridge.onboarding.sides import Sides, sides_for

EXACT, LIKELY, NONE = "exact", "likely", "none"
ENOUGH = 50
NEAR_DAYS = timedelta(days=31)
NEAR_MONEY = Decimal("0.02")


@dataclass(frozen=True)
class Points:
    """What one thing that two have in common is worth, and how it is said: a sentence and what is put into it."""

    points: int
    said: str
    values: Mapping[str, object] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        """The sentence as it is kept and as the API tells it."""
        return self.said % self.values

    @property
    def shown(self) -> str:
        """The sentence in the language of whoever reads the page."""
        return gettext(self.said) % self.values


_TWICE = Points(0, gettext_noop("another pair agrees as well, so check which it is"))


@dataclass(frozen=True)
class Match:
    """A document beside a record, how much speaks for their being one, and what does."""

    document: Row
    ours: Ours
    score: int
    told: tuple[Points, ...]
    is_exact: bool

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it, in words."""
        return tuple(one.reason for one in self.told)

    @property
    def shown(self) -> list[str]:
        """The same in the language of whoever reads the page."""
        return [one.shown for one in self.told]

    @property
    def rank(self) -> tuple[bool, int, int]:
        """The more, the better; of equals always the same one first."""
        return self.is_exact, self.score, -self.ours.item.pk


@dataclass(frozen=True)
class Proposal:
    """A document of QuickBooks and the record that it probably is; None if nothing here resembles it."""

    document: Row
    confidence: str
    match: Match | None = None
    reasons: tuple[str, ...] = field(default=())


def proposals_for(member: Membership, sides: Sides | None = None) -> list[Proposal]:
    """A proposal for each document that is neither linked nor set aside; no record is proposed twice.

    Both `sides` are read where they were not yet.
    """
    sides = sides or sides_for(member)
    dismissed = _DISMISSED.filter(openingdocument__company_id=member.company_id)
    return proposed(sides.documents, sides.records, set(dismissed.values_list("openingdocument_id", "erpitem_id")))


_DISMISSED = OpeningDocument.dismissed.through._default_manager


def dismissed_of(row: OpeningDocument) -> set[int]:
    """Which items the document was said not to be."""
    return set(_DISMISSED.filter(openingdocument=row).values_list("erpitem_id", flat=True))


def in_full(proposals: Sequence[Proposal]) -> list[Proposal]:
    """The same with their documents as they are kept, of those that still are; one query."""
    documents = OpeningDocument.objects.defer("document").in_bulk([one.document.pk for one in proposals])
    kept = [(one, documents[one.document.pk]) for one in proposals if one.document.pk in documents]
    return [
        replace(one, document=row, match=replace(one.match, document=row) if one.match else None) for one, row in kept
    ]


def proposed(rows: Sequence[Row], records: Sequence[Ours], dismissed: set[tuple[int, int]]) -> list[Proposal]:
    """The best pairs first, each document and record in one at most; what is exact twice is likely only."""
    matches = list(_matches(rows, records, dismissed))
    chosen: dict[int, Match] = {}
    taken: set[int] = set()
    for match in sorted(_once_only(matches), key=lambda one: one.rank, reverse=True):
        if match.document.pk not in chosen and match.ours.item.pk not in taken:
            chosen[match.document.pk] = match
            taken.add(match.ours.item.pk)
    return [_proposal(row, chosen.get(row.pk)) for row in rows]


def _proposal(row: Row, match: Match | None) -> Proposal:
    if match is None:
        return Proposal(row, NONE)
    return Proposal(row, EXACT if match.is_exact else LIKELY, match, match.reasons)


def _once_only(matches: list[Match]) -> Iterator[Match]:
    """`matches`, exact only where neither the document nor the record is exactly another too."""
    exact = [one for one in matches if one.is_exact]
    documents = Counter(one.document.pk for one in exact)
    records = Counter(one.ours.item.pk for one in exact)
    for one in matches:
        twice = documents[one.document.pk] > 1 or records[one.ours.item.pk] > 1
        if one.is_exact and twice:
            yield replace(one, is_exact=False, told=(*one.told, _TWICE))
        else:
            yield one


def _matches(rows: Sequence[Row], records: Sequence[Ours], dismissed: set[tuple[int, int]]) -> Iterator[Match]:
    """Every pair that has something in common and may be one."""
    nearby = _index(records)
    for row in rows:
        near = {one.item.pk: one for key in _keys_of(row) for one in nearby.get(key, ())}
        for ours in near.values():
            match = None if (row.pk, ours.item.pk) in dismissed else match_of(row, ours)
            if match is not None and (match.is_exact or match.score >= ENOUGH):
                yield match


Key = tuple[str, str, str]


def _index(records: Iterable[Ours]) -> defaultdict[Key, list[Ours]]:
    found: defaultdict[Key, list[Ours]] = defaultdict(list)
    for one in records:
        keys = {(one.entity, "number", one.matching), (one.entity, "vendor", one.vendor_id)}
        keys |= {(one.entity, "job", one.job_id)} if one.entity == ESTIMATE else set()
        keys |= {(one.entity, "total", str(total)) for total in one.totals}
        for key in keys:
            if key[2]:
                found[key].append(one)
    return found


def _keys_of(row: Row) -> list[Key]:
    party = "job" if row.entity == ESTIMATE else "vendor"
    told = (("number", row.matching), (party, row.party_id), ("total", str(row.total)))
    return [(row.entity, name, value) for name, value in told]


def match_of(row: Row, ours: Ours) -> Match | None:
    """The two beside each other; None if they cannot be one, because vendor or job is another."""
    if row.entity != ours.entity or _contradicts(row, ours):
        return None
    rules = _OF_ESTIMATES if row.entity == ESTIMATE else _OF_ORDERS_AND_BILLS
    told = [points for rule in rules if (points := rule(row, ours))]
    return Match(
        document=row,
        ours=ours,
        score=sum(one.points for one in told),
        told=tuple(told),
        is_exact=_is_exact(row, ours),
    )


def _is_exact(row: Row, ours: Ours) -> bool:
    if row.total not in ours.totals:
        return False
    if row.entity == ESTIMATE:
        return row.is_open and bool(ours.job_id) and ours.job_id == row.party_id
    same_number = bool(row.matching) and row.matching == ours.matching
    return same_number and bool(ours.vendor_id) and ours.vendor_id == row.party_id


def _contradicts(row: Row, ours: Ours) -> bool:
    """Whether the vendor or the job is known on both sides and is another."""
    if row.entity == ESTIMATE:
        return bool(ours.jobs and row.party_id and row.party_id not in ours.jobs)
    if ours.jobs and row.job_ids and ours.jobs.isdisjoint(row.job_ids):
        return True
    if ours.vendor_id:
        return ours.vendor_id != row.party_id
    return _vendor(row, ours) is None


def _number(row: Row, ours: Ours) -> Points | None:
    if not row.matching or row.matching != ours.matching:
        return None
    same = row.number.strip().casefold() == ours.number.strip().casefold()
    if same:
        return Points(40, gettext_noop("same number"))
    values = {"there": row.number, "here": ours.number}
    return Points(40, gettext_noop("number %(there)s is %(here)s as people mean it"), values)


def _vendor(row: Row, ours: Ours) -> Points | None:
    if ours.vendor_id:
        return Points(25, gettext_noop("same vendor")) if ours.vendor_id == row.party_id else None
    if same_name_key(row.party) == same_name_key(ours.vendor):
        return Points(20, gettext_noop("vendor of the same name, not linked yet"))
    score = fuzz.token_sort_ratio(normalise(row.party), normalise(ours.vendor))
    if score < SIMILAR:
        return None
    said = gettext_noop("vendor of a similar name, %(score)s of 100, not linked yet")
    return Points(15, said, {"score": round(score)})


def _total(row: Row, ours: Ours) -> Points:
    if row.total == ours.total:
        return Points(25, gettext_noop("same total"))
    if row.total in ours.totals:
        said = gettext_noop("same total with %(count)s approved change orders")
        return Points(25, said, {"count": len(ours.changes)})
    off = min((abs(row.total - total) for total in ours.totals), default=Decimal(0))
    is_near = off <= abs(ours.total) * NEAR_MONEY
    return Points(10 if is_near else 0, gettext_noop("the totals differ by %(amount)s"), {"amount": f"{off:,.2f}"})


def _job(row: Row, ours: Ours) -> Points | None:
    return Points(5, gettext_noop("same job")) if ours.job_id and ours.job_id in row.job_ids else None


def _day(row: Row, ours: Ours) -> Points | None:
    if row.day is None or ours.day is None or abs(row.day - ours.day) > NEAR_DAYS:
        return None
    if row.day == ours.day:
        return Points(5, gettext_noop("same date"))
    return Points(5, gettext_noop("%(count)s days apart"), {"count": abs((row.day - ours.day).days)})


def _job_of_estimate(row: Row, ours: Ours) -> Points | None:
    return Points(50, gettext_noop("same job")) if ours.job_id and ours.job_id == row.party_id else None


def _is_over(row: Row, ours: Ours) -> Points | None:
    """An estimate that was turned down may come to what the one does that took its place."""
    said = gettext_noop("it was rejected or closed there, so check whether it is meant")
    return None if row.is_open else Points(0, said)


Rule = Callable[[Row, Ours], Points | None]
_OF_ORDERS_AND_BILLS: tuple[Rule, ...] = (_number, _vendor, _total, _job, _day)
_OF_ESTIMATES: tuple[Rule, ...] = (_job_of_estimate, _total, _number, _day, _is_over)


def candidates_of(row: Row, records: Iterable[Ours]) -> list[Match]:
    """Every record that the document could be, the likeliest first, however little speaks for it."""
    found = [match for ours in records if (match := match_of(row, ours))]
    return sorted(found, key=lambda one: one.rank, reverse=True)

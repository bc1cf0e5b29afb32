"""When each linked document has to be looked for itself, because changes do not tell of everything.

QuickBooks reports what was changed and deleted. Of what was merged into another record, or lost with a restored backup,
it may say nothing. So every link is due for a look some days after its document was last heard of.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db.models import DateTimeField, ExpressionWrapper, QuerySet
from django.db.models.functions import Coalesce

from procore_sync.kit.clock import database_time
from quickbooks_bridge.models import Link
from quickbooks_bridge.watch_models import LinkWatch, WebhookEvent

#: How many ids one query asks for.
AT_ONCE: Final = 500
#: A document that was written only just now may not be found yet; that says nothing.
SETTLED: Final = timedelta(minutes=10)
_BATCH: Final = 500


def check_days() -> timedelta:
    """Within how long each linked document is looked for, unless it was heard of."""
    return timedelta(days=settings.WATCH_CHECK_DAYS)


def _due_at() -> Coalesce:
    """When a link is to be looked for: as noted, else some days after it was written or verified."""
    written = Coalesce("verified_at", "created_at", output_field=DateTimeField())
    return Coalesce("watch__due_at", ExpressionWrapper(written + check_days(), output_field=DateTimeField()))


def due_ids(company_id: int, entities: Collection[str]) -> tuple[str, list[str]]:
    """The kind whose link has waited longest for a look, and the ids to look for; "" and none if no link is due.

    A call costs the same for one id as for many, so those that would be due in the second half of the time come along.
    """
    now = database_time()
    links = (
        Link.objects.filter(company_id=company_id, entity__in=entities).annotate(due=_due_at()).order_by("due", "pk")
    )
    first = links.filter(due__lte=now).first()
    if first is None:
        return "", []
    soon = links.filter(entity=first.entity, due__lte=now + check_days() / 2)
    return first.entity, list(soon.values_list("remote_id", flat=True)[:AT_ONCE])


def heard_of(company_id: int, entity: str, remote_ids: Iterable[str]) -> None:
    """These documents were read, or are known to be gone: they are due again in some days."""
    _make_due(_links(company_id, entity, remote_ids), database_time() + check_days())


def look_soon(company_id: int, entity: str, remote_ids: Iterable[str]) -> None:
    """These may stand otherwise than is known here, and changes will not tell of it: they are due at once."""
    _make_due(_links(company_id, entity, remote_ids), database_time())


def look_for(company_id: int, entity: str, remote_ids: Iterable[str]) -> None:
    """These were not where they should be: they are due at once, or as soon as what was just written has settled."""
    now = database_time()
    links = _links(company_id, entity, remote_ids).values_list("pk", "created_at", "verified_at")
    _keep(LinkWatch(link_id=pk, due_at=max(now, _settled_at(made, verified))) for pk, made, verified in links)


def look_for_unseen(company_id: int, entity: str, since: datetime) -> None:
    """A whole list was read since then; links that stood before and were not heard of in it are due at once."""
    unseen = Link.objects.filter(company_id=company_id, entity=entity, created_at__lt=since)
    unseen = unseen.exclude(watch__due_at__gte=since + check_days())
    look_for(company_id, entity, list(unseen.values_list("remote_id", flat=True)))


def settled_among(company_id: int, entity: str, remote_ids: Iterable[str]) -> list[str]:
    """Those of these linked documents that were written so long ago that not finding them means something."""
    now = database_time()
    links = _links(company_id, entity, remote_ids).values_list("remote_id", "created_at", "verified_at")
    return [remote_id for remote_id, made, verified in links if _settled_at(made, verified) <= now]


def linked_among(company_id: int, entity: str, hints: Iterable[WebhookEvent]) -> frozenset[str]:
    """The ids among these hints that are documents of ours."""
    told = {one.remote_id for one in hints if one.entity == entity}
    return frozenset(_links(company_id, entity, told).values_list("remote_id", flat=True)) if told else frozenset()


def _settled_at(created_at: datetime, verified_at: datetime | None) -> datetime:
    return max(created_at, verified_at or created_at) + SETTLED


def _links(company_id: int, entity: str, remote_ids: Iterable[str]) -> QuerySet[Link, Link]:
    return Link.objects.filter(company_id=company_id, entity=entity, remote_id__in=list(remote_ids))


def _make_due(links: QuerySet[Link, Link], at: datetime) -> None:
    _keep(LinkWatch(link_id=pk, due_at=at) for pk in links.values_list("pk", flat=True))


def _keep(rows: Iterable[LinkWatch]) -> None:
    found = sorted(rows, key=lambda row: row.link_id)
    LinkWatch.objects.bulk_create(
        found, batch_size=_BATCH, update_conflicts=True, unique_fields=["link"], update_fields=["due_at"]
    )

"""What a person does with their own notices: reads them, and chooses where they are told of what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from procore_sync.acceptance.abouts import About, Channels, offered_to
from procore_sync.acceptance.models import Notice, NoticeChoice
from procore_sync.acceptance.notices import channels_of, chosen_by
from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import set_digest

#: After so many days a notice is forgotten, read or not; what it was about stands in the journal.
KEPT_DAYS = 90
_AT_ONCE = 1000


def mark_read(notices: QuerySet[Notice]) -> int:
    """Mark these as read; returns how many were not."""
    keys = list(notices.filter(read_at=None).values_list("pk", flat=True))
    return Notice.objects.filter(pk__in=keys, read_at=None).update(read_at=timezone.now())


def choices_of(member: Membership) -> dict[About, Channels]:
    """Where `member` is told of each kind that can concern them."""
    chosen = chosen_by([member])
    return {about: channels_of(member, about, chosen) for about in offered_to(member)}


@transaction.atomic
def choose(member: Membership, wanted: Mapping[About, Channels]) -> None:
    """Tell `member` from now on where they want to be told; kinds that are not named, or not theirs, stay the same."""
    for about in offered_to(member):
        channels = wanted.get(about)
        if channels is None:
            continue
        columns = {"in_console": channels.in_console, "by_mail": channels.by_mail}
        NoticeChoice.objects.update_or_create(member=member, about=about, defaults=columns)
        if about == About.DIGEST:
            set_digest(member, on=channels.by_mail)


def forget_old(now: datetime | None = None) -> int:
    """Delete what is older than `KEPT_DAYS`, a piece at a time; returns how many."""
    before = (now or timezone.now()) - timedelta(days=KEPT_DAYS)
    old = Notice.objects.filter(created_at__lt=before).order_by("created_at").values_list("pk", flat=True)
    forgotten = 0
    while keys := list(old[:_AT_ONCE]):
        forgotten += Notice.objects.filter(pk__in=keys).delete()[0]
    return forgotten

"""The ERP Integrations Daily Summary: once a day, to approvers for whom something waits (domain.md §3)."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop, ngettext

from procore_sync.acceptance.abouts import About
from procore_sync.acceptance.notices import Telling, channels_of, chosen_by, tell_each
from procore_sync.acceptance.summaries import awaiting_decision, stopped_for
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.languages import speaking_to
from procore_sync.accounts.models import Company, DigestRun, Membership

logger = logging.getLogger(__name__)
SUBJECT = gettext_noop("ERP Integrations Daily Summary")
LISTED_AT_MOST = 200


def write_digests(now: datetime | None = None) -> int:
    """Write the summaries that are due; returns how many people were told. Safe to run twice at once and at any minute.

    A company's summary is due from its digest hour on, in its own time zone, once a local date: an hour that the
    change to summer time skips is made up for at once, one that comes twice in autumn counts once, and so does a
    beat that was down at the hour.
    """
    now = now or timezone.now()
    ran = set(
        DigestRun.objects.filter(local_date__gte=now.date() - timedelta(days=2)).values_list("company_id", "local_date")
    )
    written = 0
    for company in Company.objects.order_by("pk"):
        try:
            local = now.astimezone(company.zone)
            if local.hour >= company.digest_hour and (company.pk, local.date()) not in ran:
                written += _write(company, local.date(), now)
        except Exception:  # whatever it is, it belongs to this company and must not keep the others' summaries
            logger.exception("The daily summary of a company could not be written.", extra={"company": company.slug})
    return written


def _write(company: Company, local_date: date, now: datetime) -> int:
    try:
        with transaction.atomic():
            DigestRun.objects.create(company=company, local_date=local_date)
            summaries = [([member], told) for member in _subscribed(company) if (told := _summary(member, now))]
            tell_each(summaries)
    except IntegrityError:
        # Another beat was first: the constraint lets only one summary a day through.
        return 0
    return len(summaries)


def _subscribed(company: Company) -> list[Membership]:
    members = Membership.objects.filter(company=company, is_active=True, user__is_active=True)
    rows = members.select_related("user", "company").prefetch_related("privileges")
    deciding = [member for member in rows if may(member, Right.DECIDE)]
    chosen = chosen_by(deciding)
    return [member for member in deciding if channels_of(member, About.DIGEST, chosen).any]


def _summary(member: Membership, now: datetime) -> Telling | None:
    waiting = awaiting_decision(member).select_related("project").order_by("status_changed_at", "pk")
    items = list(waiting[: LISTED_AT_MOST + 1])
    stopped = stopped_for(member).count()
    if not items and not stopped:
        return None
    count = len(items) if len(items) <= LISTED_AT_MOST else waiting.count()
    context = {
        "company": member.company,
        "items": items[:LISTED_AT_MOST],
        "count": count,
        "stopped": stopped,
        "more": max(count - LISTED_AT_MOST, 0),
        "now": now,
        "base": settings.PUBLIC_URL,
    }
    with speaking_to(member.user):
        line, subject, body = _line(count, stopped), gettext(SUBJECT), render_to_string("mail/digest.txt", context)
    return Telling(About.DIGEST, line, reverse("acceptance:inbox"), subject, lambda: body)


def _line(count: int, stopped: int) -> str:
    waits = ngettext("%(count)d record waits for your decision", "%(count)d records wait for your decision", count) % {
        "count": count
    }
    needs = ngettext("%(count)d export stopped", "%(count)d exports stopped", stopped) % {"count": stopped}
    return ", ".join([waits] * bool(count) + [needs] * bool(stopped))

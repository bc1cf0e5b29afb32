"""Mails that follow from a decision (domain.md §3). Written with the decision, sent by the sweep."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.mail import send_mail
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from procore_sync.acceptance.models import Notice, Submission
from procore_sync.acceptance.states import Decision
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership

ON_ITS_WAY = "On its way since "
LOST_AFTER = timedelta(minutes=10)
TRIED_FOR = timedelta(days=3)
AT_MOST = 100


def rejected(submission: Submission) -> None:
    """Tell the sender and the creator of a rejected record, with the comment."""
    item = submission.item
    people = {one for one in (submission.sent_by, item.created_by) if one and one.is_active}
    context = {"by": submission.decided_by, "comment": submission.comment}
    _write(people, submission, f"ERP rejection: {item}", "mail/rejected.txt", context)


def came_back(submission: Submission) -> None:
    """Tell the approvers of the kind that a rejected record was sent again, with what it had been rejected for."""
    item = submission.item
    last = item.submissions.filter(decision=Decision.REJECTED).order_by("-number").first()
    context = {"by": submission.sent_by, "remark": last.comment if last else ""}
    subject = f"Sent again after rejection: {item}"
    _write(approvers(submission), submission, subject, "mail/came_back.txt", context)


def approvers(submission: Submission) -> set[Membership]:
    """Who may decide on the submission's kind."""
    members = Membership.objects.filter(company_id=submission.company_id, is_active=True, user__is_active=True)
    rows = members.select_related("user").prefetch_related("privileges")
    return {member for member in rows if may(member, Right.DECIDE, submission.item.kind)}


def _write(
    people: Iterable[Membership], submission: Submission, subject: str, template: str, context: dict[str, Any]
) -> None:
    url = f"{settings.PUBLIC_URL}/review/{submission.item_id}/"
    body = render_to_string(template, {"item": submission.item, "url": url, **context})
    Notice.objects.bulk_create(notice_to(one, subject, body) for one in people)


def notice_to(member: Membership, subject: str, body: str) -> Notice:
    """A mail to `member`, to be saved in the transaction of what causes it."""
    in_one_line = " ".join(subject.split())
    return Notice(company_id=member.company_id, to=member.user.email, subject=in_one_line[:200], body=body)


def deliver() -> None:
    """Send every mail that is due and was not tried yet."""
    _deliver(Notice.objects.filter(failure=""))


def deliver_failed() -> None:
    """Try again what failed, and what was on its way when its worker died; given up after three days."""
    now = timezone.now()
    lost = Q(failure__startswith=ON_ITS_WAY, failure__lt=_claim(now - LOST_AFTER))
    failed = ~Q(failure="") & ~Q(failure__startswith=ON_ITS_WAY)
    _deliver(Notice.objects.filter(lost | failed, created_at__gt=now - TRIED_FOR))


def _claim(moment: Any) -> str:
    return f"{ON_ITS_WAY}{moment.isoformat(timespec='seconds')}"


def _deliver(due: QuerySet[Notice]) -> None:
    for notice in due.filter(sent_at__isnull=True).order_by("created_at", "pk")[:AT_MOST]:
        mine = Notice.objects.filter(pk=notice.pk, sent_at__isnull=True, failure=notice.failure)
        # A counted update, so that of two sweeps only one sends it.
        if mine.update(failure=_claim(timezone.now())) != 1:
            continue
        try:
            send_mail(notice.subject, notice.body, None, [notice.to])
        except OSError as error:  # every fault of SMTP is one
            Notice.objects.filter(pk=notice.pk).update(failure=str(error) or type(error).__name__)
            continue
        Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), failure="")

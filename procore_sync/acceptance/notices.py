"""Mails that follow from a decision (domain.md §3). Written with the decision, sent by the sweep."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import send_mail
from django.utils import timezone

from procore_sync.acceptance.models import Notice, Submission
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind


def rejected(submission: Submission) -> None:
    """Tell the sender and the creator of a rejected record, with the comment."""
    item = submission.item
    people = {one for one in (submission.sent_by, item.created_by) if one and one.is_active}
    subject = f"ERP rejection: {item}"[:200]
    body = (
        f"{submission.decided_by} rejected {item}.\n\n"
        f"{submission.comment}\n\n"
        f"Change it and send it again: {settings.PUBLIC_URL}/review/{item.pk}/\n"
    )
    _write(people, submission, subject, body)


def came_back(submission: Submission) -> None:
    """Tell the approvers of the kind that a rejected record was sent again."""
    item = submission.item
    subject = f"Sent again after rejection: {item}"[:200]
    body = f"{submission.sent_by} sent {item} again.\n\nDecide on it: {settings.PUBLIC_URL}/review/{item.pk}/\n"
    _write(approvers(submission), submission, subject, body)


def approvers(submission: Submission) -> set[Membership]:
    """Who may decide on the submission's kind."""
    return set(
        Membership.objects.filter(
            company_id=submission.company_id,
            is_active=True,
            privileges__kind=Kind(submission.item.kind),
            privileges__can_export=True,
        ).select_related("user")
    )


def _write(people: set[Membership], submission: Submission, subject: str, body: str) -> None:
    Notice.objects.bulk_create(
        Notice(company_id=submission.company_id, to=one.user.email, subject=subject, body=body) for one in people
    )


def deliver() -> None:
    """Send every mail that is due; each is claimed by a counted update, so two sweeps send none twice."""
    for notice in Notice.objects.filter(sent_at__isnull=True).order_by("created_at")[:100]:
        if not Notice.objects.filter(pk=notice.pk, sent_at__isnull=True).update(sent_at=timezone.now()):
            continue
        try:
            send_mail(notice.subject, notice.body, None, [notice.to])
        except OSError as error:
            Notice.objects.filter(pk=notice.pk).update(sent_at=None, failure=str(error))
            return

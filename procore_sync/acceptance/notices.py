"""What people are told, in the console and by mail, as each has chosen (domain.md §3).

Written with what causes it, in the same transaction; mails are sent by the sweep.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from smtplib import SMTPDataError, SMTPNotSupportedError, SMTPRecipientsRefused, SMTPSenderRefused
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, OuterRef, Q, QuerySet, prefetch_related_objects
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from procore_sync.acceptance.abouts import About, Channels, at_first
from procore_sync.acceptance.models import ErpItem, Event, Notice, NoticeChoice, Submission
from procore_sync.acceptance.selectors import PRIVATE_WITH, readers_of
from procore_sync.acceptance.states import Decision
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.languages import speaking_to
from procore_sync.accounts.models import KindPrivilege, Membership, Role
from procore_sync.kit.kept import read_by_each
from procore_sync.kit.kinds import Kind

#: Words that are said in the language of whom they are told.
Words = str | Promise
ON_ITS_WAY = "On its way since "
LOST_AFTER = timedelta(minutes=10)
TRIED_FOR = timedelta(days=3)
AT_MOST = 100
#: How long a worker begins mails before it looks for other work.
SECONDS = 10.0
#: So long a process leaves a mail server alone that was not there: each try may take its time-out, and exports wait.
AWAY_SECONDS = 60.0
#: What is said of one mail; the next one may well be taken.
_OF_THE_MAIL = (SMTPRecipientsRefused, SMTPSenderRefused, SMTPDataError, SMTPNotSupportedError)
#: By this process' own clock, until when the mail server is left alone.
_away = [0.0]


@dataclass(frozen=True)
class Telling:
    """One thing to tell: `line` for the console, opened at `path`; `subject` and `body` for a mail.

    Each is told in their own language, so the words are lazy. The body is made only if somebody wants the mail. Nothing
    is shown or sent before `due_at`.
    """

    about: About
    line: Words
    path: str
    subject: Words
    body: Callable[[], str]
    item: ErpItem | None = None
    due_at: datetime | None = None


def tell(people: Iterable[Membership | int], telling: Telling) -> None:
    """Tell these people (or memberships of these numbers), in the transaction of what causes it."""
    tell_each([(people, telling)])


def tell_each(told: Iterable[tuple[Iterable[Membership | int], Telling]]) -> None:
    """Tell each of these people the one thing that stands beside them, as far as they may see what it is about.

    In four statements for all, and one more for each private record.
    """
    pairs = [({one if isinstance(one, int) else one.pk for one in people}, telling) for people, telling in told]
    members = _active({pk for people, _ in pairs for pk in people})
    pairs = [(people & set(members), telling) for people, telling in pairs]
    pairs = [(_seeing([members[pk] for pk in people], telling), telling) for people, telling in pairs]
    chosen = chosen_by(members.values())
    if len(pairs) > 1:
        # Each mail names its record's project.
        prefetch_related_objects([telling.item for people, telling in pairs if people and telling.item], "project")
    rows = [row for people, telling in pairs for row in _rows([members[pk] for pk in sorted(people)], telling, chosen)]
    if rows:
        Notice.objects.bulk_create(rows)


def _active(numbers: set[int]) -> dict[int, Membership]:
    rows = Membership.objects.filter(pk__in=numbers, is_active=True, user__is_active=True)
    return {one.pk: one for one in rows.select_related("user")} if numbers else {}


def _seeing(members: Sequence[Membership], telling: Telling) -> set[int]:
    """Those who may see what it is about: whoever made or sent a record may have lost that, or never had it. What comes
    back to contacts is their own, though they see no record.
    """
    people = {one.pk for one in members}
    if not people or telling.item is None or telling.about == About.RETURNED:
        return people
    if telling.item.is_private:
        return people.intersection(readers_of(telling.item).values_list("pk", flat=True))
    return {one.pk for one in members if may(one, Right.VIEW)}


Chosen = Mapping[tuple[int, str], Channels]


def chosen_by(members: Iterable[Membership]) -> Chosen:
    """What these people have chosen themselves."""
    numbers = [one.pk for one in members]
    rows = NoticeChoice.objects.filter(member__in=numbers) if numbers else NoticeChoice.objects.none()
    return {(row.member_id, row.about): Channels(row.in_console, row.by_mail) for row in rows}


def channels_of(member: Membership, about: About, chosen: Chosen) -> Channels:
    """Where `member` is told of it: as they have chosen, else as at first. Whether they are mailed the daily summary
    stands in their membership, where an administrator chooses it too.
    """
    channels = chosen.get((member.pk, about), at_first(member, about))
    return Channels(channels.in_console, member.wants_digest) if about == About.DIGEST else channels


def _rows(members: Sequence[Membership], telling: Telling, chosen: Chosen) -> list[Notice]:
    told = [(one, channels_of(one, telling.about, chosen)) for one in members]
    bodies = dict[str, str]()
    rows = []
    for one, channels in told:
        with speaking_to(one.user):
            if channels.by_mail and get_language() not in bodies:
                bodies[get_language()] = telling.body()
            if channels.any:
                rows.append(_notice(one, telling, channels, bodies.get(get_language(), "")))
    return rows


def _notice(member: Membership, telling: Telling, channels: Channels, body: str) -> Notice:
    notice = notice_to(member, telling.subject, body) if channels.by_mail else Notice(company_id=member.company_id)
    notice.member, notice.item, notice.about = member, telling.item, telling.about
    notice.by_mail, notice.in_console = channels.by_mail, channels.in_console
    notice.line, notice.path = _in_one_line(str(telling.line), 400), telling.path
    notice.due_at = telling.due_at or timezone.now()
    return notice


def notice_to(member: Membership, subject: Words, body: str) -> Notice:
    """A mail that `member` gets whatever they have chosen, to be saved in the transaction of what causes it."""
    subject = _in_one_line(str(subject), 200)
    return Notice(company_id=member.company_id, member=member, to=member.user.email, subject=subject, body=body)


def _in_one_line(text: str, longest: int) -> str:
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


# -- what is told ---------------------------------------------------------------------------------------------------


def rejected(submission: Submission) -> None:
    """Tell the sender and the creator of a rejected record, with the comment; of a project its other approvers too."""
    item = submission.item
    people = {one.pk for one in (submission.sent_by, item.created_by) if one}
    line = format_lazy(
        _("{person} rejected {record}: {comment}"),
        person=submission.decided_by,
        record=item.label,
        comment=submission.comment,
    )
    context = {"by": submission.decided_by, "comment": submission.comment}
    subject = format_lazy(_("ERP rejection: {record}"), record=item)
    told: list[tuple[Iterable[int], Telling]] = [
        (people, _of(item, About.REJECTED, line, subject, "mail/rejected.txt", context))
    ]
    if item.kind == Kind.PROJECT:
        others = {one.pk for one in approvers_of(item.company_id, item.kind)} - people - {submission.decided_by_id}
        told.append((others, _of(item, About.PROJECT_BACK, line, subject, "mail/rejected.txt", context)))
    tell_each(told)


def came_back(submission: Submission) -> None:
    """Tell the approvers of the kind that a rejected record was sent again, with what it had been rejected for."""
    item = submission.item
    last = item.submissions.filter(decision=Decision.REJECTED).order_by("-number").first()
    context = {"by": submission.sent_by, "remark": last.comment if last else ""}
    line = format_lazy(
        _("{person} sent {record} again after it was rejected"), person=submission.sent_by, record=item.label
    )
    subject = format_lazy(_("Sent again after rejection: {record}"), record=item)
    people = approvers_of(submission.company_id, item.kind)
    tell(people, _of(item, About.CAME_BACK, line, subject, "mail/came_back.txt", context))


def accepted(submission: Submission) -> None:
    """Tell the sender, when it can no longer be taken back, that somebody else accepted their record."""
    item, by = submission.item, submission.decided_by
    if by is None or by.pk == submission.sent_by_id:
        return
    line = format_lazy(_("{person} accepted {record}"), person=by, record=item.label)
    subject = format_lazy(_("Accepted: {record}"), record=item)
    told_at = submission.due_at if submission.is_held else submission.decided_at
    told = _of(item, About.ACCEPTED, line, subject, "mail/accepted.txt", {"by": by}, due_at=told_at)
    tell([submission.sent_by_id], told)


def not_accepted_after_all(submission: Submission) -> None:
    """Forget what `accepted` was about to tell: the acceptance is taken back."""
    due = Notice.objects.filter(item_id=submission.item_id, about=About.ACCEPTED, due_at__gt=timezone.now())
    due.filter(sent_at=None, read_at=None).delete()


@dataclass(frozen=True)
class Stop:
    """Why an export needs a person, and who can cure it."""

    reason: str
    who: str


def ended(how: Iterable[tuple[Submission, Stop | None]]) -> None:
    """Tell how exports ended: the senders what is in QuickBooks, and of what stopped also who accepted it; the
    approvers, if nobody did.
    """
    tell_each([_stopped(one, stop) if stop else ([one.sent_by_id], _landed(one.item)) for one, stop in how])


def _landed(item: ErpItem) -> Telling:
    line = format_lazy(_("{record} is in QuickBooks"), record=item.label)
    return _of(item, About.SYNCED, line, format_lazy(_("In QuickBooks: {record}"), record=item), "mail/synced.txt", {})


def _stopped(submission: Submission, stop: Stop) -> tuple[list[Membership | int], Telling]:
    item = submission.item
    judges: list[Membership | int] = (
        [submission.decided_by_id] if submission.decided_by_id else [*approvers_of(item.company_id, item.kind)]
    )
    line = format_lazy(_("{record} did not go to QuickBooks: {why}"), record=item.label, why=read_by_each(stop.reason))
    context = {"reason": stop.reason, "who": stop.who}
    subject = format_lazy(_("Export stopped: {record}"), record=item)
    told = _of(item, About.FAILED, line, subject, "mail/failed.txt", context)
    return [submission.sent_by_id, *judges], told


def mentioned(event: Event, people: Iterable[Membership]) -> None:
    """Tell those who are named in a comment."""
    item = event.item
    line = format_lazy(
        _("{person} mentions you on {record}: {comment}"), person=event.by, record=item.label, comment=event.comment
    )
    context = {"by": event.by, "comment": event.comment}
    subject = format_lazy(_("Comment: {record}"), record=item)
    tell(people, _of(item, About.MENTION, line, subject, "mail/mention.txt", context))


def _of(  # noqa: PLR0913 - the columns of a notice, in their order
    item: ErpItem,
    about: About,
    line: Words,
    subject: Words,
    template: str,
    context: dict[str, Any],
    due_at: datetime | None = None,
) -> Telling:
    path = reverse("acceptance:review", args=[item.pk])
    whole = {"item": item, "url": f"{settings.PUBLIC_URL}{path}", **context}

    def body() -> str:
        return render_to_string(template, {**whole, "project": project_in_mail(item)})

    return Telling(about, line, path, subject, body, item, due_at)


def project_in_mail(item: ErpItem) -> str:
    """The project of `item` as a mail names it, "" if it has none: the number of a record seldom tells it."""
    return f"{item.project.number} {item.project.label}".strip() if item.project else ""


def approvers_of(company_id: int, kind: Kind | str) -> list[Membership]:
    """Who may decide on this kind of record."""
    members = Membership.objects.filter(company_id=company_id, is_active=True, user__is_active=True)
    rows = members.select_related("user").prefetch_related("privileges")
    return [member for member in rows if may(member, Right.DECIDE, kind)]


# -- the post -------------------------------------------------------------------------------------------------------


def deliver() -> None:
    """Send every mail that is due and was not tried yet."""
    _deliver(Notice.objects.filter(failure="", due_at__lte=timezone.now()))


def deliver_failed() -> None:
    """Try again what failed, and what was on its way when its worker died; given up after three days."""
    now = timezone.now()
    lost = Q(failure__startswith=ON_ITS_WAY, failure__lt=_claim(now - LOST_AFTER))
    failed = ~Q(failure="") & ~Q(failure__startswith=ON_ITS_WAY)
    _deliver(Notice.objects.filter(lost | failed, created_at__gt=now - TRIED_FOR))


def _seen() -> Q:
    """What `_seeing` asks, of notices that were written."""
    decides = KindPrivilege.objects.filter(membership=OuterRef("member"), kind=PRIVATE_WITH, can_export=True)
    reads = ErpItem.readers.through.objects.filter(membership=OuterRef("member"), erpitem=OuterRef("item"))
    open_to = Q(item__is_private=False) | Q(member__role=Role.ADMINISTRATOR) | Exists(decides) | Exists(reads)
    his = ~Q(member__role=Role.INVOICE_CONTACT) & open_to
    return Q(item=None) | Q(about=About.RETURNED) | his


def _claim(moment: Any) -> str:
    return f"{ON_ITS_WAY}{moment.isoformat(timespec='seconds')}"


def _deliver(due: QuerySet[Notice]) -> None:
    began = time.monotonic()
    if began < _away[0]:
        return
    # Who was shut out since it was written, or from the record that it is about, is not told any more.
    welcome = Q(member=None) | Q(member__is_active=True, member__user__is_active=True)
    rows = due.filter(welcome, _seen(), sent_at__isnull=True, by_mail=True).select_related("company")
    for notice in rows.order_by("created_at", "pk")[:AT_MOST]:
        mine = Notice.objects.filter(pk=notice.pk, sent_at__isnull=True, failure=notice.failure)
        # A counted update, so that of two sweeps only one sends it.
        if mine.update(failure=_claim(timezone.now())) != 1:
            continue
        try:
            post(notice)
        except OSError as error:  # every fault of SMTP is one
            Notice.objects.filter(pk=notice.pk).update(failure=str(error) or type(error).__name__)
            if not isinstance(error, _OF_THE_MAIL):
                _away[0] = time.monotonic() + AWAY_SECONDS
                return
        else:
            Notice.objects.filter(pk=notice.pk).update(sent_at=timezone.now(), failure="")
        if time.monotonic() - began > SECONDS:
            return


def post(notice: Notice) -> None:
    """Hand the mail of `notice` to the mail server, under the same name however often it is tried.

    All mails about a record answer one that was never sent, so that a mail program shows them as one conversation. Each
    is signed with the company: its link leads there alone, and whoever reads it may belong to several.

    Raises:
        OSError: the server did not take it.
    """
    at = f"{notice.company.key}@{urlsplit(settings.PUBLIC_URL).hostname}"
    headers = {"Message-ID": f"<notice-{notice.pk}.{at}>", "Auto-Submitted": "auto-generated"}
    if notice.item_id:
        headers |= dict.fromkeys(("In-Reply-To", "References"), f"<record-{notice.item_id}.{at}>")
    body = f"{notice.body.rstrip()}\n\n-- \n{' '.join(notice.company.name.split())}\n"
    EmailMessage(notice.subject, body, None, [notice.to], headers=headers).send()

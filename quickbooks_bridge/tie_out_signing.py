"""Signing a project's tie-out off for a month: who stood for which figures, frozen."""

from __future__ import annotations

from datetime import date
from typing import Any, TypeVar, cast

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.translation import gettext, gettext_noop

from commitments.models import Commitment
from commitments.selectors import commitments_for
from procore_sync.acceptance.refusals import ChangedSinceSeen
from procore_sync.accounts.access import Right, require, visible
from procore_sync.accounts.days import today_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import says_nothing
from projects.models import Project
from quickbooks_bridge.models import SignedMonth, TieOutSignOff
from quickbooks_bridge.payment_selectors import known_until
from quickbooks_bridge.reconciling.books import Cause, Row
from quickbooks_bridge.tie_outs import TieOut, tie_out_of

S = TypeVar("S", bound=SignedMonth)


class NotWhole(Refusal):
    """Whoever signs a tie-out or a month-end list does not see every record in it and cannot vouch for all of it."""

    code = "tie-out-not-whole"
    cure = gettext_noop("An administrator signs it, or lets the person read the private records.")


class NotRemarked(InvalidInput):
    """A tie-out does not tie and nothing is said about why that is all right."""

    code = "tie-out-not-remarked"
    cure = gettext_noop("Whoever signs writes a remark.")


def sign_offs_for(member: Membership) -> QuerySet[TieOutSignOff]:
    """The sign-offs that `member` may see, newest first: of projects without a commitment that is hidden from them.

    They hold the figures of every commitment. `signed_again` is whether the same was signed off later.
    """
    rows = visible(TieOutSignOff.objects.select_related("signed_by__user", "project"), member)
    return with_signed_again(rows.exclude(project__in=hidden_from(member).values("project")), "project")


def with_signed_again(rows: QuerySet[S], *of: str) -> QuerySet[S]:
    """Each with `signed_again`: whether its month was signed later, of the same company and of the same `of`."""
    same = {name: OuterRef(name) for name in ("company", "month", *of)}
    later = rows.model._default_manager.filter(pk__gt=OuterRef("pk"), **same)
    return cast(QuerySet[S], rows.annotate(signed_again=Exists(later)))


def hidden_from(member: Membership) -> QuerySet[Commitment]:
    """The commitments of their company that `member` does not see."""
    seen = commitments_for(member).order_by().values("pk")
    return Commitment.objects.filter(company_id=member.company_id).exclude(pk__in=seen)


@transaction.atomic
def sign_off(project: Project, month: date, *, seen: str, remark: str = "", by: Membership) -> TieOutSignOff:
    """Stand for the tie-out of `project` that `by` saw, for the month in which `month` lies. Its figures are frozen.

    `seen` is the `seen` of the tie-out that they saw.

    Raises:
        NotAllowed: `by` is neither accountant nor administrator.
        NotWhole: a commitment of the project is hidden from them.
        InvalidInput: the month is to come, or it does not tie and there is no remark.
        ChangedSinceSeen: the figures are not those that they saw.
    """
    require(by, Right.MAP)
    first = begun(month, by)
    found = tie_out_of(project, by)
    _require_whole(project, by)
    if found.seen != seen:
        told = gettext("The figures have changed since you looked at them, so nothing was signed off. Look again.")
        raise ChangedSinceSeen(told, where=reverse("quickbooks_bridge:tie_out", args=[project.pk]))
    if not found.ties and says_nothing(remark):
        sentence = gettext("Console and QuickBooks differ. Say in the remark why that can stand, or fix it first.")
        raise NotRemarked(sentence, errors={"remark": [sentence]})
    return TieOutSignOff.objects.create(
        company=by.company,
        project=project,
        month=first,
        ties=found.ties,
        remark=remark.strip(),
        figures=frozen(found),
        signed_by=by,
    )


def begun(month: date, by: Membership) -> date:
    """The first day of the month in which `month` lies, which can be signed for.

    Raises:
        InvalidInput: it is to come at the company's own place.
    """
    first = month.replace(day=1)
    if first > today_of(by.company):
        sentence = gettext("That month is in the future. Sign off this month or an earlier one.")
        raise InvalidInput(sentence, errors={"month": [sentence]})
    return first


def _require_whole(project: Project, by: Membership) -> None:
    if hidden_from(by).filter(project=project).exists():
        raise NotWhole(
            gettext(
                "Some commitments of this project are private and not shown to you, so you cannot sign for all of it. "
                "An administrator, or a reader of those commitments, can."
            ),
            who="administrator",
        )


def frozen(found: TieOut) -> dict[str, Any]:
    """All that a tie-out says, as it is kept and as the API tells it; money as text with two places."""
    read_until = known_until(found.project.company_id)
    return {
        "project": found.project.pk,
        "quickbooks_read_at": read_until.isoformat() if read_until else None,
        "ties": found.ties,
        "console": found.console.told(),
        "quickbooks": found.ledger.told(),
        "difference": found.difference.told(),
        "rows": [_row(one.name, row) for one in found.groups for row in one.rows],
        "not_ours": [one.told() for one in found.foreign],
    }


def _row(vendor: str, row: Row) -> dict[str, Any]:
    return {
        "vendor": vendor,
        "commitment": row.commitment.pk,
        "number": row.commitment.number,
        "console": row.console.told(),
        "quickbooks": row.ledger.told(),
        "difference": row.difference.told(),
        "unexplained": row.unexplained.told(),
        "causes": [cause_told(one) for one in row.causes],
    }


def cause_told(one: Cause) -> dict[str, Any]:
    """A cause as it is kept and as the API tells it."""
    return {
        "sentence": one.sentence,
        "invoice": one.invoice.pk if one.invoice else None,
        "entity": one.entity,
        "remote_id": one.remote_id,
        "part": one.part.told(),
    }

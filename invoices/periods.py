"""Billing periods of a project and how it is billed: opened, edited, closed by the next; exactly one is open.

Whoever changes a period locks the project's settings first and its open period second, so that nobody waits in a ring.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext, gettext_noop

from invoices.billing_rules import (
    PeriodDetails,
    Rhythm,
    SettingsDetails,
    period_problems,
    settings_problems,
    spoken,
    suggested,
)
from invoices.models import BillingPeriod, BillingSettings, Frequency, Invoice, InvoiceStatus
from procore_sync.acceptance.refusals import ChangedSinceSeen, IllegalMove
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_settings
from procore_sync.accounts.curing import EDITORS
from procore_sync.accounts.days import today_of
from procore_sync.accounts.languages import ENGLISH
from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.canonical import digest
from procore_sync.kit.refusals import Refusal
from procore_sync.kit.shown import day
from projects.models import Project
from projects.records import Problems, refuse


class AnotherOpened(Refusal):
    """Somebody else opened a period of the project at this very moment."""

    cure = gettext_noop("Nobody has to: load the page to see the period.")


def open_period_of(project: Project) -> BillingPeriod | None:
    """The period that is billed now, or None."""
    found: BillingPeriod | None = BillingPeriod.objects.filter(project=project, closed_at=None).first()
    return found


def latest_period_of(project: Project) -> BillingPeriod | None:
    """The period that ends last, open or closed; None if there was none."""
    return BillingPeriod.objects.filter(project=project).order_by("-ends_on").first()


def settings_of(project: Project) -> BillingSettings:
    """How the project is billed: as it says, else by hand, with the usual due day and type."""
    return BillingSettings.objects.filter(project=project).first() or BillingSettings(project=project)


def bill_like(template: Project, project: Project) -> None:
    """Let a new project be billed like `template`; its periods are opened by hand until somebody says otherwise."""
    found = BillingSettings.objects.filter(project=template).first()
    if found is None:
        return
    same = ("default_type", "allows_overbilling", "shows_claimed", "numbers_invoices")
    columns = {name: getattr(found, name) for name in same}
    if found.frequency != Frequency.WEEKLY:  # there the due day counts from the period's first
        columns["due_day"] = found.due_day
    BillingSettings.objects.create(project=project, **columns)


def past_due(period: BillingPeriod, *, today: date) -> bool:
    """Whether the due date has passed; on the due date itself a contact may still bill, until its end."""
    return today > period.due_on


def suggested_period(project: Project) -> PeriodDetails:
    """The period that is offered to be opened by hand."""
    return suggested(settings_of(project), latest_period_of(project), today_of(project.company))


def seen_of(stand: BillingSettings | BillingPeriod) -> str:
    """What settings or a period say, as a digest."""
    return digest(_labelled(stand) if isinstance(stand, BillingSettings) else _whole(PeriodDetails.of(stand)))


@transaction.atomic
def save_settings(project: Project, details: SettingsDetails, *, by: Membership, seen: str = "") -> BillingSettings:
    """Say how the project is billed. Every change is among the company's changes of rights and rules.

    With `seen`, the `seen_of` the settings that `by` looked at, only as long as they are those: all are given at once.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a detail is wrong, or the next period would not come after the last one.
        ChangedSinceSeen: somebody else has changed them since, or a period was opened.
    """
    require(by, Right.EDIT)
    before = _locked_settings(project) or BillingSettings(project=project)
    if seen and seen != seen_of(before):
        told = gettext("The settings were changed meanwhile, so nothing was saved. Look again.")
        where = reverse("invoices:billing_settings", args=[project.pk])
        raise ChangedSinceSeen(last_of_settings(told, project.company_id, _labelled(before)), where=where)
    refuse(settings_problems(details, latest_period_of(project), today_of(project.company)))
    columns: dict[str, Any] = asdict(details)
    if details.next_start != before.next_start:
        columns["start_day"] = details.next_start.day if details.next_start else None
    after, _ = BillingSettings.objects.update_or_create(project=project, defaults=columns)
    note_settings(project.company, by=by, before=_labelled(before), after=_labelled(after))
    return after


@translation.override(ENGLISH)
def _labelled(settings: BillingSettings) -> dict[str, str]:
    named = {
        "periods": settings.get_frequency_display(),
        "next period": day(settings.next_start),
        "due day": str(settings.due_day),
        "default type": settings.get_default_type_display() or "None: must be invited",
        "over-billing": "allowed" if settings.allows_overbilling else "refused",
        "claimed amounts": "shown" if settings.shows_claimed else "hidden",
        "invoice numbers": "given by the console" if settings.numbers_invoices else "given by people",
    }
    return {f"Billing of {settings.project}, {label}": said for label, said in named.items()}


@transaction.atomic
def open_period(project: Project, details: PeriodDetails, *, by: Membership) -> BillingPeriod:
    """A new open period; the one that was open is closed for good.

    Where periods open by themselves, those that it covers are left out: the next one starts after it.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: its days are wrong, or do not come after those of the last period.
        IllegalMove: the project is inactive.
        AnotherOpened: somebody else opened one in this moment.
    """
    require(by, Right.EDIT)
    if not project.is_active:
        raise IllegalMove(
            gettext("%(project)s is inactive, so nothing is billed. Activate it first.") % {"project": project},
            who=EDITORS,
            where=reverse("projects:project", args=[project.pk]),
        )
    settings = _locked_settings(project)
    period = put_period(project, details, by=by)
    _step_over(settings, period)
    return period


def put_period(project: Project, details: PeriodDetails, *, by: Membership | None) -> BillingPeriod:
    """Close the open period and open this one; called with the project's settings locked. `by` None: by itself.

    Raises:
        InvalidInput, AnotherOpened: as `open_period`.
    """
    before = BillingPeriod.objects.select_for_update().filter(project=project, closed_at=None).first()
    refuse(period_problems(details, today_of(project.company)))
    refuse(_taken(details, BillingPeriod.objects.filter(project=project)))
    if before is not None:
        BillingPeriod.objects.filter(pk=before.pk).update(closed_at=timezone.now())
    try:
        with transaction.atomic():
            return BillingPeriod.objects.create(project=project, opened_by=by, **asdict(details))
    except IntegrityError as error:
        raise AnotherOpened(
            gettext(
                "Somebody else opened a period of %(project)s at this very moment, so yours was not opened. Load the "
                "page to see what stands now."
            )
            % {"project": project}
        ) from error


def _taken(details: PeriodDetails, others: QuerySet[BillingPeriod]) -> Problems:
    """Why a period of these days does not come after all `others` of the project."""
    last = others.order_by("-ends_on").first()
    if last is None or details.starts_on is None or details.starts_on > last.ends_on:
        return {}
    other = others.filter(starts_on__lte=details.ends_on, ends_on__gte=details.starts_on).first()
    if other:
        said = gettext("It overlaps the period %(span)s.") % {"span": spoken(other)}
    else:
        said = gettext("It comes before the period %(span)s.") % {"span": spoken(last)}
    then = gettext("Periods follow each other: choose a first day after %(day)s.") % {"day": day(last.ends_on)}
    return {"starts_on": [f"{said} {then}"]}


def _locked_settings(project: Project) -> BillingSettings | None:
    return BillingSettings.objects.select_for_update().filter(project=project).first()


def _step_over(settings: BillingSettings | None, period: BillingPeriod) -> None:
    """Let the next period that opens by itself start after `period`."""
    if settings is None or settings.frequency == Frequency.NEVER or settings.next_start is None:
        return
    if settings.next_start <= period.ends_on:
        rhythm = Rhythm.of(settings)
        settings.next_start = rhythm.after(rhythm.begun(settings.next_start, period.ends_on))
        BillingSettings.objects.filter(pk=settings.pk).update(next_start=settings.next_start)


@transaction.atomic
def edit_period(period: BillingPeriod, details: PeriodDetails, *, by: Membership, seen: str = "") -> BillingPeriod:
    """The open period with other days; who changed what is among the company's changes of rights and rules.

    With `seen`, the `seen_of` the period that `by` looked at, only as long as it says that.

    It goes on to cover every invoice that it covers now. A later due date lets contacts bill longer, and the links
    that were mailed hold as long; an earlier one ends them sooner.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: its days are wrong, overlap the period before, or leave an invoice outside.
        IllegalMove: it is closed.
        ChangedSinceSeen: somebody else has given it other days since.
    """
    require(by, Right.EDIT)
    settings = _locked_settings(period.project)
    found = BillingPeriod.objects.select_for_update().get(pk=period.pk)
    if not found.is_open:
        raise IllegalMove(
            gettext("The period %(span)s is closed and is not opened again. Open a new one.") % {"span": spoken(found)},
            who=EDITORS,
            where=reverse("invoices:project_billing", args=[found.project_id]),
        )
    label = f"Billing period of {period.project}"
    if seen and seen != seen_of(found):
        told = gettext("The days of the period were changed meanwhile, so nothing was saved. Look again.")
        where = reverse("invoices:edit_period", args=[found.pk])
        raise ChangedSinceSeen(last_of_settings(told, period.project.company_id, [label]), where=where)
    refuse(period_problems(details, today_of(period.project.company)))
    refuse(_taken(details, BillingPeriod.objects.filter(project=period.project).exclude(pk=found.pk)))
    refuse(_uncovered(found, details))
    note_settings(
        period.project.company, by=by, before={label: _whole(PeriodDetails.of(found))}, after={label: _whole(details)}
    )
    BillingPeriod.objects.filter(pk=found.pk).update(**asdict(details))
    found.refresh_from_db()
    _step_over(settings, found)
    return found


@translation.override(ENGLISH)
def _whole(details: PeriodDetails) -> str:
    return f"{spoken(details)}, due {day(details.due_on)}"


def _uncovered(period: BillingPeriod, details: PeriodDetails) -> Problems:
    """The first invoice that the period covers and would not cover any more."""
    covered = Invoice.objects.filter(period=period, starts_on__gte=period.starts_on, ends_on__lte=period.ends_on)
    outside = Q(starts_on__lt=details.starts_on) | Q(ends_on__gt=details.ends_on)
    left = covered.exclude(status=InvoiceStatus.VOID).filter(outside).select_related("commitment").first()
    if left is None:
        return {}
    field = "starts_on" if details.starts_on and left.starts_on < details.starts_on else "ends_on"
    span = gettext("%(starts)s to %(ends)s") % {"starts": day(left.starts_on), "ends": day(left.ends_on)}
    sentence = gettext(
        "Invoice %(invoice)s is for %(span)s, and the period has to go on covering it. Change the invoice first."
    )
    return {field: [sentence % {"invoice": left, "span": span}]}


def next_by_itself(settings: BillingSettings) -> PeriodDetails | None:
    """The period that is opened next by itself, or None if none is."""
    if settings.frequency == Frequency.NEVER or settings.next_start is None:
        return None
    return Rhythm.of(settings).opening(settings.next_start, today_of(settings.project.company))

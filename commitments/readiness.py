"""Why a commitment cannot be sent to accounting yet (domain.md §9, "Minimum requirements to send")."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, ngettext

from commitments.models import NUMBER_LIMIT, Commitment, SovLine
from commitments.rules import CommitmentDetails, commitment_problems, line_details, schedule_problems
from commitments.statuses import SENT_IN
from procore_sync.acceptance.kinds import Unmet, on_its_way
from procore_sync.accounts.curing import CODE_KEEPERS, EDITORS
from procore_sync.kit.text import filled, length_of
from projects.models import CostCode
from projects.readiness import all_sentences
from projects.records import details_of

NAMED_AT_MOST = 3


def unmet_of_commitment(commitment: Commitment) -> list[Unmet]:
    """Everything that keeps the commitment from being sent; empty if nothing does."""
    lines = list(SovLine.objects.filter(commitment=commitment).select_related("code__cost_code__erp"))
    return [
        *_record(commitment),
        *_number(commitment),
        *_vendor(commitment),
        *_project(commitment),
        *_schedule(commitment, lines),
        *_codes(commitment, lines),
    ]


def _at(commitment: Commitment, sentence: str, page: str = "edit_commitment") -> Unmet:
    return Unmet(sentence, EDITORS, reverse(f"commitments:{page}", args=[commitment.pk]))


def _record(commitment: Commitment) -> Iterator[Unmet]:
    if not commitment.is_active:
        yield _at(commitment, gettext("The commitment is inactive. Activate it first."), "commitment")
    if commitment.status != SENT_IN:
        sentence = gettext("The status is %(status)s. Only an approved commitment goes to accounting.")
        yield _at(commitment, sentence % {"status": gettext(commitment.get_status_display())}, "commitment")
    problems = commitment_problems(details_of(commitment, CommitmentDetails))
    for sentence in all_sentences(problems):
        yield _at(commitment, sentence)


def _number(commitment: Commitment) -> Iterator[Unmet]:
    length = length_of(commitment.number)
    if length > NUMBER_LIMIT:
        yield _at(
            commitment,
            gettext("The number %(number)s has %(length)s characters, and QuickBooks takes %(limit)s. Shorten it.")
            % {"number": commitment.number, "length": length, "limit": NUMBER_LIMIT},
        )
    other = _same_number(commitment)
    if other is not None:
        hidden = gettext("another commitment")
        whose = hidden if other.erp.is_private else gettext("a commitment of %(project)s") % {"project": other.project}
        sentence = gettext(
            "%(number)s is the number of %(whose)s too, and QuickBooks has one list of numbers for the whole company. "
            "Give this one another number."
        )
        yield _at(commitment, sentence % {"number": commitment.number, "whose": whose})


def _same_number(commitment: Commitment) -> Commitment | None:
    """Another commitment of the company with this number that is, or may still come, into QuickBooks."""
    others = Commitment.objects.filter(company_id=commitment.company_id, number__iexact=commitment.number)
    may_come = Q(is_active=True) | Q(erp__synced_revision__isnull=False)
    return others.filter(may_come).exclude(pk=commitment.pk).select_related("project", "erp").first()


def _vendor(commitment: Commitment) -> Iterator[Unmet]:
    vendor = commitment.vendor
    if vendor is None:
        yield _at(commitment, gettext("The commitment has no vendor yet. Choose the company that it is with."))
        return
    where = reverse("vendors:vendor", args=[vendor.pk])
    if not vendor.is_active:
        yield Unmet(
            gettext("The vendor %(vendor)s is inactive. Activate it first.") % {"vendor": vendor}, EDITORS, where
        )
    if not on_its_way(vendor.erp):
        yield Unmet(
            gettext("The vendor %(vendor)s is not in QuickBooks and not with accounting. Send it, or link it, first.")
            % {"vendor": vendor},
            EDITORS,
            where,
            items=(vendor.erp,),
        )


def _project(commitment: Commitment) -> Iterator[Unmet]:
    project = commitment.project
    if not on_its_way(project.erp):
        yield Unmet(
            gettext("The project %(project)s is not in QuickBooks and not with accounting. Send it, or link it, first.")
            % {"project": project},
            EDITORS,
            reverse("projects:project", args=[project.pk]),
            items=(project.erp,),
        )


def _schedule(commitment: Commitment, lines: list[SovLine]) -> Iterator[Unmet]:
    if not lines:
        yield _at(commitment, gettext("The schedule of values has no line yet. Add at least one."))
    total = sum((line.amount for line in lines), Decimal("0.00"))
    if total < 0:
        yield _at(
            commitment,
            gettext(
                "The lines come to %(total)s, and QuickBooks refuses a purchase order below zero. Take the credit "
                "out, or ask accounting to enter it as a vendor credit."
            )
            % {"total": f"{total:,.2f}"},
        )
    for sentence in all_sentences(
        schedule_problems([line_details(one) for one in lines], commitment.accounting_method)
    ):
        yield _at(commitment, sentence)


def _codes(commitment: Commitment, lines: list[SovLine]) -> Iterator[Unmet]:
    codes = {line.code.cost_code_id: line.code.cost_code for line in lines}.values()
    strangers = {line.code.cost_code for line in lines if line.code.project_id != commitment.project_id}
    if strangers:
        sentence = ngettext(
            "%(named)s is not on the project %(project)s. Add the cost code to the project, or choose another.",
            "%(named)s are not on the project %(project)s. Add the cost code to the project, or choose another.",
            len(strangers),
        )
        where = reverse("projects:project_codes", args=[commitment.project_id])
        said = {"named": _named(list(strangers)), "project": commitment.project}
        yield Unmet(filled(sentence, said), CODE_KEEPERS, where)
    missing = [code for code in codes if not on_its_way(code.erp)]
    if missing:
        yield _not_sent(commitment, missing)


def _not_sent(commitment: Commitment, missing: list[CostCode]) -> Unmet:
    where = reverse("projects:cost_code", args=[missing[0].pk])
    if len(missing) > 1:
        where = reverse("projects:project_codes", args=[commitment.project_id])
    sentence = ngettext(
        "%(named)s is not in QuickBooks and not with accounting. Send the cost code first.",
        "%(named)s are not in QuickBooks and not with accounting. Send the cost code first.",
        len(missing),
    )
    return Unmet(sentence % {"named": _named(missing)}, EDITORS, where, items=tuple(code.erp for code in missing))


def _named(codes: list[CostCode]) -> str:
    shown = ", ".join(sorted(code.code for code in codes)[:NAMED_AT_MOST])
    more = len(codes) - NAMED_AT_MOST
    return gettext("%(named)s and %(more)s more") % {"named": shown, "more": more} if more > 0 else shown

"""How much is withheld: the commitment's percentage, its steps, and bringing down what is held already."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext

from commitments.models import Commitment
from invoices.figures import part_of
from invoices.models import InvoiceLine, RetainageStep
from invoices.rules import sign_of
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest
from procore_sync.kit.money import CENT
from projects.records import Problems, refuse, saved_by_somebody, still_there

STEPS_AT_MOST = 10
Step = tuple[Decimal, Decimal]


def percent_for(commitment: Commitment, complete: Decimal) -> Decimal:
    """What is withheld of new work in percent, once `complete` percent of the contract are completed and stored."""
    steps = RetainageStep.objects.filter(commitment=commitment, from_complete__lte=complete)
    reached = steps.order_by("-from_complete").first()
    return reached.percent if reached else commitment.default_retainage


def steps_of(commitment: Commitment) -> list[RetainageStep]:
    """The steps of its sliding retainage, in order; none where one percentage holds throughout."""
    return list(RetainageStep.objects.filter(commitment=commitment).order_by("from_complete"))


def seen_of(steps: Iterable[RetainageStep]) -> str:
    """The steps as a digest."""
    return digest([[f"{one.from_complete:.2f}", f"{one.percent:.2f}"] for one in steps])


@transaction.atomic
def set_steps(commitment: Commitment, steps: Sequence[Step], *, by: Membership, seen: str = "") -> list[RetainageStep]:
    """Let the retainage slide: pairs of the percentage that is complete and what is withheld from then on, in percent.

    Applications that are there keep what they say; new lines begin with the step that is reached. With `seen`, the
    `seen_of` the steps that `by` looked at, only as long as they are those.

    Raises:
        NotAllowed: `by` may not edit.
        InvalidInput: a percentage is none, two steps begin at the same, or there are too many.
        EditedMeanwhile: somebody else saved them since.
        IllegalMove: the commitment was deleted meanwhile.
    """
    require(by, Right.EDIT)
    refuse(_problems(steps))
    still_there(Commitment.objects.select_for_update(of=("self",)), commitment)
    if seen and seen != seen_of(steps_of(commitment)):
        raise saved_by_somebody(commitment.erp.label)
    RetainageStep.objects.filter(commitment=commitment).delete()
    RetainageStep.objects.bulk_create(
        RetainageStep(commitment=commitment, from_complete=complete, percent=percent) for complete, percent in steps
    )
    return steps_of(commitment)


def released_down_to(line: InvoiceLine, percent: Decimal) -> Decimal:
    """What to release of the line so that `percent` of its work to date stays held; nothing where no more is held."""
    figures = line.figures
    held = figures.work_held_before + figures.work_retained
    beyond = held - part_of(figures.completed_before + figures.completed, percent)
    return beyond if beyond * sign_of(figures) > 0 else Decimal("0.00")


def _problems(steps: Sequence[Step]) -> Problems:
    problems: Problems = {}
    if len(steps) > STEPS_AT_MOST:
        problems["steps"] = [
            gettext("The retainage has %(limit)s steps at most. Leave some out.") % {"limit": STEPS_AT_MOST}
        ]
    for place, step in enumerate(steps):
        for name, value in zip(("from_complete", "percent"), step, strict=True):
            if not value.is_finite() or not 0 <= value <= 100 or value != value.quantize(CENT):
                sentence = gettext(
                    "Step %(place)s: A percentage is from 0 to 100, with two decimal places at most."
                ) % {"place": place + 1}
                problems[f"steps.{place}.{name}"] = [sentence]
    begun = [complete for complete, _ in steps]
    if len(set(begun)) != len(begun):
        problems["steps"] = [gettext("Two steps begin at the same percentage. Leave one out.")]
    return problems

"""What a company has agreed by amount: up to which one a kind goes without an approver, above which it needs two.

The first of two acceptances stands in the sending, beside the decision that is still open (docs/adr/0042).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from django.utils.translation import gettext

from procore_sync.acceptance.courier import Choices, Posting
from procore_sync.acceptance.kinds import spec_of
from procore_sync.acceptance.models import ErpItem, ExportPolicy, Submission
from procore_sync.acceptance.notices import approvers_of
from procore_sync.acceptance.states import Decision, Status
from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.canonical import digest


def policy_of(item: ErpItem) -> ExportPolicy:
    """What the company of `item` has agreed for its kind; where it has agreed nothing, an unsaved row that says so."""
    agreed = ExportPolicy.objects.filter(company_id=item.company_id, kind=item.kind).first()
    return agreed or ExportPolicy(company_id=item.company_id, kind=item.kind)


def fingerprint_of(posting: Posting) -> str:
    """What is the same for two postings that do the same in the same books."""
    return digest([posting.entity, posting.operation, posting.payload, posting.ledger])


def is_first_of_two(submission: Submission, posting: Posting, chosen: Choices) -> bool:
    """Whether somebody who accepts `posting` as they have `chosen` now is the first of two: nothing is exported by it.

    What was accepted once needs a second approver, whatever the company agrees meanwhile, also if that was taken back.
    """
    if submission.first_by is None:
        return submission.first_at is not None or policy_of(submission.item).needs_two(submission.item.amount)
    return bool(why_lapsed(submission, posting, chosen))


def why_lapsed(submission: Submission, posting: Posting, chosen: Choices = MappingProxyType({})) -> str:
    """Why the first acceptance of `submission` does not count any more, as a sentence; "" if it does, or is none.

    Not all that is `chosen` stands in the posting: what becomes of a document that is replaced does not.
    """
    first = submission.first_by
    if first is None:
        return ""
    if submission.first_posting != fingerprint_of(posting):
        said = gettext("What QuickBooks would get is not what %(who)s accepted, so that acceptance does not count.")
        return said % {"who": first}
    if any(submission.first_choices.get(name, "") != one for name, one in chosen.items()):
        said = gettext("What is chosen is not what %(who)s chose, so that acceptance does not count.")
        return said % {"who": first}
    if not (first.user.is_active and may(first, Right.DECIDE, submission.item.kind)):
        said = gettext("%(who)s accepted it and may not decide on it any more, so that acceptance does not count.")
        return said % {"who": first}
    return ""


@dataclass(frozen=True)
class AmountRules:
    """What the company's amounts mean for a record that waits for its decision.

    `why` says, a sentence each, why it did not go by itself and why it needs two approvers. `first` is the sending that
    somebody has accepted first; `lapsed` says why that does not count, or why an earlier one does not. `others` can
    accept it besides who has.
    """

    why: list[str]
    needs_two: bool = False
    first: Submission | None = None
    lapsed: str = ""
    others: tuple[str, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether there is anything to say."""
        return bool(self.why) or self.needs_two


def amount_rules_of(item: ErpItem, sendings: list[Submission], posting: Posting | None) -> AmountRules:
    """The amount rules of `item`, whose sendings are given newest first and of which `posting` would go out.

    One query, and two more where it needs two approvers.
    """
    if item.status != Status.SENT or not sendings:
        return AmountRules([])
    policy, newest = policy_of(item), sendings[0]
    if newest.first_at is None and not policy.needs_two(item.amount):
        return AmountRules(_why_not_directly(policy, item))
    lapsed = why_lapsed(newest, posting) if posting else ""
    if newest.first_by is None:
        lapsed = _why_earlier_lapsed(sendings)
    done = newest.first_by_id if not lapsed else None
    return AmountRules(
        why=_why_two(policy, item),
        needs_two=True,
        first=newest if newest.first_by_id else None,
        lapsed=lapsed,
        others=tuple(str(one) for one in _who_may(item, newest) if one.pk != done),
    )


def _why_not_directly(policy: ExportPolicy, item: ErpItem) -> list[str]:
    if not policy.direct_export or policy.up_to is None or policy.goes_directly(item.amount):
        return []
    if item.amount is None:
        return [gettext("It has no amount, so it did not go to QuickBooks without an approver.")]
    said = gettext(
        "%(amount)s is above the %(limit)s up to which %(kinds)s go to QuickBooks without an approver, so it needs one."
    )
    return [said % _named(item, policy.up_to)]


def _why_two(policy: ExportPolicy, item: ErpItem) -> list[str]:
    if policy.second_above is None or not policy.needs_two(item.amount):
        return [gettext("It needed two approvers when it was accepted first, so it still does.")]
    if item.amount is None:
        return [gettext("It has no amount, so two different approvers have to accept it.")]
    said = gettext(
        "%(amount)s is above the %(limit)s above which two different approvers have to accept %(kinds)s. "
        "Nothing goes to QuickBooks before both have."
    )
    return [said % _named(item, policy.second_above)]


def _named(item: ErpItem, limit: Decimal) -> dict[str, str]:
    kinds = gettext(spec_of(item.kind).plural).lower()
    return {"amount": f"{item.amount:,.2f}", "limit": f"{limit:,.2f}", "kinds": kinds}


def _why_earlier_lapsed(sendings: list[Submission]) -> str:
    """Of the sending before this one, that its first acceptance ended with it."""
    before = next(iter(sendings[1:]), None)
    if before is None or before.first_by is None or before.decision not in (Decision.RETRIEVED, Decision.REJECTED):
        return ""
    said = gettext("%(who)s accepted an earlier sending of it, which was taken or given back, so that does not count.")
    return said % {"who": before.first_by}


def _who_may(item: ErpItem, submission: Submission) -> list[Membership]:
    own = submission.sent_by_id if item.company.four_eyes else None
    return [one for one in approvers_of(item.company_id, item.kind) if one.pk != own]

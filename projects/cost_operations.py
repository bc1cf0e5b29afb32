"""What people do about job costs: rules that code them. One transaction each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.access import Right, why_not
from procore_sync.accounts.models import Membership
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.text import filled, same_name_key
from projects.coding import recode
from projects.job_costs import may_code
from projects.models import CostCode, CostLine, CostRule

#: What a rule can ask of a cost, and how people read it.
ASKS = {
    "line": gettext_noop("this line alone"),
    "item": gettext_noop("every cost with the item {item}"),
    "party": gettext_noop("every cost from {party}"),
    "account": gettext_noop("every cost on the account {account}"),
    "alike": gettext_noop("every cost alike: {alike}"),
}


class RuleExists(Refusal):
    """There is a rule that asks the same; two could not both hold."""

    cure = gettext_noop("Change the rule that is there, or delete it first.")


@dataclass(frozen=True)
class RuleDetails:
    """What a person says of a rule: which costs are meant, by one of them, and the code they get.

    `asks` is one of `ASKS`. `everywhere` lets the rule hold in every project, not just in this cost's.
    """

    asks: str
    code: str
    everywhere: bool = False


def require_coder(member: Membership) -> None:
    """Go on only if `member` may code costs.

    Raises:
        NotAllowed: they may not.
    """
    if not may_code(member):
        said = gettext("Only a project manager, an accountant or an administrator may code costs and have them read.")
        granted = gettext("An administrator can grant it under People.")
        raise NotAllowed(f"{said} {granted}", who="administrator")


def why_not_code(member: Membership) -> str | None:
    """The sentence that says why `member` may not code costs, or None."""
    return None if may_code(member) else why_not(member, Right.EDIT)


def offers_for(cost: CostLine, say: Callable[[str], str] = str) -> list[tuple[str, str]]:
    """What a rule made from `cost` could ask, widest last: only what the cost says. `say` may put it in other words."""
    alike = ", ".join(one for one in (cost.party, cost.account, cost.item) if one)
    said = {"line": True, "item": cost.item_id, "party": cost.party_id, "account": cost.account_id}
    said["alike"] = sum(bool(said[one]) for one in ("item", "party", "account")) > 1
    names = {"item": cost.item, "party": cost.party, "account": cost.account, "alike": alike}
    order = ("line", "alike", "item", "party", "account")
    return [(one, say(ASKS[one]).format(**names)) for one in order if said[one]]


def add_rule(cost: CostLine, details: RuleDetails, *, by: Membership) -> tuple[CostRule, int]:
    """Make a rule from a cost and apply it at once; returns it and how many costs it has coded.

    Raises:
        NotAllowed: `by` may not code costs.
        InvalidInput: there is no such active cost code, or the cost does not say what the rule would ask.
        RuleExists: there is a rule that asks the same.
    """
    require_coder(by)
    code = _code(details.code, by)
    offered = dict(offers_for(cost))
    if details.asks not in offered:
        sentence = gettext("Choose which costs the rule is to code.")
        raise InvalidInput(sentence, errors={"asks": [sentence]})
    everywhere = details.everywhere or details.asks == "line"
    rule = CostRule(
        company_id=cost.company_id,
        project_id=None if everywhere else cost.project_id,
        cost_code=code,
        says=_says(cost, details, offered, everywhere=everywhere),
        made_by=by,
        **_pattern(cost, details.asks),
    )
    try:
        with transaction.atomic():
            rule.save(force_insert=True)
            return rule, recode(cost.company_id)
    except IntegrityError:
        said = gettext("There is a rule already for %(rule)s. Remove it first, or ask for less.")
        raise RuleExists(filled(said, {"rule": spoken(rule)})) from None


def _pattern(cost: CostLine, asks: str) -> dict[str, str]:
    if asks == "line":
        return {"line": cost.key}
    wanted = ("item", "party", "account") if asks == "alike" else (asks,)
    return {f"{one}_id": getattr(cost, f"{one}_id") for one in wanted}


def _says(cost: CostLine, details: RuleDetails, offered: dict[str, str], *, everywhere: bool) -> str:
    if details.asks == "line":
        return f"{cost} alone"[:1000]
    where = "in every project" if everywhere else f"in {cost.project.name if cost.project else 'its project'}"
    return f"{offered[details.asks]}, {where}"[:1000]


def spoken(rule: CostRule) -> str:
    """Which costs a rule codes, which is kept in English, in the reader's language."""
    if rule.line:
        return filled(gettext("%(cost)s alone"), {"cost": rule.says.removesuffix(" alone")})
    asked = [one for one in ("item", "party", "account") if getattr(rule, f"{one}_id")]
    asks = ASKS[asked[0] if len(asked) == 1 else "alike"]
    costs, cut, where = _halves(rule)
    if not cut:  # its names are so long that it was cut off before its end
        return rule.says
    before, name, _ = re.split(r"[{}]", asks)
    told = {"costs": gettext(asks).format(**{name: costs.removeprefix(before)}), "project": where}
    everywhere, one = gettext("%(costs)s, in every project"), gettext("%(costs)s, in %(project)s")
    return filled(one if rule.project_id else everywhere, told)


def _halves(rule: CostRule) -> tuple[str, str, str]:
    """What a rule says of costs, and where. The project's name may hold what parts the two."""
    project = rule.project.name if rule.project else ""
    if project and rule.says.endswith(f", in {project}"):
        return rule.says.removesuffix(f", in {project}"), ", in ", project
    return rule.says.rpartition(", in ")


def _code(text: str, by: Membership) -> CostCode:
    """The active code that a person typed or chose: the code alone, or followed by its description."""
    wanted = text.strip()
    key = same_name_key(wanted)
    codes = CostCode.objects.filter(company_id=by.company_id, is_active=True)
    found: CostCode | None = codes.filter(code_key=key).first()
    if found is None and key:
        # Only whole: 03 310, which is not there, is not 03.
        described = codes.filter(code_key__startswith=key.partition(" ")[0])
        found = next((one for one in described if same_name_key(str(one)) == key), None)
    if found is None:
        unknown = gettext("The list has no active cost code %(code)s.") % {"code": wanted}
        sentence = unknown if wanted else gettext("Choose a cost code.")
        raise InvalidInput(sentence, errors={"code": [sentence]})
    return found


@transaction.atomic
def remove_rule(rule: CostRule, *, by: Membership) -> int:
    """Take a rule away; what it coded is coded by what other rules say, or not at all. Returns how many changed.

    Raises:
        NotAllowed: `by` may not code costs.
    """
    require_coder(by)
    CostRule.objects.filter(pk=rule.pk).delete()
    return recode(rule.company_id)

"""Who can cure something, in the words that refusals and what a record lacks carry, and whether that is the reader."""

from __future__ import annotations

from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.access import Right, may
from procore_sync.accounts.models import Membership
from procore_sync.kit.kinds import Kind

EDITORS = gettext_noop("project manager or administrator")
#: Who may do it by their role, or by what they were allowed beside it (docs/adr/0048).
CODE_KEEPERS = gettext_noop("project manager, administrator or someone who may manage cost codes")
BUDGET_IMPORTERS = gettext_noop("project manager, administrator or someone who may import budgets")
BUDGET_LOCKERS = gettext_noop("project manager, administrator or someone who may lock budgets")
BUDGET_SENDERS = gettext_noop("project manager, administrator or someone who may send budgets")
IMPORTERS = gettext_noop("who may link records of this kind")

#: What the words ask for. Those of one role are kept with records that stopped.
_ASKS: dict[str, tuple[Right, Kind | None]] = {
    EDITORS: (Right.EDIT, None),
    CODE_KEEPERS: (Right.PROJECT_CODES, None),
    BUDGET_IMPORTERS: (Right.IMPORT_BUDGET, None),
    BUDGET_LOCKERS: (Right.LOCK_BUDGET, None),
    BUDGET_SENDERS: (Right.SEND, Kind.BUDGET),
    "project manager": (Right.EDIT, None),
    "accountant": (Right.MAP, None),
    "administrator": (Right.SETTINGS, None),
}
#: What they ask for of the kind of record that is meant.
_ASKS_OF_A_KIND = {"approver": Right.DECIDE, IMPORTERS: Right.IMPORT}
WORDS = (EDITORS, CODE_KEEPERS, BUDGET_IMPORTERS, BUDGET_LOCKERS, BUDGET_SENDERS)
#: Who cures something where the record itself is changed.
AT_THE_RECORD = frozenset({"project manager", *WORDS})


def senders_of(kind: Kind | str) -> str:
    """Who may send records of this kind."""
    return BUDGET_SENDERS if kind == Kind.BUDGET else EDITORS


def is_himself(who: str, member: Membership | None, kind: Kind | str = "") -> bool:
    """Whether `member` is among those whom `who` names; where that is asked of a kind, only if it is said of which."""
    if not member:
        return False
    if who in _ASKS_OF_A_KIND:
        return bool(kind) and may(member, _ASKS_OF_A_KIND[who], kind)
    asked = _ASKS.get(who)
    return asked is not None and may(member, *asked)


def curer(who: str, member: Membership | None, kind: Kind | str = "") -> str:
    """`who` in the reader's language; "you" where that is `member`."""
    if not who:
        return ""
    return gettext("you") if is_himself(who, member, kind) else gettext(who)

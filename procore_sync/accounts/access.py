"""The one place that answers "may I" and "which may I see". Who is not named here may not."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Membership, Permission, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed


class Right(StrEnum):
    """What can be asked for. SEND, DECIDE and IMPORT are asked for a kind."""

    VIEW = "view"
    EDIT = "edit"
    SEND = "send"
    ADD_PROJECT = "add_project"
    PROJECT_CODES = "project_codes"
    IMPORT_BUDGET = "import_budget"
    LOCK_BUDGET = "lock_budget"
    DECIDE = "decide"
    IMPORT = "import"
    MAP = "map"
    CONNECT = "connect"
    PEOPLE = "people"
    SETTINGS = "settings"
    JOURNAL = "journal"


_PROJECT_MANAGER = frozenset(
    {
        Right.VIEW,
        Right.EDIT,
        Right.SEND,
        Right.ADD_PROJECT,
        Right.PROJECT_CODES,
        Right.IMPORT_BUDGET,
        Right.LOCK_BUDGET,
    }
)
_OF_ROLE: dict[str, frozenset[Right]] = {
    Role.ADMINISTRATOR: _PROJECT_MANAGER | {Right.MAP, Right.CONNECT, Right.PEOPLE, Right.SETTINGS, Right.JOURNAL},
    Role.PROJECT_MANAGER: _PROJECT_MANAGER,
    Role.ACCOUNTANT: frozenset({Right.VIEW, Right.MAP, Right.JOURNAL}),
    Role.VIEWER: frozenset({Right.VIEW}),
    Role.INVOICE_CONTACT: frozenset(),
}

#: What a permission beside the role allows: a right, and of which kind alone.
_OF_PERMISSION: dict[str, tuple[Right, Kind | None]] = {
    Permission.ADD_PROJECTS: (Right.ADD_PROJECT, None),
    Permission.MANAGE_COST_CODES: (Right.PROJECT_CODES, None),
    Permission.IMPORT_BUDGETS: (Right.IMPORT_BUDGET, None),
    Permission.LOCK_BUDGETS: (Right.LOCK_BUDGET, None),
    Permission.SEND_BUDGETS: (Right.SEND, Kind.BUDGET),
}

_WHY_NOT: dict[Right, str] = {
    Right.VIEW: gettext_noop("This part of the console is for the company's own people."),
    Right.EDIT: gettext_noop("Only a project manager or an administrator may change this record."),
    Right.SEND: gettext_noop("Only a project manager or an administrator may send records to accounting."),
    Right.ADD_PROJECT: gettext_noop(
        "Only a project manager, an administrator or someone who may add projects may make a project."
    ),
    Right.PROJECT_CODES: gettext_noop(
        "Only a project manager, an administrator or someone who may manage cost codes may say which codes "
        "a project uses."
    ),
    Right.IMPORT_BUDGET: gettext_noop(
        "Only a project manager, an administrator or someone who may import budgets may import lines of a budget."
    ),
    Right.LOCK_BUDGET: gettext_noop(
        "Only a project manager, an administrator or someone who may lock budgets may lock a budget."
    ),
    Right.DECIDE: gettext_noop("You are not an accounting approver for this kind of record."),
    Right.IMPORT: gettext_noop("You do not have the right to import this kind of record from QuickBooks."),
    Right.MAP: gettext_noop("Only an accountant or an administrator may change what things are called in QuickBooks."),
    Right.CONNECT: gettext_noop("Only an administrator may connect or disconnect QuickBooks."),
    Right.PEOPLE: gettext_noop("Only an administrator may change people and their rights."),
    Right.SETTINGS: gettext_noop("Only an administrator may change the company's settings."),
    Right.JOURNAL: gettext_noop("The journal is for accountants and administrators."),
}

_PRIVILEGES = {Right.DECIDE: "can_export", Right.IMPORT: "can_import"}

M = TypeVar("M", bound=Model)


def may(member: Membership, right: Right, kind: Kind | str | None = None) -> bool:
    """Whether `member` has `right`; SEND, DECIDE and IMPORT without a kind ask for any kind."""
    if not member.is_active:
        return False
    privilege = _PRIVILEGES.get(right)
    if right in _OF_ROLE[member.role]:
        return True
    if Right.VIEW not in _OF_ROLE[member.role]:
        return False
    if privilege is None:
        return any(_allows(permission, right, kind) for permission in member.permissions)
    return any(getattr(row, privilege) for row in member.privileges.all() if kind is None or row.kind == kind)


def _allows(permission: str, right: Right, kind: Kind | str | None) -> bool:
    allowed, of_kind = _OF_PERMISSION.get(permission, (None, None))
    return allowed == right and (kind is None or of_kind in (None, kind))


def sendable(member: Membership) -> list[Kind]:
    """The kinds of record that `member` may send and retrieve."""
    return [kind for kind in Kind if may(member, Right.SEND, kind)]


def why_not(member: Membership, right: Right, kind: Kind | str | None = None) -> str | None:
    """The sentence that says why `member` may not, or None if they may."""
    if may(member, right, kind):
        return None
    return f"{gettext(_WHY_NOT[right])} {gettext('An administrator can grant it under People.')}"


def require(member: Membership, right: Right, kind: Kind | str | None = None) -> None:
    """Go on only if `member` has `right`.

    Raises:
        NotAllowed: they have not; the sentence says who can change that.
    """
    sentence = why_not(member, right, kind)
    if sentence is not None:
        raise NotAllowed(sentence, who="administrator")


def visible(rows: QuerySet[M], member: Membership) -> QuerySet[M]:
    """Those of `rows` that `member` may see: of their own company, and none if their role sees none.

    `rows` must be of a model with a `company`. Whatever is left out answers 404, as if it did not exist.
    """
    if not may(member, Right.VIEW):
        return rows.none()
    return rows.filter(company_id=member.company_id)

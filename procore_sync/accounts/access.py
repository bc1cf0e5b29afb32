"""The one place that answers "may I" and "which may I see". Who is not named here may not."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed


class Right(StrEnum):
    """What can be asked for. DECIDE and IMPORT are asked for a kind."""

    VIEW = "view"
    EDIT = "edit"
    SEND = "send"
    DECIDE = "decide"
    IMPORT = "import"
    MAP = "map"
    CONNECT = "connect"
    PEOPLE = "people"
    SETTINGS = "settings"
    JOURNAL = "journal"


_OF_ROLE: dict[str, frozenset[Right]] = {
    Role.ADMINISTRATOR: frozenset(
        {
            Right.VIEW,
            Right.EDIT,
            Right.SEND,
            Right.MAP,
            Right.CONNECT,
            Right.PEOPLE,
            Right.SETTINGS,
            Right.JOURNAL,
        }
    ),
    Role.PROJECT_MANAGER: frozenset({Right.VIEW, Right.EDIT, Right.SEND}),
    Role.ACCOUNTANT: frozenset({Right.VIEW, Right.MAP, Right.JOURNAL}),
    Role.VIEWER: frozenset({Right.VIEW}),
    Role.INVOICE_CONTACT: frozenset(),
}

_WHY_NOT: dict[Right, str] = {
    Right.VIEW: gettext_noop("This part of the console is for the company's own people."),
    Right.EDIT: gettext_noop("Only a project manager or an administrator may change this record."),
    Right.SEND: gettext_noop("Only a project manager or an administrator may send records to accounting."),
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
    """Whether `member` has `right`; DECIDE and IMPORT without a kind ask for any kind."""
    if not member.is_active:
        return False
    privilege = _PRIVILEGES.get(right)
    if privilege is None:
        return right in _OF_ROLE[member.role]
    if Right.VIEW not in _OF_ROLE[member.role]:
        return False
    return any(getattr(row, privilege) for row in member.privileges.all() if kind is None or row.kind == kind)


def why_not(member: Membership, right: Right, kind: Kind | str | None = None) -> str | None:
    """The sentence that says why `member` may not, or None if he may."""
    if may(member, right, kind):
        return None
    return f"{gettext(_WHY_NOT[right])} {gettext('An administrator can grant it under People.')}"


def require(member: Membership, right: Right, kind: Kind | str | None = None) -> None:
    """Go on only if `member` has `right`.

    Raises:
        NotAllowed: he has not; the sentence says who can change that.
    """
    sentence = why_not(member, right, kind)
    if sentence is not None:
        raise NotAllowed(sentence, who="administrator")


def visible(rows: QuerySet[M], member: Membership) -> QuerySet[M]:
    """Those of `rows` that `member` may see: of his own company, and none if his role sees none.

    `rows` must be of a model with a `company`. Whatever is left out answers 404, as if it did not exist.
    """
    if not may(member, Right.VIEW):
        return rows.none()
    return rows.filter(company_id=member.company_id)

"""Which privileges an administrator may give, and who can where they may not: nobody makes themselves an approver."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db.models import Q
from django.utils.text import get_text_list
from django.utils.translation import gettext, gettext_noop

from procore_sync.accounts.models import Company, KindPrivilege, Membership, Role
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import NotAllowed
from procore_sync.kit.text import filled

NAMED_AT_MOST = 3
#: The two privileges a kind, as the page of a person calls them.
LABELS = {"can_import": gettext_noop("Can import"), "can_export": gettext_noop("Can accept and export")}


@dataclass(frozen=True)
class Privilege:
    """One of the two, for one kind."""

    name: str
    kind: str

    def __str__(self) -> str:
        return f"{gettext(LABELS[self.name])}: {gettext(Kind(self.kind).label)}"


def can_come_in(membership: str = "") -> Q:
    """Whoever has a password here, or was signed in by the company's own provider: an invitation may have gone astray.

    `membership` leads to the membership that is asked of, with its underscores.
    """
    user = f"{membership}user__"
    has_password = ~Q(**{f"{user}password__startswith": UNUSABLE_PASSWORD_PREFIX})
    known = has_password | Q(**{f"{user}last_login__isnull": False})
    return known & Q(**{f"{user}is_active": True, f"{membership}is_active": True})


EVERY = tuple(Privilege(name, kind) for name in LABELS for kind in Kind.values)


class Granting:
    """What `by` may give to `to`, who is nobody yet where they are invited; one query, and one more for a refusal.

    `by` may give to anyone what they have themselves, and what nobody has, or a new company could never begin. What
    others have and they do not, they may give to others and never to themselves; to nobody at all, where the company
    says that only someone who has a privilege may give it. Taking away needs nothing of this.

    `company` is theirs, as whoever holds it has read it; without it the rule is the one that `by` came with.
    """

    def __init__(self, by: Membership, to: Membership | None = None, *, company: Company | None = None) -> None:
        self.by, self.to = by, to
        self.only_holders = (company or by.company).only_holders_grant

    @cached_property
    def holders(self) -> dict[Privilege, list[Membership]]:
        """Who has what, of those who can come in."""
        rows = KindPrivilege.objects.filter(can_come_in("membership__"), membership__company_id=self.by.company_id)
        found: dict[Privilege, list[Membership]] = defaultdict(list)
        for row in rows.select_related("membership__user").order_by("membership__user__name", "membership_id"):
            for name in LABELS:
                if getattr(row, name):
                    found[Privilege(name, row.kind)].append(row.membership)
        return found

    @cached_property
    def _administrators(self) -> list[Membership]:
        people = Membership.objects.filter(can_come_in(), company_id=self.by.company_id, role=Role.ADMINISTRATOR)
        return list(people.exclude(pk=self.by.pk).select_related("user").order_by("user__name", "pk"))

    def bars(self, privilege: Privilege) -> bool:
        """Whether `by` may not give it."""
        holders = self.holders.get(privilege, [])
        if not holders or any(one.pk == self.by.pk for one in holders):
            return False
        return self.only_holders or (self.to is not None and self.to.pk == self.by.pk)

    def why_not(self, privileges: Iterable[Privilege]) -> list[str]:
        """The sentences that say why they may not give some of `privileges`, and who can: one for each who can."""
        found: dict[str, list[str]] = defaultdict(list)
        for privilege in privileges:
            if self.bars(privilege):
                found[self._cure(privilege)].append(str(privilege))
        return [filled(self._refusal, {"privileges": "; ".join(told)}) + " " + cure for cure, told in found.items()]

    @property
    def _refusal(self) -> str:
        if self.only_holders:
            return gettext("In this company only an administrator who has it can give it (%(privileges)s).")
        return gettext("Nobody can give themselves what others have and they do not (%(privileges)s).")

    def _cure(self, privilege: Privilege) -> str:
        holders = self.holders[privilege]
        can = [one for one in self._administrators if not self.only_holders or one in holders]
        if can:
            return filled(gettext("%(names)s can give it, under People."), {"names": _named(can)})
        told = gettext("Make %(names)s an administrator first, who can give it.")
        return filled(told, {"names": _named(holders)})


def require_to_loosen(by: Membership) -> None:
    """Go on only if `by` may let administrators give what they do not have: without a privilege they would free
    themselves.

    Raises:
        NotAllowed: others have privileges and they have none.
    """
    granting = Granting(by)
    held = {one.pk: one for holders in granting.holders.values() for one in holders}
    if held and by.pk not in held:
        can = [one for one in held.values() if one.role == Role.ADMINISTRATOR]
        said = gettext("Only an administrator who has a privilege can let others give what those do not have.")
        cure = gettext("%(names)s can.") if can else gettext("Make %(names)s an administrator first, who can.")
        raise NotAllowed(f"{said} {filled(cure, {'names': _named(can or list(held.values()))})}", who="administrator")


def _named(people: list[Membership]) -> str:
    names = [str(one) for one in people[:NAMED_AT_MOST]]
    if len(people) > NAMED_AT_MOST:
        names.append(gettext("{count} more").format(count=len(people) - NAMED_AT_MOST))
    return get_text_list(names, gettext("or"))

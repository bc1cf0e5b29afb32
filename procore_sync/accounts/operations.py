"""What changes who may do what. Every change is written to the append-only list of rights changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop
from knox.models import AuthToken

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.changes import last_of_rights
from procore_sync.accounts.granting import EVERY, LABELS, Granting, Privilege, can_come_in
from procore_sync.accounts.models import (
    ApiToken,
    Company,
    KindPrivilege,
    Membership,
    Permission,
    RightsChange,
    Role,
    User,
    as_told,
)
from procore_sync.kit.canonical import digest
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.text import filled, line_problems

Action = RightsChange.Action
Changes = list[dict[str, str]]


class LastAdministrator(Refusal):
    """Without the last administrator nobody could change rights any more."""

    cure = gettext_noop("An administrator makes somebody else an administrator first, under People.")


@dataclass(frozen=True)
class Rights:
    """What a person is and may in a company."""

    role: str
    can_import: frozenset[str] = field(default_factory=frozenset)
    can_export: frozenset[str] = field(default_factory=frozenset)
    wants_digest: bool = True
    permissions: frozenset[str] = field(default_factory=frozenset)

    @property
    def privileges(self) -> frozenset[Privilege]:
        """What they may move across the border, one by one."""
        return frozenset(Privilege(name, kind) for name in LABELS for kind in getattr(self, name))

    @property
    def seen(self) -> str:
        """All of it as a digest."""
        return digest(_labelled(self))


def rights_of(membership: Membership) -> Rights:
    """What `membership` may now."""
    rows = list(membership.privileges.all())
    return Rights(
        role=membership.role,
        can_import=frozenset(row.kind for row in rows if row.can_import),
        can_export=frozenset(row.kind for row in rows if row.can_export),
        wants_digest=membership.wants_digest,
        permissions=frozenset(membership.permissions),
    )


@transaction.atomic
def open_company(*, name: str, slug: str, administrator: str) -> Membership:
    """A new company with its first administrator, who still has to be mailed their invitation. The operator's verb.

    Raises:
        InvalidInput: the company's name has something that nobody sees, or is no line, or the address is none.
    """
    company = Company.objects.create(name=_called(name), slug=slug)
    membership = Membership.objects.create(user=_user(administrator, ""), company=company, role=Role.ADMINISTRATOR)
    _note(membership, by=None, action=Action.INVITED, changes=_differences(None, rights_of(membership)))
    return membership


@transaction.atomic
def invite(*, by: Membership, email: str, name: str, rights: Rights) -> Membership:
    """Make the person of this address a member; a person already known elsewhere keeps name and password.

    Raises:
        NotAllowed: `by` may not change people, or not give one of these privileges.
        InvalidInput: the address is none, or belongs to a member already, the name has something that nobody sees, or
            the rights contradict each other.
    """
    company = _lock(by, Right.PEOPLE)
    _refuse_contradiction(rights)
    _refuse_to_give(Granting(by, company=company), rights.privileges)
    user = _user(email, name)
    there = Membership.objects.filter(user=user, company_id=by.company_id).first()
    if there:
        told = gettext("%(email)s is already among the people of %(company)s. Change the rights there.")
        if not there.is_active:
            told = gettext("%(email)s was shut out of %(company)s. Reactivate the person under People.")
        sentence = filled(told, {"email": user.email, "company": by.company})
        raise InvalidInput(sentence, errors={"email": [sentence]})
    membership = Membership.objects.create(user=user, company_id=by.company_id, role=rights.role)
    _store(membership, rights)
    _note(membership, by=by, action=Action.INVITED, changes=_differences(None, rights))
    return membership


def _user(email: str, name: str) -> User:
    address = email.strip().lower()
    known = User.objects.filter(email=address).first()
    return known or _new_user(address, _called(name))


@transaction.atomic
def change_address(user: User, email: str) -> None:
    """Let a person sign in and be mailed at another address, in every company that they belong to. The operator's verb,
    who alone knows all of them.

    Raises:
        InvalidInput: the address is none, or somebody signs in with it.
    """
    address = email.strip().lower()
    _require_address(address)
    if User.objects.filter(email=address).exists():
        sentence = f"Somebody signs in with {address} already."
        raise InvalidInput(sentence, errors={"email": [sentence]})
    changes = [{"label": "E-mail address", "before": user.email, "after": address}]
    user.email = address
    user.save(update_fields=["email"])
    # What the sign-in keeps of the old one would let it in further.
    EmailAddress.objects.filter(user=user).delete()
    for membership in Membership.objects.filter(user=user):
        _note(membership, by=None, action=Action.CHANGED, changes=changes)


def _require_address(address: str) -> None:
    try:
        User._meta.get_field("email").run_validators(address)
    except ValidationError as faults:
        raise InvalidInput(faults.messages[0], errors={"email": faults.messages}) from None


def _new_user(address: str, name: str) -> User:
    _require_address(address)
    try:
        with transaction.atomic():
            return User.objects.create_user(address, name=name)
    except IntegrityError:
        # Another company has invited them at the same moment: they are known from now on.
        return User.objects.get(email=address)


def _called(name: str) -> str:
    """`name`, if nobody can take it for that of another, under which that one's decisions stand."""
    faults = line_problems(name.strip(), limit=120, what=gettext_noop("name"))
    if faults:
        raise InvalidInput(faults[0], errors={"name": faults})
    return name.strip()


@transaction.atomic
def join(membership: Membership, *, password: str, name: str) -> None:
    """Take up an invitation: the person sets their password and how they are called.

    Raises:
        InvalidInput: the name has something that nobody sees, or is no line.
        Refusal: somebody took it up meanwhile, by the same link.
    """
    # Held, since a link serves once: whoever comes second would set their password over that of the first.
    user = User.objects.select_for_update(no_key=True).get(pk=membership.user_id)
    if user.has_usable_password():
        raise Refusal(
            gettext("This invitation was used meanwhile, so nothing is saved. Sign in with the password that was set."),
            where=reverse("account_login"),
        )
    user.name = _called(name)
    user.set_password(password)
    user.save(update_fields=["name", "password"])
    _note(membership, by=membership, action=Action.JOINED)


@transaction.atomic
def change_rights(membership: Membership, *, by: Membership, rights: Rights, seen: str = "") -> None:
    """Give `membership` exactly these rights, and write down what changed; `granting` says which `by` may give.

    With `seen`, the `seen` of the rights that `by` looked at, only as long as the person still has those: all are given
    at once, and what was taken from them meanwhile would come back.

    Raises:
        NotAllowed: `by` may not change people, or not give one of these privileges.
        Refusal: somebody else has changed them since.
        LastAdministrator: the company would be left without one.
        InvalidInput: the rights contradict each other.
    """
    company = _lock(by, Right.PEOPLE)
    _refuse_contradiction(rights)
    current = Membership.objects.get(pk=membership.pk)
    if rights.role != Role.ADMINISTRATOR:
        _keep_an_administrator(current)
    before = rights_of(current)
    if seen and seen != before.seen:
        told = gettext("The rights of %(person)s were changed meanwhile, so nothing was saved. Look again.")
        where = reverse("accounts:person", args=[current.pk])
        raise Refusal(last_of_rights(filled(told, {"person": current}), current), where=where)
    _refuse_to_give(Granting(by, current, company=company), rights.privileges - before.privileges)
    changes = _differences(before, rights)
    if not changes:
        return
    _store(current, rights)
    _note(current, by=by, action=Action.CHANGED, changes=changes)


@transaction.atomic
def deactivate(membership: Membership, *, by: Membership) -> None:
    """Shut `membership` out from the next request on; what they did stays under their name, their tokens end.

    Raises:
        NotAllowed: `by` may not change people.
        LastAdministrator: the company would be left without one.
    """
    _lock(by, Right.PEOPLE)
    _keep_an_administrator(membership)
    if Membership.objects.filter(pk=membership.pk, is_active=True).update(is_active=False):
        AuthToken.objects.filter(api_token__membership=membership).delete()
        _note(membership, by=by, action=Action.DEACTIVATED)


@transaction.atomic
def reactivate(membership: Membership, *, by: Membership) -> None:
    """Let `membership` in again with the rights they had; their tokens do not come back.

    Raises:
        NotAllowed: `by` may not change people, or not give one of the privileges that would come back.
    """
    company = _lock(by, Right.PEOPLE)
    why_not = Granting(by, membership, company=company).why_not(_sorted(rights_of(membership).privileges))
    if why_not:
        told = gettext("%(person)s still has it: take it away first, then %(person)s can be let in again.")
        raise NotAllowed(" ".join([*why_not, filled(told, {"person": membership})]), who="administrator")
    if Membership.objects.filter(pk=membership.pk, is_active=False).update(is_active=True):
        _note(membership, by=by, action=Action.REACTIVATED)


def note_settings(company: Company, *, by: Membership, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """Write down what changed in a company's rules, labelled; call it in the transaction that saves them.

    Of an address nothing is kept but its host and its end: often the rest is the key to whoever listens there.
    """
    changes = [
        as_told({"label": label, "before": str(before[label]), "after": str(after[label])})
        for label in after
        if str(before[label]) != str(after[label])
    ]
    if changes:
        RightsChange.objects.create(company=company, by=by, action=Action.SETTINGS, changes=changes)


@transaction.atomic
def create_token(*, by: Membership, name: str) -> tuple[ApiToken, str]:
    """A token of the API that may what `by` may, and its text, which is never shown again.

    Raises:
        NotAllowed: `by` may see nothing, so their token could do nothing.
    """
    _lock(by, Right.VIEW)
    token, text = AuthToken.objects.create(by.user)
    api_token = ApiToken.objects.create(token=token, membership=by, name=name)
    _note(by, by=by, action=Action.TOKEN_CREATED, changes=[{"label": "Token", "before": "", "after": name}])
    return api_token, text


@transaction.atomic
def revoke_token(api_token: ApiToken, *, by: Membership) -> None:
    """End a token at once; its owner may, and an administrator.

    Raises:
        NotAllowed: it is another person's token.
    """
    if api_token.membership_id != by.pk:
        _lock(by, Right.PEOPLE)
    changes = [{"label": "Token", "before": api_token.name, "after": ""}]
    _note(api_token.membership, by=by, action=Action.TOKEN_REVOKED, changes=changes)
    api_token.token.delete()


def _refuse_to_give(granting: Granting, given: Iterable[Privilege]) -> None:
    sentences = granting.why_not(_sorted(given))
    if sentences:
        raise NotAllowed(" ".join(sentences), who="administrator")


def _sorted(privileges: Iterable[Privilege]) -> list[Privilege]:
    return sorted(privileges, key=EVERY.index)


def _refuse_contradiction(rights: Rights) -> None:
    if rights.role == Role.INVOICE_CONTACT and rights.permissions:
        sentence = gettext("An invoice contact is outside the company, so no other rights can be given here.")
        raise InvalidInput(sentence, errors={"role": [sentence]})
    if rights.role == Role.INVOICE_CONTACT and (rights.can_import or rights.can_export):
        sentence = gettext(
            "An invoice contact is outside the company, so they can neither import nor export. Choose another role."
        )
        raise InvalidInput(sentence, errors={"role": [sentence]})


def _lock(by: Membership, right: Right) -> Company:
    """The company of `by`, held while its rights are changed, if they have `right` then.

    Raises:
        NotAllowed: they have not, or had it taken away while they waited.
    """
    # The company's row is the lock: of two administrators who remove each other at once, the second is refused. Not its
    # key, for which all wait who write a row of the company.
    company = Company.objects.select_for_update(no_key=True).get(pk=by.company_id)
    require(Membership.objects.get(pk=by.pk), right)
    return company


def _keep_an_administrator(leaving: Membership) -> None:
    rows = Membership.objects.filter(company_id=leaving.company_id, role=Role.ADMINISTRATOR, is_active=True)
    others = rows.exclude(pk=leaving.pk)
    if not others.filter(can_come_in()).exists():
        told = gettext("%(person)s is the last administrator of %(company)s. Make somebody else administrator first.")
        said = filled(told, {"person": leaving, "company": leaving.company})
        if others.exists():
            said = f"{said} {gettext('Anyone who was invited and has not come in yet does not count.')}"
        raise LastAdministrator(said, who="administrator")


def _store(membership: Membership, rights: Rights) -> None:
    membership.role, membership.wants_digest = rights.role, rights.wants_digest
    membership.permissions = [one for one in Permission.values if one in rights.permissions]
    membership.save(update_fields=["role", "wants_digest", "permissions"])
    membership.privileges.all().delete()
    KindPrivilege.objects.bulk_create(
        KindPrivilege(
            membership=membership,
            kind=kind,
            can_import=kind in rights.can_import,
            can_export=kind in rights.can_export,
        )
        for kind in Kind.values
        if kind in rights.can_import | rights.can_export
    )


def _differences(before: Rights | None, after: Rights) -> Changes:
    old = _labelled(before) if before else {}
    return [
        {"label": label, "before": old.get(label, ""), "after": value}
        for label, value in _labelled(after).items()
        if old.get(label, "") != value
    ]


def _labelled(rights: Rights) -> dict[str, str]:
    return {
        "Role": Role(rights.role).label,
        "Can import": _kinds(rights.can_import),
        "Can export": _kinds(rights.can_export),
        "Also allowed": ", ".join(one.label for one in Permission if one in rights.permissions),
        "Daily summary": "yes" if rights.wants_digest else "no",
    }


def _kinds(kinds: frozenset[str]) -> str:
    return ", ".join(kind.label for kind in Kind if kind in kinds)


def _note(membership: Membership, *, by: Membership | None, action: str, changes: Changes | None = None) -> None:
    RightsChange.objects.create(
        company_id=membership.company_id, member=membership, by=by, action=action, changes=changes or []
    )


@transaction.atomic
def set_digest(membership: Membership, *, on: bool) -> None:
    """Let a person choose whether they are mailed the daily summary; that is written down as a change."""
    before = rights_of(membership)
    if before.wants_digest == on:
        return
    membership.wants_digest = on
    membership.save(update_fields=["wants_digest"])
    _note(membership, by=membership, action=Action.CHANGED, changes=_differences(before, rights_of(membership)))


def set_single_keys(user: User, *, on: bool) -> None:
    """Switch the single keys of `user` on or off, in every company and on every machine of theirs."""
    user.single_keys = on
    user.save(update_fields=["single_keys"])


def set_language(user: User, language: str) -> None:
    """Speak to `user` in `language` from here on, on every machine and by mail; empty, as their browser asks."""
    user.language = language
    user.save(update_fields=["language"])


def put_tour_away(member: Membership, *, away: bool) -> None:
    """Keep a person's first steps off their start page in this company, or bring them back."""
    Membership.objects.filter(pk=member.pk).update(tour_seen_at=timezone.now() if away else None)

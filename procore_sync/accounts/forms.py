"""The shape of what is entered about people and tokens; the rules are the operations'."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _lazy

from procore_sync.accounts.granting import EVERY, LABELS, Granting, Privilege
from procore_sync.accounts.models import Membership, Permission, Role, User
from procore_sync.accounts.operations import Rights, rights_of
from procore_sync.kit.fields import translated
from procore_sync.kit.kinds import Kind


@dataclass(frozen=True)
class Cell:
    """One box of the matrix: what it gives, whether it is ticked, and whether this administrator may not give it."""

    name: str
    label: str
    ticked: bool
    barred: bool


class RightsForm(forms.Form):
    """A role, what is allowed beside it, and the privileges a kind as far as `granting` lets them be given."""

    role = forms.ChoiceField(
        label=_lazy("Role"),
        choices=translated(Role.choices),
        initial=Role.PROJECT_MANAGER,
    )
    permissions = forms.MultipleChoiceField(
        label=_lazy("Also allowed"),
        choices=translated(Permission.choices),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy(
            "For those who may only view, and for accountants. Project managers and administrators may do all of it."
        ),
    )
    can_import = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    can_export = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    wants_digest = forms.BooleanField(label=_lazy("Receives the daily summary"), required=False, initial=True)
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, granting: Granting, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.granting = granting

    def rights(self) -> Rights:
        """What was entered; call it on a valid form."""
        entered = self.cleaned_data
        return Rights(
            role=entered["role"],
            can_import=frozenset(entered["can_import"]),
            can_export=frozenset(entered["can_export"]),
            wants_digest=entered["wants_digest"],
            permissions=frozenset(entered["permissions"]),
        )

    def matrix(self) -> list[tuple[str, str, list[Cell]]]:
        """A row a kind: key, name, and a box for each of the two privileges."""
        ticked, barred = self._ticked(), set(self._barred())
        return [
            (
                kind.value,
                gettext(str(kind.label)),
                [_cell(Privilege(name, kind.value), ticked, barred) for name in LABELS],
            )
            for kind in Kind
        ]

    def why_barred(self) -> list[str]:
        """The sentences beside the matrix that say why some boxes cannot be ticked, and who can tick them."""
        return self.granting.why_not(self._barred())

    def _barred(self) -> list[Privilege]:
        has = rights_of(self.granting.to).privileges if self.granting.to else frozenset()
        return [one for one in EVERY if one not in has and self.granting.bars(one)]

    def _ticked(self) -> set[Privilege]:
        return {Privilege(name, kind) for name in LABELS for kind in self[name].value() or ()}

    @classmethod
    def of(cls, membership: Membership, *, granting: Granting) -> RightsForm:
        """The form as `membership` stands."""
        rights = rights_of(membership)
        return cls(
            granting=granting,
            initial={
                "role": rights.role,
                "permissions": sorted(rights.permissions),
                "can_import": sorted(rights.can_import),
                "can_export": sorted(rights.can_export),
                "wants_digest": rights.wants_digest,
                "seen": rights.seen,
            },
        )


def _cell(privilege: Privilege, ticked: set[Privilege], barred: set[Privilege]) -> Cell:
    return Cell(privilege.name, str(privilege), privilege in ticked, privilege in barred)


class InviteForm(RightsForm):
    """Whom to invite, and with which rights."""

    email = forms.EmailField(label=_lazy("E-mail address"))
    name = forms.CharField(label=_lazy("Name"), max_length=120, required=False)
    field_order = ["email", "name"]


class JoinForm(SetPasswordForm):  # type: ignore[type-arg]  # not generic at run time
    """How an invited person is called, and their password twice."""

    name = forms.CharField(label=_lazy("Your name"), max_length=120)
    field_order = ["name"]

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, initial={"name": user.name}, **kwargs)


class TokenForm(forms.Form):
    """What a token is for."""

    name = forms.CharField(
        label=_lazy("What is it for?"), max_length=80, help_text=_lazy("For example: nightly export of invoices.")
    )


class CompanyForm(forms.Form):
    """The company to work in."""

    company = forms.IntegerField(min_value=1, max_value=2**63 - 1)

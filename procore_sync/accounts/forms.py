"""The shape of what is entered about people and tokens; the rules are the operations'."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _lazy

from procore_sync.accounts.models import Membership, Role, User
from procore_sync.accounts.operations import Rights, rights_of
from procore_sync.kit.fields import translated
from procore_sync.kit.kinds import Kind


class RightsForm(forms.Form):
    """A role, and the privileges a kind."""

    role = forms.ChoiceField(
        label=_lazy("Role"),
        choices=translated(Role.choices),
        initial=Role.PROJECT_MANAGER,
    )
    can_import = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    can_export = forms.MultipleChoiceField(choices=Kind.choices, required=False)
    wants_digest = forms.BooleanField(label=_lazy("Receives the daily summary"), required=False, initial=True)

    def rights(self) -> Rights:
        """What was entered; call it on a valid form."""
        entered = self.cleaned_data
        return Rights(
            role=entered["role"],
            can_import=frozenset(entered["can_import"]),
            can_export=frozenset(entered["can_export"]),
            wants_digest=entered["wants_digest"],
        )

    def matrix(self) -> list[tuple[str, str, bool, bool]]:
        """A row a kind: key, name, whether it is ticked for import and for export."""
        imports, exports = (set(self[name].value() or ()) for name in ("can_import", "can_export"))
        return [(kind.value, gettext(str(kind.label)), kind in imports, kind in exports) for kind in Kind]

    @classmethod
    def of(cls, membership: Membership) -> RightsForm:
        """The form as `membership` stands."""
        rights = rights_of(membership)
        return cls(
            initial={
                "role": rights.role,
                "can_import": sorted(rights.can_import),
                "can_export": sorted(rights.can_export),
                "wants_digest": rights.wants_digest,
            }
        )


class InviteForm(RightsForm):
    """Whom to invite, and with which rights."""

    email = forms.EmailField(label=_lazy("E-mail address"))
    name = forms.CharField(label=_lazy("Name"), max_length=120, required=False)
    field_order = ["email", "name"]


class JoinForm(SetPasswordForm):  # type: ignore[type-arg]  # not generic at run time
    """How an invited person is called, and his password twice."""

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

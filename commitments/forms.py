"""What a person types about a commitment. The rules are the operations'; forms only carry their sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from decimal import Decimal
from typing import Any, TypeVar

from django import forms
from django.db.models import Model
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from commitments.models import NUMBER_LIMIT, AccountingMethod, Commitment, CommitmentStatus, CommitmentType
from commitments.rules import CommitmentDetails
from commitments.schedule_forms import Schedule
from commitments.statuses import statuses_after_approval, statuses_of
from procore_sync.accounts.models import Membership
from procore_sync.kit.fields import day_field, translated
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.selects import QuickSelect
from projects.forms import DetailsForm
from projects.models import Project
from projects.records import details_of
from vendors.models import Vendor
from vendors.selectors import vendors_for

R = TypeVar("R", bound=Model)

#: What QuickBooks gets of the head of a commitment, and what else stands still while it is with accounting.
SENT_FIELDS = ("number", "title", "vendor_id", "default_retainage", "created_on", "description")

#: The fields whose names are not those of the details.
FIELDS_OF = {"project": "project_id", "vendor": "vendor_id", "status": "stands"}


class StartForm(forms.Form):
    """What has to be known before the rest can be asked: the project, the type, and how lines are counted."""

    project = forms.TypedChoiceField(label=gettext_lazy("Project"), coerce=int, widget=QuickSelect)
    type = forms.ChoiceField(
        label=gettext_lazy("Type"), choices=translated(CommitmentType.choices), initial=CommitmentType.SUBCONTRACT
    )
    method = forms.ChoiceField(
        label=gettext_lazy("Accounting method"),
        choices=translated(AccountingMethod.choices),
        initial=AccountingMethod.AMOUNT,
        help_text=gettext_lazy("Fixed once there is a line."),
    )

    def __init__(self, query: QueryDict | None, projects: Iterable[Project], **named: Any) -> None:
        super().__init__(query, **named)
        chosen: Any = self.fields["project"]
        all_of_them = [(one.pk, str(one)) for one in projects]
        # The first of several would be as good as any other, and is taken by whoever does not look.
        chosen.choices = [("", gettext("Choose…")), *all_of_them] if len(all_of_them) > 1 else all_of_them


class CommitmentForm(DetailsForm[CommitmentDetails]):
    """The head of a commitment, and beside it `schedule`, the editor of its lines (None where they stand still)."""

    shape = CommitmentDetails
    schedule: Schedule | None = None
    lines_refusal = ""
    pasted = ""

    project_id = forms.IntegerField(widget=forms.HiddenInput)
    type = forms.CharField(widget=forms.HiddenInput)
    accounting_method = forms.CharField(widget=forms.HiddenInput)
    number = forms.CharField(
        label=gettext_lazy("Number"),
        help_text=gettext_lazy("At most 21 characters for QuickBooks, and no other commitment's number."),
        widget=forms.TextInput(attrs={"data-limit": NUMBER_LIMIT}),
    )
    title = forms.CharField(label=gettext_lazy("Title"), required=False)
    vendor_id = forms.TypedChoiceField(
        label=gettext_lazy("Vendor"),
        required=False,
        coerce=int,
        empty_value=None,
        widget=QuickSelect,
        help_text=gettext_lazy("The company that it is with."),
    )
    stands = forms.ChoiceField(
        label=gettext_lazy("Status"), help_text=gettext_lazy("Only an approved commitment goes to accounting.")
    )
    default_retainage = forms.DecimalField(
        label=gettext_lazy("Default retainage, %"),
        initial=Decimal("0.00"),
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "num"}),
    )
    created_on = day_field(gettext_lazy("Date created"))
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        widget=forms.Textarea,
        help_text=gettext_lazy("QuickBooks shows it to the vendor on the purchase order."),
    )
    inclusions = forms.CharField(label=gettext_lazy("Inclusions"), required=False, widget=forms.Textarea)
    exclusions = forms.CharField(label=gettext_lazy("Exclusions"), required=False, widget=forms.Textarea)
    ship_to = forms.CharField(label=gettext_lazy("Ship to"), required=False, widget=forms.Textarea)
    bill_to = forms.CharField(label=gettext_lazy("Bill to"), required=False, widget=forms.Textarea)
    payment_terms = forms.CharField(label=gettext_lazy("Payment terms"), required=False)
    delivers_on = day_field(gettext_lazy("Delivery date"))
    starts_on = day_field(gettext_lazy("Start date"))
    completes_on = day_field(gettext_lazy("Estimated completion"))
    signed_on = day_field(gettext_lazy("Signed on"))
    executed = forms.BooleanField(label=gettext_lazy("Executed"), required=False)
    uses_ssov = forms.BooleanField(
        label=gettext_lazy("Subcontractor schedule of values"),
        required=False,
        help_text=gettext_lazy("The subcontractor breaks each line down further. It is never sent to QuickBooks."),
    )

    def __init__(self, *given: Any, member: Membership, type: str, record: Commitment | None = None, **named: Any):
        super().__init__(*given, **named)
        self.record = record
        asked: Any = self.fields
        asked["vendor_id"].choices = [
            ("", gettext("Not chosen yet")),
            *((one.pk, one.name) for one in _vendors(member, record)),
        ]
        asked["stands"].choices = [(one, gettext(CommitmentStatus(one).label)) for one in _statuses(type, record)]
        if record is None:
            asked["number"].required = False
        for name in locked_fields(record) if record else ():
            asked[name].disabled = True
            asked[name].help_text = gettext(
                "QuickBooks has it so. Change it by a change order, or correct and replace it."
            )

    def clean(self) -> dict[str, Any]:
        """The status goes by its own name; `status` is how to answer."""
        return {**self.cleaned_data, "status": self.cleaned_data.get("stands", "")}

    def save(self, operation: Callable[[CommitmentDetails], R]) -> R | None:
        """As `DetailsForm.save`; what is wrong with the lines is said beside what is wrong with the head."""
        if not self.is_valid() and self.schedule is not None:
            self.schedule.check()
        return super().save(operation)

    def _say(self, refusal: Refusal) -> None:
        if not isinstance(refusal, InvalidInput) or self.schedule is None:
            super()._say(refusal)
            return
        of_lines = {name: said for name, said in refusal.errors.items() if name.startswith("lines.")}
        self.schedule.say(of_lines)
        renamed = {FIELDS_OF.get(name, name): said for name, said in refusal.errors.items()}
        rest = {name: said for name, said in renamed.items() if name not in of_lines}
        if of_lines:
            rest.setdefault("", []).append(gettext("Something is wrong in the lines. The reason is shown there."))
        super()._say(InvalidInput(refusal.sentence, errors=rest))

    @property
    def said(self) -> dict[str, Any]:
        """What was typed, to be shown again without judging it."""
        return {name: self.data.get(name, "") for name in self.fields}


def initial_of(record: Commitment) -> dict[str, Any]:
    """What the form shows of a commitment that is there."""
    said = details_of(record, CommitmentDetails)
    values = {one.name: getattr(said, one.name) for one in fields(CommitmentDetails)}
    return {**values, "stands": said.status, "seen": record.edition}


def _vendors(member: Membership, record: Commitment | None) -> list[Vendor]:
    found = vendors_for(member).select_related(None).only("name", "is_active").order_by("name_key")
    return [one for one in found if one.is_active or (record is not None and one.pk == record.vendor_id)]


def _statuses(type_: str, record: Commitment | None) -> list[str]:
    if record is not None and record.erp.synced_revision is not None:
        after = statuses_after_approval(type_)
        return after if record.status in after else [record.status, *after]
    return statuses_of(type_)


def locked_fields(record: Commitment) -> tuple[str, ...]:
    """The fields of the head that stand still now (domain.md §17)."""
    if record.erp.is_locked:
        return (*SENT_FIELDS, "stands")
    return SENT_FIELDS if record.is_kept else ()


class StatusForm(forms.Form):
    """Another business status."""

    status = forms.ChoiceField(label=gettext_lazy("Status"))

    def __init__(self, record: Commitment) -> None:
        super().__init__(initial={"status": record.status})
        chosen: Any = self.fields["status"]
        chosen.choices = [(one, gettext(CommitmentStatus(one).label)) for one in _statuses(record.type, record)]


class ReasonForm(forms.Form):
    """Why something is corrected or given back."""

    reason = forms.CharField(label=gettext_lazy("Reason"), widget=forms.Textarea, required=False)


#: Three forms with it stand on one page, where an id stands once.
_SEEN = forms.HiddenInput(attrs={"id": False})


class AccessForm(forms.Form):
    """Who may see the commitment."""

    private = forms.BooleanField(
        label=gettext_lazy("Private"),
        required=False,
        help_text=gettext_lazy("Only the people below, administrators and whoever decides on commitments see it."),
    )
    readers = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Who may see it"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(required=False, widget=_SEEN)

    def __init__(self, people: Iterable[Membership], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["readers"]
        chosen.choices = [(one.pk, f"{one}, {gettext(one.get_role_display()).lower()}") for one in people]


class ContactsForm(forms.Form):
    """Who of the subcontractor's people bills against the commitment."""

    contacts = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Invoice contacts"), required=False, coerce=int, widget=forms.CheckboxSelectMultiple
    )
    seen = forms.CharField(required=False, widget=_SEEN)

    def __init__(self, people: Iterable[Membership], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["contacts"]
        chosen.choices = [(one.pk, f"{one}, {one.user.email}") for one in people]


class DistributionForm(forms.Form):
    """Who of the company is told what the contacts submit."""

    people = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Invoice distribution"),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Nobody chosen: everybody who may change the commitment is told."),
    )
    seen = forms.CharField(required=False, widget=_SEEN)

    def __init__(self, people: Iterable[Membership], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        chosen: Any = self.fields["people"]
        chosen.choices = [(one.pk, f"{one}, {gettext(one.get_role_display()).lower()}") for one in people]


class AttachForm(forms.Form):
    """A file to attach."""

    file = forms.FileField(
        label=gettext_lazy("Add a file"),
        allow_empty_file=True,
        help_text=gettext_lazy("PDF, picture, text, CSV, Word, Excel, PowerPoint or DWG, at most 20 MB."),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )

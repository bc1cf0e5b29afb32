"""What a person types about cost codes and projects. The rules are the operations'; forms only carry their sentences.

No field has a length in the browser: it would cut a pasted name without a word.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, Generic, TypeVar

from django import forms
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext, gettext_lazy

from procore_sync.kit.fields import day_field, translated
from procore_sync.kit.refusals import InvalidInput, NotAllowed, Refusal
from procore_sync.kit.selects import QuickSelect, RecordChoice, offered
from projects.job_costs import NO_CODE
from projects.models import CostCode, CostDocument, Project, Stage
from projects.records import EditedMeanwhile, Record, details_of
from projects.rules import CostCodeDetails, ProjectDetails

D = TypeVar("D", bound=Any)
R = TypeVar("R", bound=Model)


class DetailsForm(forms.Form, Generic[D]):
    """A form over a dataclass of details. `seen` is the edition that the person has before them."""

    shape: type[D]
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)
    status = 200

    @classmethod
    def of(cls, record: Record) -> DetailsForm[D]:
        """The form filled with what `record` says."""
        said = details_of(record, cls.shape)
        values = {field.name: getattr(said, field.name) for field in fields(cls.shape)}
        return cls(initial={**values, "seen": record.edition})

    def save(self, operation: Callable[[D], R]) -> R | None:
        """What `operation` made of the details, or None: then the form says why, and `status` is how to answer.

        Raises:
            NotAllowed: that is no matter of what was typed.
        """
        if not self.is_valid():
            self.status = 422
            return None
        given = {field.name: self.cleaned_data[field.name] for field in fields(self.shape)}
        try:
            return operation(self.shape(**given))
        except NotAllowed:
            raise
        except Refusal as refusal:
            self._say(refusal)
            return None

    def _say(self, refusal: Refusal) -> None:
        self.status = refusal.http_status
        errors = refusal.errors if isinstance(refusal, InvalidInput) else {}
        for name, sentences in (errors or {"": [said_above(refusal)]}).items():
            for sentence in sentences:
                self.add_error(name if name in self.fields else None, sentence)

    @property
    def edition(self) -> int:
        """The edition that was seen; none that exists if the field was tampered with."""
        return self.cleaned_data.get("seen") or 0


def said_above(refusal: Refusal) -> str:
    """What a form says of `refusal` above all that was typed."""
    return refusal.in_a_form if isinstance(refusal, EditedMeanwhile) else refusal.sentence


class CostCodeForm(DetailsForm[CostCodeDetails]):
    """A cost code."""

    shape = CostCodeDetails
    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("At most 100 characters, no colon. It becomes the item's name in QuickBooks."),
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        required=False,
        help_text=gettext_lazy("Becomes the item's description for sales and purchases."),
    )


class AddressFields(forms.Form):
    """An address, as QuickBooks keeps it."""

    street = forms.CharField(label=gettext_lazy("Street"), required=False)
    city = forms.CharField(label=gettext_lazy("City"), required=False)
    state = forms.CharField(label=gettext_lazy("State or province"), required=False)
    postal_code = forms.CharField(label=gettext_lazy("Postal code"), required=False)
    country = forms.CharField(label=gettext_lazy("Country"), required=False)


class ProjectForm(AddressFields, DetailsForm[ProjectDetails]):
    """A project."""

    shape = ProjectDetails
    field_order = ["name", "number", "stage"]
    name = forms.CharField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("At most 100 characters, no colon. It becomes the job's name in QuickBooks."),
    )
    number = forms.CharField(label=gettext_lazy("Number"), required=False)
    stage = forms.ChoiceField(
        label=gettext_lazy("Stage"), choices=translated(Stage.choices), initial=Stage.PRE_CONSTRUCTION
    )
    starts_on = day_field(gettext_lazy("Starts on"))
    finishes_on = day_field(gettext_lazy("Finishes on"))
    erp_sync = forms.BooleanField(label=gettext_lazy("Sync this project with QuickBooks"), required=False, initial=True)
    uses_standard_codes = forms.BooleanField(
        label=gettext_lazy("Use the QuickBooks standard cost codes"), required=False, initial=True
    )
    has_sub_jobs = forms.BooleanField(
        label=gettext_lazy("Divide it into sub jobs"),
        required=False,
        help_text=gettext_lazy("Such a project cannot go to QuickBooks."),
    )
    job_costs = forms.BooleanField(
        label=gettext_lazy("Job costs from QuickBooks"),
        required=False,
        help_text=gettext_lazy(
            "What QuickBooks charges to the job is read every two hours and counts as its direct cost."
        ),
    )


class CostFilter(forms.Form):
    """What the list of costs can be narrowed by. `code` is a cost code's number, or `none`."""

    q = forms.CharField(label=gettext_lazy("Search"), required=False)
    project = RecordChoice(label=gettext_lazy("Project"))
    code = forms.ChoiceField(label=gettext_lazy("Cost code"), required=False, widget=QuickSelect)
    entity = forms.ChoiceField(
        label=gettext_lazy("Document"),
        required=False,
        choices=[("", gettext_lazy("Any")), *translated(CostDocument.choices)],
    )

    def __init__(self, query: QueryDict, projects: QuerySet[Project], codes: QuerySet[CostCode]) -> None:
        super().__init__(query)
        chosen: Any = self.fields
        chosen["project"].choices = offered(projects, "number", "name")
        every, *each = offered(codes, "code", "description")
        chosen["code"].choices = [every, (NO_CODE, gettext("Not coded")), *each]


class CodeForm(forms.Form):
    """Which code a cost gets, and which others with it."""

    code = forms.CharField(
        label=gettext_lazy("Cost code"), widget=forms.TextInput(attrs={"list": "codes", "autocomplete": "off"})
    )
    asks = forms.ChoiceField(label=gettext_lazy("Give it to"))
    everywhere = forms.BooleanField(label=gettext_lazy("In every project, not just in this one"), required=False)

    def __init__(self, offers: list[tuple[str, str]], *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        asks: Any = self.fields["asks"]
        asks.choices = offers


class UploadForm(forms.Form):
    """A file to import."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        allow_empty_file=True,
        help_text=gettext_lazy("CSV (commas, semicolons or tabs) or XLSX, at most 2,000 rows and 5 MB."),
        error_messages={"required": gettext_lazy("Choose a file first.")},
    )

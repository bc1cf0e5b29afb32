"""The shapes of invoices under /api/v1/."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from commitments.api import AttachmentSerializer
from invoices.models import InvoiceStatus, InvoiceType, Verdict
from invoices.payments import PaymentStatus
from invoices.review import FINISHES
from invoices.selectors import is_contact
from invoices.statuses import EXPORTABLE
from procore_sync.accounts.api import member_of
from procore_sync.kit.ticks import RowNumbers
from projects.api import RecordSerializer, text

#: The boxes of the G702 by what they are called here (domain.md §11.9).
BOXES = {
    "original": "Box 1.",
    "changes": "Box 2.",
    "contract": "Box 3.",
    "to_date": "Box 4.",
    "held_on_work": "Box 5a.",
    "held_on_stored": "Box 5b.",
    "held": "Box 5.",
    "earned": "Box 6.",
    "previous": "Box 7.",
    "due": "Box 8: what is to be paid now.",
    "balance": "Box 9.",
    "held_before": "Retainage held by the applications before.",
    "held_now": "Retainage withheld by this one.",
    "released": "Retainage released by this one.",
    "gross": "What is billed this period before retainage.",
}


def _amount(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(14, 2, **options)


def _read(**options: Any) -> serializers.DecimalField:
    return _amount(read_only=True, **options)


def _typed(places: int = 2, **options: Any) -> serializers.DecimalField:
    """An amount as somebody gives it; half cents come in, so that the operation's sentence is the answer."""
    return serializers.DecimalField(16, places + 2, required=False, allow_null=True, default=None, **options)


def _due_on() -> serializers.DateField:
    told = "When payment is due; what is left out stays."
    return serializers.DateField(required=False, allow_null=True, default=None, help_text=told)


class SummarySerializer(serializers.Serializer[Any]):
    """The boxes of the G702, and the roll-forward of retainage."""

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """A field a box."""
        return {name: _read(help_text=words) for name, words in BOXES.items()}


class InvoiceLineSerializer(serializers.Serializer[Any]):
    """A line of the G703 by its letters. `key` is its identity for ever, here and in the purchase order."""

    key = serializers.CharField()
    code = serializers.CharField(source="source.code.cost_code.code")
    description = serializers.CharField()
    scheduled = _read(help_text="C.")
    completed_before = _read(help_text="D.")
    completed = _read(help_text="E.")
    stored = _read(help_text="F.")
    stored_before = _read()
    to_date = _read(source="figures.to_date", help_text="G.")
    # Wide enough for the largest amount that is billed on a line of one cent.
    percent = serializers.DecimalField(20, 2, read_only=True, source="figures.percent", help_text="G ÷ C in percent.")
    balance = _read(source="figures.balance", help_text="H.")
    work_percent = serializers.DecimalField(5, 2, allow_null=True, help_text="Null where money was typed.")
    work_retained = _read()
    stored_percent = serializers.DecimalField(5, 2, allow_null=True)
    stored_held = _read()
    released = _read()
    held = _read(source="figures.held", help_text="I.")
    gross = _read(source="figures.gross")
    due = _read(source="figures.due")
    claimed = _amount(read_only=True, allow_null=True, help_text="Billed this period as it was submitted.")
    verdict = serializers.ChoiceField(choices=Verdict.choices, read_only=True)
    reason = serializers.CharField(read_only=True)


class LineBillingSerializer(serializers.Serializer[Any]):
    """What is billed on a line; what is left out stays. Of money and percentage give one."""

    key = serializers.CharField(max_length=20)
    completed = _typed(help_text="E.")
    completed_percent = _typed(help_text="E in percent of C.")
    stored = _typed(help_text="F.")
    work_percent = _typed()
    work_retained = _typed()
    stored_percent = _typed()
    stored_held = _typed()
    released = _typed()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A line that is changed with some of the head has to be named all the same.

        Raises:
            ValidationError: it is not.
        """
        if "key" not in attrs:
            raise serializers.ValidationError({"key": ["Say which line it is."]})
        return attrs


class PaidSerializer(serializers.Serializer[Any]):
    """How far an application is paid: of its bill in QuickBooks, which may carry tax, else of what is due."""

    status = serializers.ChoiceField(choices=PaymentStatus.choices, read_only=True)
    owed = _read()
    paid = _read()
    open = _read()


class InvoiceSerializer(RecordSerializer):
    """An application for payment. `business_status` is its own; `status` is where it stands with accounting, for people
    of the company only, as are `revision` and `synced_revision`.
    """

    commitment = serializers.IntegerField(source="commitment_id")
    period = serializers.IntegerField(source="period_id", read_only=True)
    sequence = serializers.IntegerField(read_only=True, help_text="The application number.")
    number = text(help_text="The suggested one, if you leave it out.")
    type = serializers.ChoiceField(choices=InvoiceType.choices, required=False)
    business_status = serializers.ChoiceField(source="status", choices=InvoiceStatus.choices, read_only=True)
    billed_on = serializers.DateField(required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    due_on = serializers.DateField(required=False, allow_null=True)
    note = text()
    as_credit = serializers.BooleanField(required=False)
    amount = serializers.DecimalField(14, 2, source="erp.amount", read_only=True, help_text="What is due.")
    remark = serializers.CharField(read_only=True)
    is_correcting = serializers.BooleanField(read_only=True)
    submitted_at = serializers.DateTimeField(read_only=True, allow_null=True)
    reviewed_at = serializers.DateTimeField(read_only=True, allow_null=True)
    status = serializers.CharField(source="erp.status", read_only=True)
    payment = PaidSerializer(
        source="settled", read_only=True, allow_null=True, help_text="Null before something is to be paid of it."
    )

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Without what is for the company's own people, where a contact asks."""
        told: dict[str, Any] = super().to_representation(instance)
        if is_contact(member_of(self.context["request"])):
            told |= {"status": "", "revision": None, "synced_revision": None}
        return told


class WholeInvoiceSerializer(InvoiceSerializer):
    """An application with its boxes and its lines as they stand."""

    summary = SummarySerializer(read_only=True)
    lines = InvoiceLineSerializer(many=True, read_only=True, source="shown_lines")


class ChangedInvoiceSerializer(InvoiceSerializer):
    """What is said of an application and of some of its lines; `edition` is the one that you read."""

    commitment = serializers.IntegerField(source="commitment_id", required=False)
    lines = LineBillingSerializer(many=True, required=False, source="said_lines")


class VerdictSerializer(LineBillingSerializer):
    """What the review says of a line, and what it makes of its amounts."""

    verdict = serializers.ChoiceField(choices=Verdict.choices, required=False, allow_blank=True, default="")
    reason = text()


class ReviewSerializer(serializers.Serializer[Any]):
    """Verdicts, and how the review ends; without `finish`, a rejected line brings the application back."""

    edition = serializers.IntegerField(required=False, allow_null=True, default=None)
    lines = VerdictSerializer(many=True)
    finish = serializers.ChoiceField(choices=[(one, one) for one in FINISHES], required=False, default="")
    remark = text()
    due_on = _due_on()


class ApprovalSerializer(serializers.Serializer[Any]):
    """Which status of approval; with an outdated `edition` nothing is approved (409)."""

    edition = serializers.IntegerField(required=False, allow_null=True, default=None)
    business_status = serializers.ChoiceField(choices=[(one, one) for one in sorted(EXPORTABLE)])
    remark = text()
    due_on = _due_on()


class ReturnSerializer(serializers.Serializer[Any]):
    """What has to be revised; with an outdated `edition` nothing is given back (409)."""

    edition = serializers.IntegerField(required=False, allow_null=True, default=None)
    remark = text()


class ReasonSerializer(serializers.Serializer[Any]):
    """Why the bill in QuickBooks is corrected."""

    reason = text()


class ReleaseSerializer(serializers.Serializer[Any]):
    """The percentage of the work to date that stays held."""

    edition = serializers.IntegerField()
    percent = serializers.DecimalField(16, 4)


class ChosenInvoices(serializers.Serializer[Any]):
    """Invoices, by their ids."""

    invoices = RowNumbers(max_length=500)


_LEDGER_STATE = "goes, waiting, sending, unknown, there, refused or stays; empty where files stay in the console."


class InvoiceFileSerializer(AttachmentSerializer):
    """A file that is kept with an invoice."""

    ledger_state = serializers.CharField(read_only=True, help_text=_LEDGER_STATE)
    ledger_sentence = serializers.CharField(read_only=True)


class BoxSerializer(serializers.Serializer[Any]):
    """A box of the G702."""

    number = serializers.CharField()
    words = serializers.CharField()
    amount = _read()


class SheetSerializer(serializers.Serializer[Any]):
    """What is printed on the G702 and G703."""

    owner = serializers.CharField()
    contractor = serializers.CharField()
    project = serializers.CharField()
    contract = serializers.CharField()
    contract_date = serializers.DateField()
    application = serializers.IntegerField()
    number = serializers.CharField()
    billed_on = serializers.DateField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    status = serializers.CharField()
    remark = serializers.CharField()
    boxes = BoxSerializer(many=True)
    summary = SummarySerializer()
    lines = InvoiceLineSerializer(many=True)


class StepSerializer(serializers.Serializer[Any]):
    """How much is withheld once so much is complete, both in percent."""

    from_complete = serializers.DecimalField(16, 4, normalize_output=True)
    percent = serializers.DecimalField(16, 4, normalize_output=True)


class StepsSerializer(serializers.Serializer[Any]):
    """The steps of a commitment's sliding retainage, in order; `default` holds before the first. With `seen`, as it was
    read, nothing is saved once somebody has changed them since.
    """

    default = serializers.DecimalField(5, 2, read_only=True)
    steps = StepSerializer(many=True)
    seen = serializers.CharField(required=False, allow_blank=True)

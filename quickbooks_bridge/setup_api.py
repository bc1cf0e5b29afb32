"""The set-up of invoices under /api/v1/: the checklist of the page, and the same refusals."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_serializer
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from procore_sync.accounts.access import Right, require
from procore_sync.accounts.api import entered, member_of
from procore_sync.accounts.idempotency import IdempotentWrites
from procore_sync.kit.refusals import Refusal
from quickbooks_bridge import bill_setup
from quickbooks_bridge.models import Connection
from quickbooks_bridge.selectors import connections_for


class StepAnswer(serializers.Serializer[Any]):
    """One step of the checklist. Invoices can go without a step that is not required."""

    key = serializers.CharField()
    title = serializers.CharField()
    is_done = serializers.BooleanField()
    is_required = serializers.BooleanField(source="required")
    sentence = serializers.CharField()


@extend_schema_serializer(many=False)
class SetUpAnswer(serializers.Serializer[Any]):
    """How far the set-up is: not_configured, retainage_item_chosen, active or payments_on. `seen` is what is given back
    to change exactly this; "" before QuickBooks is connected.
    """

    state = serializers.CharField()
    is_active = serializers.BooleanField()
    class_needed = serializers.BooleanField()
    location_needed = serializers.BooleanField()
    papers_needed = serializers.BooleanField()
    files_go = serializers.BooleanField()
    seen = serializers.CharField(allow_blank=True)
    steps = StepAnswer(many=True)


class InvoiceSetUpChoices(serializers.Serializer[Any]):
    """What invoices are posted with, by QuickBooks id; what is left out stays as it is. With `seen`, that of the
    set-up as it was read, nothing is saved if somebody has chosen otherwise since.
    """

    retainage_item = serializers.CharField(required=False)
    work_tax_code = serializers.CharField(required=False)
    retainage_tax_code = serializers.CharField(required=False)
    class_needed = serializers.ChoiceField(["yes", "no"], required=False)
    location_needed = serializers.ChoiceField(["yes", "no"], required=False)
    papers_needed = serializers.ChoiceField(["yes", "no"], required=False)
    files_go = serializers.ChoiceField(["yes", "no"], required=False)
    seen = serializers.CharField(required=False)


class NewItem(serializers.Serializer[Any]):
    """The accounts of the item, by QuickBooks id. The same `token` again makes no second one."""

    liability = serializers.CharField()
    income = serializers.CharField()
    token = serializers.RegexField(r"^[A-Za-z0-9-]{1,36}$")


class SetUpViewSet(IdempotentWrites, viewsets.ViewSet):
    """What has to be in place before an invoice can go to QuickBooks; worked out, never stored."""

    @extend_schema(responses=SetUpAnswer)
    def list(self, request: Request) -> Response:
        """The checklist as QuickBooks said it last."""
        require(member_of(request), Right.VIEW)
        return self._answer(request)

    @extend_schema(request=None, responses=SetUpAnswer)
    @action(detail=False, methods=["post"])
    def check(self, request: Request) -> Response:
        """Look in QuickBooks, then the checklist."""
        told = bill_setup.look(_row(request))
        if told:
            raise Refusal(told)
        return self._answer(request)

    @extend_schema(request=InvoiceSetUpChoices, responses=SetUpAnswer)
    @action(detail=False, methods=["post"])
    def choose(self, request: Request) -> Response:
        """Choose the retainage item and the tax codes, and what a bill needs."""
        row, chosen = _row(request), entered(InvoiceSetUpChoices(data=request.data))
        bill_setup.choose(row, chosen, by=member_of(request))
        return self._answer(request)

    @extend_schema(request=NewItem, responses=SetUpAnswer)
    @action(detail=False, methods=["post"], url_path="retainage-item")
    def retainage_item(self, request: Request) -> Response:
        """Make the retainage item in QuickBooks and choose it."""
        row, wanted = _row(request), entered(NewItem(data=request.data))
        bill_setup.create_item(row, wanted, by=member_of(request))
        return self._answer(request)

    def _answer(self, request: Request) -> Response:
        member = member_of(request)
        return Response(SetUpAnswer(bill_setup.set_up_of(member.company_id, connections_for(member).first())).data)


def _row(request: Request) -> Connection:
    member = member_of(request)
    require(member, Right.MAP)
    return get_object_or_404(connections_for(member))


api_routes: list[tuple[str, type[viewsets.ViewSetMixin], str]] = [
    ("quickbooks/invoice-set-up", SetUpViewSet, "quickbooks-invoice-set-up"),
]

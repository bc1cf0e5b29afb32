"""The API's composition: every app's routes under /api/v1/, its OpenAPI document and its browsable description."""

from __future__ import annotations

from functools import cache
from typing import Any

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.renderers import BaseRenderer
from rest_framework.routers import Route, SimpleRouter

from budgets.api import api_routes as budgets
from budgets.company_rules_api import api_routes as project_rules
from budgets.job_cost_api import api_routes as job_costs
from change_orders.api import api_routes as change_orders
from commitments.api import api_routes as commitments
from invoices.api import api_routes as invoices
from invoices.billing_api import api_routes as billing
from invoices.payment_api import api_routes as payments
from procore_sync.acceptance.api import api_routes as acceptance
from procore_sync.acceptance.company_api import api_routes as rules
from procore_sync.acceptance.webhooks.api import api_routes as webhooks
from procore_sync.accounts.authentication import TokenOfMember
from procore_sync.accounts.people_api import api_routes as people
from procore_sync.copying.api import api_routes as copying
from projects.api import api_routes as projects
from projects.cost_api import api_routes as transactions
from quickbooks_bridge.api import api_routes as quickbooks
from quickbooks_bridge.cost_api import api_routes as readings
from quickbooks_bridge.drift_api import api_routes as drifts
from quickbooks_bridge.edition_api import api_routes as set_up
from quickbooks_bridge.file_api import api_routes as bill_files
from quickbooks_bridge.health_api import api_routes as sync_health
from quickbooks_bridge.mapping_api import api_routes as mappings
from quickbooks_bridge.month_end.api import api_routes as month_ends
from quickbooks_bridge.onboarding.document_api import api_routes as onboarding
from quickbooks_bridge.payment_api import api_routes as payment_readings
from quickbooks_bridge.reconciling.ahead_api import api_routes as findings
from quickbooks_bridge.reconciling.api import api_routes as reconciliation
from quickbooks_bridge.search_api import api_routes as search
from quickbooks_bridge.setup_api import api_routes as invoice_set_up
from quickbooks_bridge.tie_out_api import api_routes as tie_outs
from quickbooks_bridge.watch_api import api_routes as watching
from vendors.api import api_routes as vendors

app_name = "api"


class Router(SimpleRouter):
    """Also changes what there is one of where it is read: PATCH at the address of the list."""

    routes = [
        one._replace(mapping={**one.mapping, "patch": "change_the_one"})
        if isinstance(one, Route) and not one.detail
        else one
        for one in SimpleRouter.routes
    ]


router = Router(use_regex_path=False)
ROUTES = (
    *acceptance,
    *webhooks,
    *projects,
    *vendors,
    *budgets,
    *commitments,
    *change_orders,
    *billing,
    *invoices,
    *payments,
    *job_costs,
    *transactions,
    *quickbooks,
    *onboarding,
    *readings,
    *set_up,
    *invoice_set_up,
    *bill_files,
    *mappings,
    *payment_readings,
    *tie_outs,
    *month_ends,
    *drifts,
    *watching,
    *sync_health,
    *findings,
    *reconciliation,
    *people,
    *rules,
    *project_rules,
    *copying,
    *search,
)
for prefix, viewset, name in ROUTES:
    router.register(prefix, viewset, name)

_AUTHENTICATION = [TokenOfMember, SessionAuthentication]


@cache
def _description() -> dict[str, Any]:
    made: dict[str, Any] = SchemaGenerator(urlconf="procore_sync.urls").get_schema(public=True)  # type: ignore[no-untyped-call]
    return made


class DescribedOnce(SchemaGenerator):
    """The description of the API, which takes seconds to make and is the same for everybody: once a process."""

    def get_schema(self, request: Any = None, public: bool = False) -> Any:
        """All of it; who may do what is no part of it."""
        return _description()


@cache
def _written(renderer: type[BaseRenderer], media_type: str | None) -> Any:
    return renderer().render(_description(), media_type, {})


class WrittenOnce:
    """Before a renderer: the description's text is made once a process too, and each refusal as it comes."""

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        """The text of `data`."""
        if data is _description():
            return _written(type(self).__bases__[1], accepted_media_type)
        return super().render(data, accepted_media_type, renderer_context)  # type: ignore[misc]  # the renderer's


class Description(SpectacularAPIView):
    """The description, as YAML or JSON."""

    authentication_classes = _AUTHENTICATION
    generator_class = DescribedOnce
    renderer_classes = [type(one.__name__, (WrittenOnce, one), {}) for one in SpectacularAPIView.renderer_classes]


@csrf_exempt
def nothing_here(request: HttpRequest, rest: str) -> JsonResponse:
    """What a program reads at an address that the API does not have."""
    return JsonResponse({"detail": f"The API has nothing at {request.path}. See /api/v1/docs/."}, status=404)


urlpatterns = [
    *router.urls,
    path("schema/", Description.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", authentication_classes=_AUTHENTICATION),
        name="docs",
    ),
    path("<path:rest>", nothing_here, name="nothing_here"),
]

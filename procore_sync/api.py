"""The API's composition: every app's routes under /api/v1/, its OpenAPI document and its browsable description."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.routers import SimpleRouter

from procore_sync.acceptance.api import api_routes as acceptance
from procore_sync.accounts.authentication import TokenOfMember

app_name = "api"

router = SimpleRouter(use_regex_path=False)
for prefix, viewset, name in [*acceptance]:
    router.register(prefix, viewset, name)

_AUTHENTICATION = [TokenOfMember, SessionAuthentication]

urlpatterns = [
    *router.urls,
    path("schema/", SpectacularAPIView.as_view(authentication_classes=_AUTHENTICATION), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", authentication_classes=_AUTHENTICATION),
        name="docs",
    ),
]

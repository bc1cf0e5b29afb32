"""The house's addresses, with the API of vendors, cost codes and projects whether or not it is mounted there."""

from django.urls import URLPattern, URLResolver, include, path
from rest_framework.routers import SimpleRouter

from projects.api import api_routes as projects_routes
from vendors.api import api_routes as vendors_routes

router = SimpleRouter(use_regex_path=False)
for prefix, viewset, basename in [*projects_routes, *vendors_routes]:
    router.register(prefix, viewset, basename=f"domain-{basename}")

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include(router.urls)),
    path("", include("procore_sync.urls")),
]

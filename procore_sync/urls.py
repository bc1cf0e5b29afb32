"""All addresses of the console."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("procore_sync.health")),
    path("", include("procore_sync.acceptance.urls")),
]

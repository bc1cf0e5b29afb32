"""All addresses of the console."""

from django.urls import URLPattern, URLResolver, include, path

from procore_sync import api, home

handler400 = "procore_sync.bad_requests.answer"
handler500 = "procore_sync.outages.answer"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("procore_sync.health")),
    path("", home.home, name="home"),
    path("", include("procore_sync.kit.urls")),
    path("help/", include("procore_sync.help.urls")),
    path("settings/copy/", include("procore_sync.copying.urls")),
    path("", include("procore_sync.accounts.urls")),
    path("", include("procore_sync.acceptance.urls")),
    path("", include("projects.urls")),
    path("", include("vendors.urls")),
    path("", include("budgets.urls")),
    path("", include("commitments.urls")),
    path("", include("change_orders.urls")),
    path("", include("invoices.urls")),
    path("quickbooks/", include("quickbooks_bridge.urls")),
    path("api/v1/", include(api)),
]

"""The console's addresses with those of QuickBooks, wherever the whole list stands."""

from django.urls import URLPattern, URLResolver, include, path

from procore_sync.urls import urlpatterns as console

_known = {getattr(one, "namespace", None) for one in console}
urlpatterns: list[URLPattern | URLResolver] = [
    *console,
    *(
        path(address, include(module))
        for address, module, namespace in (
            ("quickbooks/", "quickbooks_bridge.urls", "quickbooks_bridge"),
            ("theme/", "procore_sync.kit.urls", "kit"),
        )
        if namespace not in _known
    ),
]

"""Addresses of invoicing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from invoices import payment_views

app_name = "invoices"

payments: list[URLPattern | URLResolver] = [
    path("payments/", payment_views.payments, name="payments"),
    path("payments.<str:extension>", payment_views.payments_file, name="payments_file"),
    path("payments/<int:pk>/", payment_views.payment, name="payment"),
    path("payments/<int:pk>/attach/", payment_views.attach_to_payment, name="attach_to_payment"),
    path("payments/<int:pk>/files/<int:file_pk>/", payment_views.payment_file, name="payment_file"),
    path(
        "payments/<int:pk>/files/<int:file_pk>/remove/", payment_views.remove_payment_file, name="remove_payment_file"
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*payments]

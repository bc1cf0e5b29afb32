"""Addresses of invoicing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from invoices import billing_views

app_name = "invoices"

billing: list[URLPattern | URLResolver] = [
    path("billing/", billing_views.billing, name="billing"),
    path("billing/projects/<int:pk>/", billing_views.project_billing, name="project_billing"),
    path("billing/projects/<int:pk>/settings/", billing_views.billing_settings, name="billing_settings"),
    path("billing/projects/<int:pk>/open/", billing_views.open_period, name="open_period"),
    path("billing/periods/<int:pk>/", billing_views.period, name="period"),
    path("billing/periods/<int:pk>/edit/", billing_views.edit_period, name="edit_period"),
    path("billing/periods/<int:pk>/invite/", billing_views.invite, name="invite"),
    path("billing/commitments/<int:pk>/", billing_views.billed_commitment, name="billed_commitment"),
    path("billing/invites/<int:pk>/answer/", billing_views.answer_invite, name="answer_invite"),
    path("billing/link/<str:token>/", billing_views.invite_link, name="invite_link"),
]

urlpatterns: list[URLPattern | URLResolver] = [*billing]

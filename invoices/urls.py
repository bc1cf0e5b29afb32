"""Addresses of invoicing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from invoices import (
    billing_views,
    file_views,
    list_file,
    payment_views,
    print_views,
    retainage_views,
    review_views,
    views,
)

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

applications: list[URLPattern | URLResolver] = [
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/file.<str:extension>", list_file.invoices_file, name="invoices_file"),
    path("invoices/new/", views.new_invoice, name="new_invoice"),
    path("invoices/send/", views.send_several, name="send_several"),
    path("invoices/<int:pk>/", views.invoice, name="invoice"),
    path("invoices/<int:pk>/edit/", views.edit_invoice, name="edit_invoice"),
    path("invoices/<int:pk>/submit/", views.submit, name="submit"),
    path("invoices/<int:pk>/move/", views.move, name="move"),
    path("invoices/<int:pk>/void/", views.void, name="void"),
    path("invoices/<int:pk>/delete/", views.delete, name="delete"),
    path("invoices/<int:pk>/release/", retainage_views.release, name="release"),
    path("invoices/<int:pk>/review/", review_views.review, name="review"),
    path("invoices/<int:pk>/status/", review_views.set_status, name="set_status"),
    path("invoices/<int:pk>/return/", review_views.give_back, name="return"),
    path("invoices/<int:pk>/correct/", review_views.correct, name="correct"),
    path("invoices/<int:pk>/correct/undo/", review_views.end_correction, name="end_correction"),
    path("invoices/<int:pk>/files/", file_views.attach, name="attach"),
    path("invoices/<int:pk>/files/<int:file_pk>/", file_views.file, name="file"),
    path("invoices/<int:pk>/files/<int:file_pk>/remove/", file_views.remove, name="remove_file"),
    path("invoices/<int:pk>/print/", print_views.printed, name="print"),
    path("invoices/<int:pk>/application.pdf", print_views.pdf, name="pdf"),
    path("commitments/<int:pk>/retainage/", retainage_views.retainage, name="retainage"),
]

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

urlpatterns: list[URLPattern | URLResolver] = [*billing, *applications, *payments]

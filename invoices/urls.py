"""Addresses of invoicing."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path

from invoices import file_views, print_views, retainage_views, review_views, views

app_name = "invoices"
urlpatterns: list[URLPattern | URLResolver] = [
    path("invoices/", views.invoices, name="invoices"),
    path("invoices/new/", views.new_invoice, name="new_invoice"),
    path("invoices/send/", views.send_several, name="send_several"),
    path("invoices/<int:pk>/", views.invoice, name="invoice"),
    path("invoices/<int:pk>/edit/", views.edit_invoice, name="edit_invoice"),
    path("invoices/<int:pk>/submit/", views.submit, name="submit"),
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
    path("commitments/<int:pk>/retainage/", retainage_views.retainage, name="retainage"),
]

"""Addresses of change orders."""

from django.urls import path

from change_orders import list_file, request_views, views

app_name = "change_orders"
urlpatterns = [
    path("change-orders/", views.change_orders, name="change_orders"),
    path("change-orders/file.<str:extension>", list_file.change_orders_file, name="change_orders_file"),
    path("change-orders/new/", views.start, name="start"),
    path("change-orders/<int:pk>/", views.change_order, name="change_order"),
    path("change-orders/<int:pk>/edit/", views.edit_change_order, name="edit_change_order"),
    path("change-orders/<int:pk>/approve/", views.approve, name="approve"),
    path("change-orders/<int:pk>/reject/", views.reject, name="reject"),
    path("change-orders/<int:pk>/collect/", views.collect_into_order, name="collect"),
    path("change-orders/<int:pk>/take-out/<int:request_pk>/", views.take_out_of_order, name="take_out"),
    path("change-requests/<int:pk>/", request_views.request_page, name="request"),
    path("change-requests/<int:pk>/edit/", request_views.edit_request, name="edit_request"),
    path("change-requests/<int:pk>/approve/", request_views.approve, name="approve_request"),
    path("change-requests/<int:pk>/reject/", request_views.reject, name="reject_request"),
    path("change-requests/<int:pk>/collect/", request_views.collect_into_request, name="collect_into_request"),
    path(
        "change-requests/<int:pk>/take-out/<int:request_pk>/",
        request_views.take_out_of_request,
        name="take_out_of_request",
    ),
    path("commitments/<int:pk>/change-orders/new/", views.new_change_order, name="new_change_order"),
    path("commitments/<int:pk>/change-requests/new/<str:tier>/", request_views.new_request, name="new_request"),
    path("projects/<int:pk>/change-settings/", views.settings, name="settings"),
]

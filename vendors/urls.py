"""Addresses of vendors."""

from django.urls import path

from vendors import views

app_name = "vendors"
urlpatterns = [
    path("vendors/", views.vendors, name="vendors"),
    path("vendors/new/", views.new_vendor, name="new_vendor"),
    *views.vendor_imports.urls("vendors/"),
    views.vendor_file.url,
    path("vendors/<int:pk>/", views.vendor, name="vendor"),
    path("vendors/<int:pk>/edit/", views.edit_vendor, name="edit_vendor"),
    path("vendors/<int:pk>/active/", views.set_vendor_active, name="set_vendor_active"),
]

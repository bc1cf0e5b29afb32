"""Addresses of change orders."""

from django.urls import URLPattern

app_name = "change_orders"
urlpatterns: list[URLPattern] = []

"""Addresses of help."""

from django.urls import path

from procore_sync.help import views

app_name = "help"
urlpatterns = [
    path("", views.help_page, name="help"),
    path("errors/", views.error_list, name="errors"),
    path("errors/<slug:code>/", views.error, name="error"),
    path("workflows/<slug:key>/", views.workflow, name="workflow"),
    path("first-steps/", views.first_steps, name="first_steps"),
]

"""Addresses of copying settings."""

from django.urls import path

from procore_sync.copying import views

app_name = "copying"
urlpatterns = [
    path("", views.sources, name="sources"),
    path("file/", views.from_file, name="file"),
    path("settings.json", views.download, name="download"),
    path("<int:pk>/", views.from_company, name="company"),
]

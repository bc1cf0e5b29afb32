"""Addresses of the look itself: the theme switch and the page that shows every component."""

from django.urls import path

from procore_sync.kit import views

app_name = "kit"

urlpatterns = [
    path("theme/", views.theme, name="theme"),
    path("components/", views.components, name="components"),
    path("components/inbox/", views.inbox_sample, name="inbox_sample"),
    path("components/review/<slug:state>/", views.review_sample, name="review_sample"),
    path("components/refused/", views.refused_sample, name="refused_sample"),
]

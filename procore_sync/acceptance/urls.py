"""Addresses of the inbox, the review page and the decisions."""

from django.urls import path

from procore_sync.acceptance import views

app_name = "acceptance"
urlpatterns = [
    path("inbox/", views.inbox, name="inbox"),
    path("review/<int:pk>/", views.review, name="review"),
    path("review/<int:pk>/send/", views.send, name="send"),
    path("review/<int:pk>/retrieve/", views.retrieve, name="retrieve"),
    path("review/<int:pk>/accept/", views.accept, name="accept"),
    path("review/<int:pk>/reject/", views.reject, name="reject"),
    path("review/<int:pk>/retry/", views.retry, name="retry"),
    path("review/<int:pk>/unlink/", views.unlink, name="unlink"),
]

"""The Celery application. Tasks carry an id and are only bells: the database is the queue of record."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "procore_sync.settings")

app = Celery("procore_sync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

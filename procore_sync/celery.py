"""The Celery application. Tasks carry an id and are only bells: the database is the queue of record."""

import os
import sys

from celery import Celery
from celery.signals import task_prerun, worker_init
from django.db import close_old_connections
from django.urls import reverse

from procore_sync.broker import outlive_redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "procore_sync.settings")
# `manage.py migrate` and ./console check make Django's checks; here they would cost a third of a start, beat's too.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

outlive_redis()
app = Celery("procore_sync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery's own fixup closes the database connection around every task, which costs more than a task does. Instead the
# connection is kept as long as the settings say, and looked after as a request's is: closed when broken or too old.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@worker_init.connect
def load_pages(**kwargs: object) -> None:
    """Whoever is told of a record is told its page: loaded once here, not again by each process of the pool."""
    reverse("home")


@task_prerun.connect
def look_after_connections(**kwargs: object) -> None:
    """Close what is broken or too old; the task then opens a new one."""
    close_old_connections()

"""The Celery application. Tasks carry an id and are only bells: the database is the queue of record."""

import os
import sys

from celery import Celery
from celery.signals import task_prerun
from django.db import close_old_connections

from procore_sync.broker import outlive_redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "procore_sync.settings")
# Django's checks load every page and cost a third of a start; `manage.py migrate` has made them before.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")

outlive_redis()
app = Celery("procore_sync")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

# Celery's own fixup closes the database connection around every task, which costs more than a task does. Instead the
# connection is kept as long as the settings say, and looked after as a request's is: closed when broken or too old.
app.conf["CELERY_DB_REUSE_MAX"] = sys.maxsize


@task_prerun.connect
def look_after_connections(**kwargs: object) -> None:
    """Close what is broken or too old; the task then opens a new one."""
    close_old_connections()

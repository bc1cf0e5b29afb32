"""Composition of the console: settings, URLs, Celery. Imports anyone, is imported by nobody."""

from procore_sync.celery import app as celery_app

__all__ = ["celery_app"]

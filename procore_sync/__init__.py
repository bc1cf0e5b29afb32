"""Composition of the console: settings, URLs, Celery. Imports anyone, is imported by nobody."""

import gc

# A process makes some hundred thousand objects while it starts and keeps them; looking through them after every 700 new
# ones took a fifth of its start. Set before the imports that make them.
gc.set_threshold(50_000, 10, 10)

from procore_sync.celery import app as celery_app  # noqa: E402

__all__ = ["celery_app"]

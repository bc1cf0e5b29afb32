"""Composition of the console: settings, URLs, Celery. Imports anyone, is imported by nobody."""

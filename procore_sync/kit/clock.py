"""The one clock that all hosts go by: that of the database."""

from __future__ import annotations

from datetime import datetime

from django.db import connection
from django.utils import timezone


def database_time() -> datetime:
    """Now, by the database's clock. What one host writes and another compares is timed by it, since the clock of a host
    may be minutes wrong. One short query; SQLite has no clock but the host's.

    Raises:
        django.db.Error: the database does not answer.
    """
    if connection.vendor != "postgresql":
        return timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        (at,) = cursor.fetchone()
    found: datetime = at
    return found

"""A test's own database, taken away and given back: the server ends its sessions and takes no new ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg2
from django.db import connection


class Outage:
    """Sits at the server's own database, since from its own nobody can be kept out."""

    def __init__(self) -> None:
        parts = connection.settings_dict
        self._name = str(parts["NAME"])
        self._server = psycopg2.connect(
            host=parts["HOST"],
            port=parts["PORT"] or None,
            user=parts["USER"],
            password=parts["PASSWORD"] or None,
            dbname="postgres",
        )
        self._server.autocommit = True

    def begin(self) -> None:
        """Nobody gets in, and whoever was in is out, in the middle of whatever it did."""
        connection.close()
        with self._server.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS false')
            cursor.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [self._name])

    def end(self) -> None:
        with self._server.cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{self._name}" ALLOW_CONNECTIONS true')

    def close(self) -> None:
        self.end()
        self._server.close()


@contextmanager
def outages() -> Iterator[Outage]:
    """Whatever happens in the block, the database is there afterwards."""
    outage = Outage()
    try:
        yield outage
    finally:
        outage.close()

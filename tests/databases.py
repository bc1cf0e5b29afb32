"""The test database, copied from one that was migrated before: every test process needs one, and migrating is slow."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, redirect_stdout, suppress
from functools import cache
from io import StringIO
from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase
from django.test.utils import setup_databases, teardown_databases

from procore_sync.development.children import ROOT

KEPT = ROOT / ".var" / "tests"
# What a migrated database is made from: our migrations, and the packages that bring theirs.
SOURCES = ("*/migrations/*.py", "*/*/migrations/*.py", "requirements.lock", "procore_sync/settings.py")
LOCK = 7_215_403
MIGRATED = {"django_content_type", "auth_permission"}
APPEND_ONLY = {
    "acceptance_event",
    "accounts_rightschange",
    "quickbooks_bridge_monthendstatement",
    "quickbooks_bridge_onboardingentry",
    "quickbooks_bridge_tieoutsignoff",
}


@contextmanager
def test_database() -> Iterator[None]:
    """A test database with every migration applied, for as long as the block lasts."""
    # What several threads or processes have committed is not rolled back: after such a test Django empties the tables.
    TransactionTestCase._fixture_teardown = lambda self: empty()  # type: ignore[attr-defined]
    copied = _copied_on_postgresql() if connection.vendor == "postgresql" else _copied_in_memory()
    # Django says aloud that the cache's table is there already.
    with redirect_stdout(StringIO()), copied:
        made = setup_databases(verbosity=0, interactive=False, aliases={"default": True}, serialized_aliases=set())
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Only a crash of the server itself could tell the difference, and no test has one.
            cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit TO off')
        connection.close()
    yield
    end_other_sessions()
    teardown_databases(made, verbosity=0)


def digest() -> str:
    """Another one whenever a migrated database would be another."""
    found = hashlib.sha256()
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _copied_in_memory() -> Iterator[None]:
    """SQLite: `setup_databases` finds the tables in its memory already; if none were kept, it makes those to keep."""
    kept = KEPT / f"{digest()}.sqlite3"
    with _one_at_a_time():
        if not kept.exists():
            yield
            _keep(kept)
            return
    # A database in memory lasts as long as one connection to it.
    memory = sqlite3.connect(f"file:memorydb_{connection.alias}?mode=memory&cache=shared", uri=True)
    with closing(memory), closing(sqlite3.connect(kept)) as source:
        source.backup(memory)
        yield


@contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Of several test processes one migrates and the others wait for it; where files cannot be locked, all migrate."""
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        with suppress(ImportError):
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _keep(kept: Any) -> None:
    for older in KEPT.glob("*.sqlite3"):
        older.unlink(missing_ok=True)
    connection.ensure_connection()
    half = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(half)) as target:
        connection.connection.backup(target)
    half.replace(kept)


@contextmanager
def _copied_on_postgresql() -> Iterator[None]:
    """PostgreSQL: the first test process migrates and leaves a template; the others wait for it and copy."""
    name = connection.settings_dict["NAME"]
    template = os.environ.get("CONSOLE_TEST_TEMPLATE", f"test_{name}_template")
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        if _comment(cursor, template) == digest():
            connection.settings_dict["TEST"]["TEMPLATE"] = template
            yield
        else:
            yield
            connection.close()
            mine = connection.settings_dict["NAME"]
            cursor.execute(f'DROP DATABASE IF EXISTS "{template}"')
            cursor.execute(f'CREATE DATABASE "{template}" TEMPLATE "{mine}"')
            cursor.execute(f"COMMENT ON DATABASE \"{template}\" IS '{digest()}'")


def _comment(cursor: Any, database: str) -> str:
    cursor.execute("SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", [database])
    return str((cursor.fetchone() or [""])[0])


def empty() -> None:
    """What Django's flush does, sooner: only tables that hold something, and what migrations have put there stays.

    TRUNCATE makes a new file for every table and index, and Django then writes its two hundred permissions anew.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_which_hold_something())
        for (name,) in cursor.fetchall():
            # Foreign keys are looked at when the transaction ends; nothing refers to what nobody may delete from.
            verb = "TRUNCATE" if name in APPEND_ONLY and connection.vendor == "postgresql" else "DELETE FROM"
            cursor.execute(f'{verb} "{name}"')


@cache
def _which_hold_something() -> str:
    names = [name for name in connection.introspection.django_table_names(only_existing=True) if name not in MIGRATED]
    return " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM \"{name}\")" for name in names)  # noqa: S608


def end_other_sessions() -> None:
    """Playwright's event loop gives Django a second connection that nobody closes, and one session keeps a database."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )

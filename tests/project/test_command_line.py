"""manage.py: what the operator has to cure is a sentence and exit code 1, not forty lines of Python."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from procore_sync.development.children import ROOT, free_port


def manage(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "procore_sync.settings",
        "REDIS_URL": "memory://",
        **settings,
    }
    argv = [sys.executable, "manage.py", *arguments]
    return subprocess.run(argv, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_a_database_that_is_away_is_named_with_its_own_words() -> None:
    port = free_port()
    done = manage("watch_health", DATABASE_URL=f"postgres://nobody@127.0.0.1:{port}/console")
    assert done.returncode == 1
    assert done.stderr.startswith("The database does not answer. Operator: look at DATABASE_URL")
    assert f'"127.0.0.1", port {port} failed' in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_without_tables_is_told_how_it_gets_them(tmp_path: Path) -> None:
    done = manage("open_company", "Harbor Row", "a@example.com", DATABASE_URL=f"sqlite:///{tmp_path / 'empty.sqlite3'}")
    assert done.returncode == 1
    assert "Operator: run manage.py migrate." in done.stderr
    assert "Traceback" not in done.stderr


def test_a_migration_that_fails_is_not_sent_to_itself(tmp_path: Path) -> None:
    there = tmp_path / "there.sqlite3"
    with closing(sqlite3.connect(there)) as database:
        database.execute("CREATE TABLE accounts_user (id integer)")
    done = manage("migrate", DATABASE_URL=f"sqlite:///{there}")
    assert done.returncode == 1
    assert "Operator" not in done.stderr
    assert "cannot reach" not in done.stderr
    assert 'table "accounts_user" already exists' in done.stderr


@pytest.mark.parametrize(("asked", "shown"), [((), False), (("--traceback",), True)])
def test_settings_that_are_wrong_are_listed_alone(asked: tuple[str, ...], shown: bool) -> None:
    done = manage("watch_health", *asked, DATABASE_URL="mysql://localhost/console", LOG_LEVEL="loud")
    assert done.returncode == 1
    assert "\n  DATABASE_URL: The console runs on PostgreSQL" in done.stderr
    assert "\n  LOG_LEVEL: Must be one of" in done.stderr
    assert ("Traceback" in done.stderr) is shown

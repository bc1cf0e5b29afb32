"""What is unusually long. A compass, not a fence: an outlier is a question (does this do two things?)."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

FUNCTION_LINES = 25
TEST_LINES = 25
FILE_LINES = 250
TEMPLATE_LINES = 100
SHOWN = 8

Outlier = tuple[int, str]


def report(root: Path) -> list[str]:
    """The longest functions, files and templates beyond their marks, a line each."""
    files = tracked(root)
    sources = [name for name in files if name.endswith(".py") and "/migrations/" not in name]
    product = [name for name in sources if not name.startswith(("tests/", "benchmarks/"))]
    tests = [name for name in sources if name.startswith("tests/")]
    templates = [name for name in files if name.startswith("templates/")]
    return [
        *_lines("functions", FUNCTION_LINES, [one for name in product for one in functions(root, name)]),
        *_lines("tests", TEST_LINES, [one for name in tests for one in functions(root, name)]),
        *_lines("files", FILE_LINES, [length(root, name) for name in product]),
        *_lines("templates", TEMPLATE_LINES, [length(root, name) for name in templates]),
    ]


def tracked(root: Path) -> list[str]:
    """The files that git knows and that are still there."""
    listed = subprocess.run(["git", "ls-files"], cwd=root, capture_output=True, text=True, check=False).stdout  # noqa: S607
    return [name for name in listed.splitlines() if (root / name).is_file()]


def functions(root: Path, name: str) -> Iterator[Outlier]:
    """Each function of a file with its lines, its docstring not counted."""
    for node in ast.walk(ast.parse((root / name).read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
            yield (node.end_lineno or 0) - body[0].lineno + 2, f"{name}:{node.lineno} {node.name}"


def length(root: Path, name: str) -> Outlier:
    return len((root / name).read_text(encoding="utf-8").splitlines()), name


def _lines(what: str, mark: int, measured: list[Outlier]) -> list[str]:
    beyond = sorted((one for one in measured if one[0] > mark), reverse=True)
    if not beyond:
        return []
    rest = f", the longest {SHOWN}" if len(beyond) > SHOWN else ""
    head = f"sizes: {len(beyond)} of {len(measured)} {what} are longer than {mark} lines{rest}:"
    return [head, *(f"  {lines:4} {where}" for lines, where in beyond[:SHOWN])]

"""A pytest plugin: guards that tests find are cut out in memory, one after the other, in one process.

    python -m pytest -p tests.campaign.cutting tests/acceptance/test_engine.py …

Of each guard the tests that it names run as they stand and must pass, and once more without it, when one must fail.
A function gets the code of the edited source; a constant its value.
"""

from __future__ import annotations

import ast
import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from procore_sync.development.children import ROOT
from tests.campaign.cuts import WORDS, edited, is_meant
from tests.campaign.guards import GUARDS, Guard


def pytest_runtestloop(session: pytest.Session) -> bool:
    """Instead of each test once: those of each guard, with it and without it."""
    plan = [
        (guard, item, cut)
        for guard in GUARDS
        if guard.in_memory and is_meant(guard, os.environ.get(WORDS, ""))
        for cut in (False, True)
        for item in _named(guard, session.items)
    ]
    failed: dict[tuple[str, bool], list[str]] = {}
    for at, (guard, item, cut) in enumerate(plan):
        if cut and failed.setdefault((guard.title, True), []):
            continue
        following = plan[at + 1][1] if at + 1 < len(plan) else None
        if following is item:  # only another one lets go of all that this one had
            following = next((one for one in session.items if one is not item and one.parent is item.parent), None)
        reports = _reports(guard, item, following, cut=cut)
        failed.setdefault((guard.title, cut), []).extend(_said(one) for one in reports if one.failed)
    return _told(session, failed)


def _named(guard: Guard, items: list[pytest.Item]) -> list[pytest.Item]:
    return [one for one in items if one.nodeid.startswith(guard.by) and guard.says in one.name]


def _reports(guard: Guard, item: pytest.Item, following: pytest.Item | None, *, cut: bool) -> list[pytest.TestReport]:
    item.session._setupstate.teardown_exact(item)  # whatever was left since some were passed over
    item._initrequest()  # type: ignore[attr-defined]  # it runs more than once
    if not cut:
        return list(runtestprotocol(item, log=False, nextitem=following))
    with without(guard):
        return list(runtestprotocol(item, log=False, nextitem=following))


def _said(report: pytest.TestReport) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return f"{report.nodeid}: {str(crash.message if crash else report.longrepr)[:200]}".replace("\n", " ")


def _told(session: pytest.Session, failed: dict[tuple[str, bool], list[str]]) -> bool:
    good, tell = 0, session.config.pluginmanager.getplugin("terminalreporter").write_line
    for title in dict.fromkeys(title for title, _ in failed):
        found = bool(failed.get((title, True))) and not failed.get((title, False))
        good += found
        tell(f"{title}: {'found' if found else 'NOT FOUND'}")
        for cut, lines in ((name, lines) for (about, name), lines in failed.items() if about == title):
            for line in lines[:1]:
                tell(f"    {'' if cut else 'though it stands: '}{line}")
    session.testsfailed = len({title for title, _ in failed}) - good
    return True


@contextmanager
def without(guard: Guard) -> Iterator[None]:
    """The running process without the guard, for as long as the block lasts."""
    put_back: list[tuple[Any, str, Any]] = []
    sources: dict[str, str] = {}
    for path, stands, instead in guard.edits:
        sources[path] = edited(sources.get(path) or (ROOT / path).read_text(), stands, instead)
    try:
        for path, source in sources.items():
            put_back += _replace(_module(path), path, source)
        yield
    finally:
        for owner, name, value in put_back:
            setattr(owner, name, value)


def _module(path: str) -> ModuleType:
    return importlib.import_module(".".join(Path(path).with_suffix("").parts))


def _replace(module: ModuleType, path: str, source: str) -> list[tuple[Any, str, Any]]:
    put_back: list[tuple[Any, str, Any]] = []
    new = dict(_codes(compile(source, str(ROOT / path), "exec")))
    for function in _functions(module):
        code = new.get(function.__code__.co_qualname)
        if code is not None and code != function.__code__:
            put_back.append((function, "__code__", function.__code__))
            function.__code__ = code
    return put_back + _constants(module, source)


def _codes(code: CodeType) -> Iterator[tuple[str, CodeType]]:
    for one in code.co_consts:
        if isinstance(one, CodeType):
            yield one.co_qualname, one
            yield from _codes(one)


def _functions(module: ModuleType) -> Iterator[FunctionType]:
    """Those written in the module, and those of its classes, under whatever decorates them."""
    for owner in (module, *(one for one in vars(module).values() if isinstance(one, type))):
        if owner is not module and owner.__module__ != module.__name__:
            continue
        for one in list(vars(owner).values()):
            inner = getattr(one, "fget", None) or getattr(one, "__func__", None) or getattr(one, "func", None) or one
            while hasattr(inner, "__wrapped__"):
                inner = inner.__wrapped__
            if isinstance(inner, FunctionType) and inner.__module__ == module.__name__:
                yield inner


def _constants(module: ModuleType, source: str) -> list[tuple[Any, str, Any]]:
    put_back: list[tuple[Any, str, Any]] = []
    for node in ast.parse(source).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if not isinstance(target, ast.Name) or getattr(node, "value", None) is None:
            continue
        try:
            value = ast.literal_eval(node.value)  # type: ignore[attr-defined]
        except ValueError:
            continue
        if target.id in vars(module) and getattr(module, target.id) != value:
            put_back.append((module, target.id, getattr(module, target.id)))
            setattr(module, target.id, value)
    return put_back

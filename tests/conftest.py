"""What every test may ask for: a Redis database of its own, and a plain word when PostgreSQL is missing."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
import redis
from django.db import connection
from django.db.models.expressions import Col
from django.template import Context, Template
from django.test.signals import template_rendered
from django.utils.safestring import SafeString
from pytest_django.plugin import blocking_manager_key

from procore_sync.development.children import ROOT
from procore_sync.development.passes import files_marked
from tests import databases, processes
from tests.forking import forked
from tests.scenes import scenes

# How fast examples are made says nothing about the code, and a machine may be busy.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow], print_blob=True
)
hypothesis.settings.load_profile("house")

LEASE_SECONDS = 1800
DATABASES_OF_A_REDIS = 16

# A tenth of a test's time goes into looking for cycles among the modules, which live as long as the process.
gc.set_threshold(100_000, 50, 100)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_modify_db_settings: None, django_db_blocker: Any
) -> Iterator[None]:
    """Always make the test database: pytest-django's own looks for marks, and a site's tests bear none."""
    with django_db_blocker.unblock(), databases.test_database():
        yield


def pytest_collection_finish() -> None:
    """Whatever is loaded by now stays, and need not be looked through again."""
    gc.collect()
    gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test whose mark its own file does not name would be in no pass."""
    for mark in ("database", "postgres", "e2e"):
        read = {str(ROOT / name) for name in files_marked(mark)}
        lost = [item.nodeid for item in items if item.get_closest_marker(mark) and str(item.path) not in read]
        if lost:
            raise pytest.UsageError(f"{lost[0]}: write pytest.mark.{mark} in its own file, or no pass finds it.")
    scenes.sort(items)


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: Any) -> object:
    """Of a kept fixture, what it left the first time."""
    if fixturedef.argname == "_django_db_helper":
        with request.config.stash[blocking_manager_key].unblock():
            scenes.begin(request.node)
    if not scenes.have(fixturedef):
        return None
    key = fixturedef.cache_key(request)
    try:
        returned = scenes.value(fixturedef, request)
    except BaseException as failure:
        fixturedef.cached_result = (None, key, (failure, failure.__traceback__))
        raise
    fixturedef.cached_result = (returned, key, None)
    return returned


@pytest.fixture(scope="session", autouse=True)
def _a_page_tells_once(django_test_environment: None) -> None:
    """What a page was made of is told once, with its context; Django's tests copy that for each of its many pieces."""

    def render(template: Template, context: Context) -> SafeString:
        if context.template is template:
            template_rendered.send(sender=template, template=template, context=context)
        return template.nodelist.render(context)

    Template._render = render  # type: ignore[attr-defined]  # Django has it, its stubs not


@pytest.fixture(scope="session", autouse=True)
def _a_column_is_found_by_its_name(django_test_environment: None) -> None:
    """Django looks among all selected columns for those that a query is ordered by, and hashes each with all it is.

    That took every thirtieth second of a run. Which are equal it still finds out as ever; only the hash is a short one.
    """

    def short(column: Any) -> int:
        return hash((column.alias, column.target.name))

    Col.__hash__ = short  # type: ignore[method-assign, assignment]


@pytest.fixture(autouse=True)
def _right_database(request: pytest.FixtureRequest) -> None:
    if request.node.get_closest_marker("postgres") and connection.vendor != "postgresql":
        pytest.fail("This test runs on PostgreSQL only. Use ./console test, or set DATABASE_URL and REDIS_URL.")


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    """Members of one test have the numbers of another's; what those have called is not theirs."""
    from procore_sync.accounts.authentication import PerMember

    PerMember.cache.clear()


def numbered(url: str, number: int) -> str:
    """The address of another numbered database of the same Redis."""
    if urlsplit(url).scheme == "unix":
        return f"{url.partition('?')[0]}?db={number}"
    return urlsplit(url)._replace(path=f"/{number}").geturl()


@pytest.fixture(scope="session")
def leased_redis() -> Iterator[str]:
    """A numbered Redis database that no other test process on this machine uses meanwhile."""
    server = os.environ["REDIS_URL"]
    with redis.Redis.from_url(numbered(server, 0)) as keeper:
        for number in range(1, DATABASES_OF_A_REDIS):
            lease = f"console-tests:database:{number}"
            if keeper.set(lease, os.getpid(), nx=True, ex=LEASE_SECONDS):
                yield numbered(server, number)
                keeper.delete(lease)
                return
    pytest.fail(f"All {DATABASES_OF_A_REDIS - 1} databases of the Redis at {server} are leased by other test runs.")


@pytest.fixture
def redis_url(leased_redis: str) -> Iterator[str]:
    """The address of an empty Redis database; whatever the test leaves is thrown away."""
    with redis.Redis.from_url(leased_redis) as client:
        client.flushdb()
        yield leased_redis
        client.flushdb()


@pytest.fixture
def running(tmp_path: Path, transactional_db: None, redis_url: str) -> Iterator[processes.Processes]:
    """Starts the product's real processes against this test's database and Redis."""
    environment = processes.environment(processes.database_url(), redis_url)
    with processes.processes(tmp_path, environment, launch=forked) as started:
        yield started

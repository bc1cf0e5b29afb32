"""What machines ask: is the process up, is it ready, how is the queue."""

import hmac
from collections.abc import Callable, Iterator
from typing import Any

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work

REDIS_SECONDS = 2


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks nobody else, so that a database's fault restarts no web server."""
    return JsonResponse({"up": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served; else 503 and, a part each, what is missing and who can cure it."""
    missing = {part: why for part, check in CHECKS.items() if (why := check())}
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "The database does not answer. Operator: look at DATABASE_URL and at the database server."
    return ""


def _migrations() -> str:
    try:
        executor = MigrationExecutor(connection)
        waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return "Cannot be known while the database does not answer."
    names = ", ".join(f"{migration.app_label}.{migration.name}" for migration, _ in waiting)
    return names and f"Not applied: {names}. Operator: run manage.py migrate."


def _redis() -> str:
    if settings.REDIS_URL.startswith("memory:"):
        return ""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=REDIS_SECONDS) as client:
            client.ping()
    except redis.RedisError:
        return "Redis does not answer; nothing is lost meanwhile. Operator: look at REDIS_URL and at the Redis server."
    return ""


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations, "redis": _redis}


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """The queue in figures for Prometheus, over all companies; only for whoever brings METRICS_TOKEN."""
    expected = f"Bearer {settings.METRICS_TOKEN}"
    brought = request.headers.get("Authorization", "")
    if not settings.METRICS_TOKEN or not hmac.compare_digest(brought.encode(), expected.encode()):
        raise Http404
    registry = CollectorRegistry()
    registry.register(QueueCollector())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class QueueCollector(Collector):
    """Counts the queue at the moment it is asked."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield _gauge("console_items", "Records by status", "status", _counts(ErpItem, "status", Status.values))
        works = [work for work in Work.values if work]
        yield _gauge("console_submissions", "Work of the engine by state", "work", _counts(Submission, "work", works))
        oldest = Submission.objects.filter(work__in=[Work.DUE, Work.UNCERTAIN]).aggregate(at=Min("due_at"))["at"]
        waited = max((timezone.now() - oldest).total_seconds(), 0.0) if oldest else 0.0
        help_text = "Seconds that the oldest due submission has been waiting for a worker"
        yield GaugeMetricFamily("console_oldest_due_seconds", help_text, value=waited)


def _counts(model: Any, column: str, values: list[str]) -> dict[str, int]:
    found = dict(model.objects.values_list(column).annotate(Count("pk")).order_by())
    return {value: found.get(value, 0) for value in values}


def _gauge(name: str, help_text: str, label: str, counts: dict[str, int]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

"""What machines ask: is the process up, is it ready, how is the queue."""

import hmac
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Max, Min, Sum
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from procore_sync.acceptance import flow
from procore_sync.acceptance.bell import silence
from procore_sync.acceptance.heartbeats import heartbeats
from procore_sync.acceptance.models import Alarm, ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.acceptance.webhooks.selectors import oldest_untold
from quickbooks_bridge.models import Connection
from quickbooks_bridge.watch_models import Sweep


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """200 as long as the process answers. Asks nobody else, so that a database's fault restarts no web server."""
    return JsonResponse({"up": True})


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """200 when requests can be served; else 503 and, a part each, what is missing and who can cure it.

    Without Redis they are served too, and only exports wait: it is told of, and nobody is sent elsewhere for it.
    """
    lacking = missing()
    waits_for = {"redis": why} if (why := silence()) else {}
    told = {"ready": not lacking, "missing": lacking, "waits_for": waits_for}
    return JsonResponse(told, status=503 if lacking else 200)


def missing() -> dict[str, str]:
    """What keeps requests and commands from being served, a part each, and who can cure it."""
    return {part: why for part, check in CHECKS.items() if (why := check())}


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


CHECKS: dict[str, Callable[[], str]] = {"database": _database, "migrations": _migrations}


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
        yield from _flow()
        yield from _ledgers()
        yield from _webhooks()


def _flow() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    works = [work for work in Work.values if work not in (Work.NONE, Work.DONE)]
    sums = dict(flow.on_the_way().order_by().values_list("work").annotate(Sum("item__amount")))
    money = {work: float(sums.get(work) or 0) for work in works}
    yield _gauge("console_waiting_amount", "What accepted records that wait come to, by state", "work", money)
    for name, back in (("hour", timedelta(hours=1)), ("day", timedelta(days=1))):
        ended = {str(outcome): count for outcome, count in flow.outcomes_since(now - back).items()}
        yield _gauge(f"console_attempts_last_{name}", f"Tries that ended in the last {name}", "outcome", ended)
    oldest = flow.oldest_moving()
    help_text = "Seconds since the oldest record that should go by itself was accepted or tried again"
    yield GaugeMetricFamily("console_oldest_moving_seconds", help_text, value=_seconds(oldest, now) if oldest else 0.0)
    heard = {str(name): _seconds(at, now) for name, at in heartbeats().items() if at}
    yield _gauge("console_heartbeat_age_seconds", "Seconds since a process was heard of", "process", heard)
    alarms = dict(Alarm.objects.order_by().values_list("what").annotate(Count("pk")))
    yield _gauge("console_alarms", "Companies with which something is not well", "what", alarms)


def _ledgers() -> Iterator[GaugeMetricFamily]:
    now = timezone.now()
    rows = list(Connection.objects.defer("access_token", "refresh_token"))
    paused = sum(1 for row in rows if row.is_halted or (row.paused_until and row.paused_until > now))
    yield GaugeMetricFamily("console_paused_companies", "Companies to which nothing is sent just now", value=paused)
    days = [row.days_left for row in rows if row.days_left is not None]
    if days:
        help_text = "Days until the first company needs a new sign-in to QuickBooks"
        yield GaugeMetricFamily("console_sign_in_days", help_text, value=min(days))
    looks = Sweep.objects.filter(ended_at__isnull=False, error="").order_by().values("company")
    last = [row["at"] for row in looks.annotate(at=Max("ended_at"))]
    if last:
        help_text = "Seconds since changes were looked at, of the company where that is longest ago"
        yield GaugeMetricFamily("console_last_look_seconds", help_text, value=_seconds(min(last), now))


def _webhooks() -> Iterator[GaugeMetricFamily]:
    oldest, count = oldest_untold()
    help_text = "Seconds since the oldest thing happened that a webhook which is on was not told yet"
    waited = _seconds(oldest, timezone.now()) if oldest else 0.0
    yield GaugeMetricFamily("console_webhooks_oldest_waiting_seconds", help_text, value=waited)
    yield GaugeMetricFamily("console_webhooks_waiting", "Messages that wait for webhooks which are on", value=count)


def _seconds(since: datetime, now: datetime) -> float:
    return max((now - since).total_seconds(), 0.0)


def _counts(model: Any, column: str, values: list[str]) -> dict[str, int]:
    found = dict(model.objects.values_list(column).annotate(Count("pk")).order_by())
    return {value: found.get(value, 0) for value in values}


def _gauge(name: str, help_text: str, label: str, counts: Mapping[str, float]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, help_text, labels=[label])
    for value, count in counts.items():
        family.add_metric([value], count)
    return family


urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
]

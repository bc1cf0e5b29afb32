"""What a supporter needs to know of a company's connection, in one file that can be given out of the house.

It holds states, counts, times, codes and Intuit's own numbers (`intuit_tid`); no token, key or password, nothing of
what was sent or answered, no name of a record or person, and nothing of another company.
"""

from __future__ import annotations

import io
import json
import platform
import re
import zipfile
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection as database
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count, Max, Min

from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import Attempt, ErpItem, JournalHead, Notice, Submission
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Company, Membership
from quickbooks_bridge import editions, lifetimes
from quickbooks_bridge.connections import connection_of
from quickbooks_bridge.cursors import DocumentCursor
from quickbooks_bridge.models import (
    Connection,
    ConnectionStatus,
    CostCursor,
    Cursor,
    EndNotice,
    Link,
    PaymentCursor,
)
from quickbooks_bridge.recent import calls_of

Json = dict[str, Any]

MOST_ATTEMPTS: Final = 300
_PACKAGES: Final = ("django", "celery", "redis", "psycopg", "requests", "python-quickbooks", "intuit-oauth")
#: Settings that are told by their value; of all others of ours only whether they are set.
_OPEN: Final = (
    "DEBUG",
    "QUICKBOOKS_ENVIRONMENT",
    "QUICKBOOKS_LIMITS",
    "QUICKBOOKS_READ_TIMEOUT",
    "JOB_COST_HOURS",
    "ENGINE_LEASE_SECONDS",
    "ENGINE_BACKOFF",
    "ENGINE_CRASHES",
    "ENGINE_SWEEP_SECONDS",
    "ENGINE_RING_AGAIN_SECONDS",
    "THROTTLE_SECONDS",
    "PROBES_BEFORE_REPEAT",
    "PROBE_PAUSE_SECONDS",
    "BATCH_PROBE_PAUSE_SECONDS",
    "LOG_LEVEL",
    "TRUSTED_PROXIES",
    "STATIC_MANIFEST",
    "IN_ONE_PROCESS",
)
_CLOSED: Final = (
    "SECRET_KEY",
    "TOKEN_KEYS",
    "PUBLIC_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "QUICKBOOKS_CLIENT_ID",
    "QUICKBOOKS_CLIENT_SECRET",
    "QUICKBOOKS_SANDBOX_CLIENT_ID",
    "QUICKBOOKS_SANDBOX_CLIENT_SECRET",
    "QUICKBOOKS_DISCOVERY_URL",
    "QUICKBOOKS_API_URL",
    "QUICKBOOKS_WEBHOOK_TOKEN",
    "OIDC_CLIENT_ID",
    "OIDC_SECRET",
    "METRICS_TOKEN",
)
_README = """What is in here, and what is not

Made for {company} on {now} by the console's page of the connection, to be given to whoever helps with it.

versions.json    the console's parts and its database
settings.json    some settings; of secret ones only whether they are set
connection.json  the connection, its ends, and what QuickBooks has switched on
queue.json       how many records wait, and for how long
attempts.json    the last {most} tries: outcome, codes, timing, and intuit_tid, which Intuit's support asks for
lists.json       when the lists of QuickBooks were read last
journal.json     whether the journal's chain holds
calls.txt        the last calls of the process that made this

There is no token, key or password in it, nothing of what was sent to QuickBooks or answered, no name of a vendor,
project or person, no address and no amount, and nothing of another company. Records are named by their number here.
"""

_MAIL: Final = re.compile(r"[^\s@<>“”\"']+@[^\s@<>“”\"']+")
_QUOTED: Final = re.compile(r"[“\"][^”\"]*[”\"]")
_NUMBER: Final = re.compile(r"\+?\d[\d ()./-]{8,}\d")
HIDDEN: Final = "[hidden]"


def bundle(*, by: Membership) -> bytes:
    """The file, as a zip.

    Raises:
        NotAllowed: `by` may not connect QuickBooks.
    """
    require(by, Right.CONNECT)
    row = connection_of(by.company_id)
    now = datetime.now(UTC)
    parts = {
        "versions.json": _versions(),
        "settings.json": _settings(),
        "connection.json": _connection(row),
        "queue.json": _queue(by.company_id, now),
        "attempts.json": _attempts(by.company_id),
        "lists.json": _lists(by.company_id),
        "journal.json": _journal(by.company),
    }
    texts = {name: json.dumps(part, indent=1, default=str, ensure_ascii=False) for name, part in parts.items()}
    texts["calls.txt"] = "\n".join(calls_of(row.realm_id)) if row else ""
    told = {"company": by.company, "now": now.isoformat(timespec="seconds"), "most": MOST_ATTEMPTS}
    return _zipped({"README.txt": _README.format(**told), **texts})


def file_name(by: Membership) -> str:
    """What the file is called."""
    return f"support-{by.company.slug}-{datetime.now(UTC):%Y-%m-%d-%H%M}.zip"


def masked(text: str) -> str:
    """A sentence without what may be somebody's: quoted names, mail addresses, telephone numbers."""
    return _NUMBER.sub(HIDDEN, _MAIL.sub(HIDDEN, _QUOTED.sub(f"“{HIDDEN}”", text)))


def _zipped(texts: Json) -> bytes:
    secrets = sorted(_secrets(), key=len, reverse=True)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, text in texts.items():
            for secret in secrets:
                text = text.replace(secret, HIDDEN)
            made.writestr(name, text)
    return file.getvalue()


def _secrets() -> set[str]:
    """Every secret of the installation, looked for in what is given out although none is put in."""
    closed = [getattr(settings, name, "") for name in _CLOSED if name != "PUBLIC_URL"]
    flat = [one for value in closed for one in (value if isinstance(value, list) else [value])]
    passwords = [settings.DATABASES["default"].get("PASSWORD"), settings.EMAIL_HOST_PASSWORD]
    passwords += [
        unquote(urlsplit(str(url)).password or "") for url in (settings.REDIS_URL, settings.CELERY_BROKER_URL)
    ]
    return {str(one) for one in [*flat, *passwords] if one and len(str(one)) >= 6}


# the parts


def _versions() -> Json:
    applied = MigrationRecorder.Migration.objects.values_list("app").annotate(last=Max("name"), count=Count("pk"))
    return {
        "python": platform.python_version(),
        "system": platform.system(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "database": f"{database.vendor} {'.'.join(map(str, database.get_database_version()))}",
        "migrations": {app: {"last": last, "count": count} for app, last, count in applied},
    }


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def _settings() -> Json:
    told = {name: getattr(settings, name, None) for name in _OPEN}
    return {**told, **{name: "set" if getattr(settings, name, "") else "not set" for name in _CLOSED}}


def _connection(row: Connection | None) -> Json:
    if row is None:
        return {"status": "never connected"}
    row = Connection.objects.get(pk=row.pk)
    return {
        "status": row.status,
        "why": masked(row.why) if row.status == ConnectionStatus.NEEDS_LOGIN else "",
        "realm_id": row.realm_id,
        "environment": row.environment,
        "country": row.country,
        "customer_mode": row.customer_mode,
        "is_halted": row.is_halted,
        "paused_until": row.paused_until,
        "last_good_call_at": row.last_good_call_at,
        "connected_at": row.connected_at,
        "renewed_at": row.renewed_at,
        "access_expires_at": row.access_expires_at,
        "refreshing_until": row.refreshing_until,
        "renewals": row.token_version,
        "ends": [{"of": end.of, "at": end.at} for end in lifetimes.ends_of(row)],
        "told": list(EndNotice.objects.filter(connection=row).values("of", "ends_on", "days", "told_at")),
        "features": row.features,
        "points": {point.key: point.level for point in editions.points_of(row)},
    }


def _queue(company_id: int, now: datetime) -> Json:
    rows = Submission.objects.filter(company_id=company_id).exclude(work="")
    works = rows.values("work", "item__kind", "cure_by").annotate(
        count=Count("pk"), oldest=Min("decided_at"), next=Min("due_at"), most_tries=Max("tries")
    )
    items = ErpItem.objects.filter(company_id=company_id).values("kind", "status").annotate(count=Count("pk"))
    health = Link.objects.filter(company_id=company_id).values("entity", "health").annotate(count=Count("pk"))
    mails = Notice.objects.filter(company_id=company_id, by_mail=True, sent_at=None)
    return {
        "now": now,
        "work": list(works.order_by("work", "item__kind")),
        "records": list(items.order_by("kind", "status")),
        "links": list(health.order_by("entity", "health")),
        "mails_not_sent": mails.count(),
    }


def _attempts(company_id: int) -> list[Json]:
    rows = Attempt.objects.filter(submission__company_id=company_id).order_by("-started_at", "-pk")
    columns = ("act", "number", "started_at", "finished_at", "outcome", "http_status", "fault_code")
    more = ("intuit_tid", "elapsed_ms")
    # What was sent and answered stays here, but for the request id that is read out of it.
    found = rows.select_related("submission__item").defer("answered", "submission__document", "submission__posting")
    return [
        {name: getattr(one, name) for name in (*columns, *more)}
        | {"request_id": one.sent_under}
        | {"submission__item__kind": one.submission.item.kind, "submission__item_id": one.submission.item_id}
        for one in found[:MOST_ATTEMPTS]
    ]


def _lists(company_id: int) -> Json:
    return {
        "names": [
            {"entity": one.entity, "last_run_at": one.last_run_at, "full_at": one.full_at, "error": masked(one.error)}
            for one in Cursor.objects.filter(company_id=company_id)
        ],
        "job_costs": _documents(CostCursor.objects.filter(company_id=company_id)),
        "payments": _documents(PaymentCursor.objects.filter(company_id=company_id)),
    }


def _documents(rows: Iterable[DocumentCursor]) -> list[Json]:
    columns = ("entity", "changed_since", "whole_at", "position", "began_at", "restarts")
    return [{name: getattr(one, name) for name in columns} for one in rows]


def _journal(company: Company) -> Json:
    broken = verify_journal(company)
    head = JournalHead.objects.filter(company=company).first()
    return {
        "holds": broken is None,
        "first_broken_row": broken.sequence if broken else None,
        "rows": head.sequence if head else 0,
        "last_hash": head.hash if head else "",
    }

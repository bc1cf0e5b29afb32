"""The process that tests fork theirs from (tests/forking.py): it has read the libraries, and nothing of the project.

That each process reads anew, under its own settings, arguments, environment and log; each leads a group of its own.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import runpy
import sys
import time
from typing import Any

# Those that can be read without Django's settings, and take long.
LIBRARIES = (
    *("celery.bin.celery", "celery.apps.worker", "celery.beat", "celery.concurrency.prefork"),
    *("celery.concurrency.thread", "kombu.transport.redis", "gunicorn.app.wsgiapp", "gunicorn.workers.gthread"),
    *("django.contrib.postgres.fields", "django.core.management.commands.migrate", "django.forms", "django.test"),
    *("django.core.cache.backends.redis", "django.views.generic", "django_filters", "environs", "structlog"),
    *("quickbooks.client", "quickbooks.objects", "intuitlib.client", "jwt", "fido2.server", "fido2.webauthn"),
    *("psycopg2.extras", "rapidfuzz.process", "prometheus_client", "cryptography.fernet", "openpyxl", "fpdf"),
)


def serve() -> dict[str, Any] | None:
    """Answer lines until there are no more. In a process that was forked, this returns what it is to become."""
    for line in sys.stdin:
        order = json.loads(line)
        if "ended" in order:
            answer = ended(order["ended"])
        elif answer := os.fork():
            # Before anybody hears of it, and could want to end the group.
            os.setpgid(answer, answer)
        else:
            return dict(order)
        sys.stdout.write(f"{json.dumps(answer)}\n")
        sys.stdout.flush()
    return None


def ended(pid: int) -> int | None:
    done, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if done else None


def become(order: dict[str, Any]) -> None:
    """Run what was ordered, as Python does that is started with these arguments."""
    os.setpgid(0, 0)
    with open(os.devnull, "rb") as nothing, open(order["log"], "ab") as log:
        os.dup2(nothing.fileno(), 0)
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    if order["argv"][0] == "-m":
        sys.argv = order["argv"][1:]
        runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = order["argv"]
        runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.freeze()
    if (ordered := serve()) is not None:
        become(ordered)

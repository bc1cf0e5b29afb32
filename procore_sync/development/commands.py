"""The command lines of the product's processes, written once for the demo and for the tests."""

import sys
from pathlib import Path

PYTHON = sys.executable


def manage(*arguments: str) -> list[str]:
    return [PYTHON, "manage.py", *arguments]


def emulator(port: int, storage: Path) -> list[str]:
    return [PYTHON, "-m", "quickbooks_bridge.emulator", "--port", str(port), "--data", str(storage)]


def web(port: int, *, workers: int = 1, threads: int = 4) -> list[str]:
    """gunicorn with threads; Django's own server on Windows, where gunicorn cannot run."""
    if sys.platform == "win32":
        return manage("runserver", "--noreload", f"127.0.0.1:{port}")
    return [
        *(PYTHON, "-m", "gunicorn", "procore_sync.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--worker-class", "gthread", "--workers", str(workers), "--threads", str(threads)),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]


def worker(*, pool: str = "prefork", concurrency: int = 2, beat_schedule: Path | None = None) -> list[str]:
    """A Celery worker; with `beat_schedule` the same process also ticks (never more than one such)."""
    ticking = ["--beat", "--schedule", str(beat_schedule)] if beat_schedule else []
    return [
        *(PYTHON, "-m", "celery", "-A", "procore_sync", "worker", "--loglevel", "INFO", "--hostname", "console-%i@%h"),
        *("--pool", pool, "--concurrency", str(concurrency), "--without-gossip", "--without-mingle", *ticking),
    ]


def beat(schedule: Path) -> list[str]:
    return [PYTHON, "-m", "celery", "-A", "procore_sync", "beat", "--loglevel", "INFO", "--schedule", str(schedule)]


def broker(unix_socket: Path, folder: Path) -> list[str]:
    return [PYTHON, "-m", "procore_sync.development.broker", "--socket", str(unix_socket), "--folder", str(folder)]

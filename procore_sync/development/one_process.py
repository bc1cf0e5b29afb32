"""Web server, worker and beat in one process, over Celery's in-process broker: where no Redis can be had."""

import logging
import sys
import threading

import django
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer, run

from procore_sync.celery import app


def main(port: int, schedule: str) -> None:
    """Serve on 127.0.0.1:`port`; the worker takes the main thread, because it minds the signals."""
    django.setup()
    from procore_sync.wsgi import application

    def serve() -> None:
        run("127.0.0.1", port, application, threading=True, server_cls=WSGIServer)

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    threading.Thread(target=serve, daemon=True, name="web").start()
    worker = app.Worker(pool="threads", concurrency=2, beat=True, schedule_filename=schedule, loglevel=logging.INFO)
    worker.start()
    sys.exit(worker.exitcode or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

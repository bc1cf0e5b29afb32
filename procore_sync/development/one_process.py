"""Web server, worker and beat in one process, over Celery's in-process broker: where no Redis can be had."""

import logging
import sys
import threading
from socketserver import ThreadingMixIn
from typing import Any

import django
from celery.beat import EmbeddedService
from django.core.servers.basehttp import WSGIRequestHandler, WSGIServer

from procore_sync.celery import app


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


def main(port: int, schedule: str) -> None:
    """Serve on 127.0.0.1:`port`; the worker takes the main thread, because it minds the signals."""
    django.setup()
    from procore_sync.wsgi import application

    WSGIRequestHandler.protocol_version = "HTTP/1.1"
    # Listened on here and not in the thread, whose end nobody would notice: where another has the port, all of it ends.
    web = _Server(("127.0.0.1", port), WSGIRequestHandler)
    web.set_app(application)
    threading.Thread(target=web.serve_forever, daemon=True, name="web").start()
    print(f"Listening at: http://127.0.0.1:{port}", flush=True)
    app.conf.broker_transport_options = {"polling_interval": 0.05}
    # The worker's own beat would be a process apart, which this broker does not reach.
    beat: Any = EmbeddedService(app, thread=True, schedule_filename=schedule)
    beat.start()
    worker = app.Worker(pool="threads", concurrency=2, loglevel=logging.INFO)
    worker.start()
    sys.exit(worker.exitcode or 0)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])

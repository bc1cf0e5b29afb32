"""Logs: one JSON object a line, with the request or task it belongs to, and without secrets."""

import re
import time
import uuid
from collections.abc import Callable
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from structlog.typing import EventDict, Processor, WrappedLogger

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(r"token|secret|password|authorization|cookie|api_?key|signature|^code$", re.IGNORECASE)
SECRET_TEXT = re.compile(
    r"(?i)(bearer\s+|basic\s+|(?:access_token|refresh_token|client_secret|password|code)[\"']?\s*[=:]\s*[\"']?)"
    r"[^\s\"'&,}]+"
)
#: Mailed links: whoever reads such an address sets the password of the person that it was mailed to.
SECRET_ADDRESS = re.compile(r"(/invitation/|/password/forgotten/\w+-)[^\s\"'/?]+")
QUIET_PATHS = frozenset({"/healthz", "/readyz", "/metrics"})

request_log = structlog.stdlib.get_logger("procore_sync.requests")


def redact(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:
    """Replace whatever is named like a secret, at any depth, and tokens and mailed links inside of texts."""
    return {name: _redacted(name, value) for name, value in event.items()}


def _redacted(name: str, value: Any) -> Any:
    if SECRET_NAME.search(name) and isinstance(value, str | bytes | list | tuple | dict):
        return HIDDEN
    if isinstance(value, dict):
        return {key: _redacted(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redacted("", inner) for inner in value]
    if value is None or isinstance(value, int | float):
        return value
    # Anything else, a request with its address for example, is written as its text.
    return SECRET_ADDRESS.sub(rf"\g<1>{HIDDEN}", SECRET_TEXT.sub(rf"\g<1>{HIDDEN}", str(value)))


SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_for(level: str) -> dict[str, Any]:
    """Django's LOGGING: everything, ours and the libraries', through one formatter to standard error."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": SHARED,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(default=str),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": formatter},
        "handlers": {
            "stderr": {"class": "logging.StreamHandler", "formatter": "json"},
            "recent": {"class": "quickbooks_bridge.recent.RecentCalls"},
        },
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "quickbooks_bridge.client.transport": {"handlers": ["recent"], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            # A bell rung and answered is no news; two lines a bell would be most of the log, and of a worker's time.
            "celery.worker.strategy": {"handlers": [], "level": "WARNING", "propagate": True},
            "celery.app.trace": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }


class RequestLogMiddleware:
    """Gives each request an id (X-Request-ID of a proxy is taken over), and logs it once with status and time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        request_id = given if re.fullmatch(r"[\w.-]{8,64}", given) else uuid.uuid4().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            if request.path not in QUIET_PATHS:
                elapsed_ms = round((time.perf_counter() - started) * 1000)
                facts = {"method": request.method, "path": request.path, "status": response.status_code}
                request_log.info("request", **facts, elapsed_ms=elapsed_ms)
        response["X-Request-ID"] = request_id
        return response

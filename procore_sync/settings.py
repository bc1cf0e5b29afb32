"""Settings from the environment. At start, everything that is missing or wrong is said in one list."""

from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvValidationError, validate
from kombu import Queue

from procore_sync.api_settings import *  # noqa: F403 - the API's part, constants only
from procore_sync.broker import READINGS
from procore_sync.environment import (
    broker_url,
    database,
    mail_server,
    networks,
    port_of,
    signing_key,
    single_sign_on,
    token_keys,
)
from procore_sync.logs import logging_for
from procore_sync.sign_in_settings import *  # noqa: F403 - the part about signing in, constants only

BASE_DIR = Path(__file__).resolve().parent.parent

# --- What the environment says ---------------------------------------------------------------------------------------

env = Env(eager=False)
# Of what makes no sense with 0: a beat that never rests, a call that may take no time.
SOME = validate.Range(min=0, min_inclusive=False)

SECRET_KEY = env.str("SECRET_KEY", validate=validate.Length(min=12))
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"])
PUBLIC_URL = env.str(
    "PUBLIC_URL",
    "http://127.0.0.1:8000",
    validate=validate.Regexp(
        "^https?://[^/]+$",
        error="It begins with http:// or https:// and ends with the name or port, without a slash or a path.",
    ),
)
_database_url = env.str("DATABASE_URL", validate=database)
REDIS_URL = env.str(
    "REDIS_URL",
    validate=[
        validate.Regexp(
            "^(rediss?|unix|memory)://", error="It begins with redis://, rediss:// or unix://; .env.example shows one."
        ),
        port_of,
    ],
)
TOKEN_KEYS: list[str] = env.list("TOKEN_KEYS", validate=token_keys)
QUICKBOOKS_CLIENT_ID = env.str("QUICKBOOKS_CLIENT_ID", "")
QUICKBOOKS_CLIENT_SECRET = env.str("QUICKBOOKS_CLIENT_SECRET", "")
QUICKBOOKS_ENVIRONMENT = env.str(
    "QUICKBOOKS_ENVIRONMENT", "sandbox", validate=validate.OneOf(["sandbox", "production", "emulator"])
)
# A second pair of keys: with them companies can be connected to Intuit's sandbox beside the real books.
QUICKBOOKS_SANDBOX_CLIENT_ID = env.str("QUICKBOOKS_SANDBOX_CLIENT_ID", "")
QUICKBOOKS_SANDBOX_CLIENT_SECRET = env.str("QUICKBOOKS_SANDBOX_CLIENT_SECRET", "")
QUICKBOOKS_DISCOVERY_URL = env.str("QUICKBOOKS_DISCOVERY_URL", "")
QUICKBOOKS_API_URL = env.str("QUICKBOOKS_API_URL", "")
QUICKBOOKS_WEBHOOK_TOKEN = env.str("QUICKBOOKS_WEBHOOK_TOKEN", "")
QUICKBOOKS_LIMITS = env.bool("QUICKBOOKS_LIMITS", True)
# Every so many hours the job costs of a company are read; 0 reads them only when somebody asks.
JOB_COST_HOURS = env.float("JOB_COST_HOURS", 2.0, validate=validate.Range(min=0))
# Every so many minutes is looked what changed in QuickBooks, while webhooks are on and without; 0 only when asked.
WATCH_MINUTES_WITH_HOOKS = env.float("WATCH_MINUTES_WITH_HOOKS", 5.0, validate=validate.Range(min=0))
WATCH_MINUTES = env.float("WATCH_MINUTES", 15.0, validate=validate.Range(min=0))
# Within so many days each linked document is looked for itself, unless it was heard of.
WATCH_CHECK_DAYS = env.float("WATCH_CHECK_DAYS", 7.0, validate=validate.Range(min=0.01))
# What a company may read of QuickBooks in a day, by itself; 0 is without a limit. Intuit meters reading.
QUICKBOOKS_READS_A_DAY = env.int("QUICKBOOKS_READS_A_DAY", 2000, validate=validate.Range(min=0))
QUICKBOOKS_READ_TIMEOUT = env.float("QUICKBOOKS_READ_TIMEOUT", 20.0, validate=SOME)
# The engine: after how many seconds without a word a worker counts as dead (docs/adr/0029), how often it looks before
# it repeats, how it waits.
ENGINE_LEASE_SECONDS = env.float("ENGINE_LEASE_SECONDS", 15.0, validate=validate.Range(min=1))
# Of how many workers' deaths in a row with the same record alone in hand it is set aside (docs/acceptance.md).
ENGINE_CRASHES = env.int("ENGINE_CRASHES", 3, validate=validate.Range(min=1))
ENGINE_BACKOFF = env.float("ENGINE_BACKOFF", 1.0, validate=validate.Range(min=0))
ENGINE_SWEEP_SECONDS = env.float("ENGINE_SWEEP_SECONDS", 5.0, validate=SOME)
ENGINE_RING_AGAIN_SECONDS = env.float("ENGINE_RING_AGAIN_SECONDS", 15.0, validate=SOME)
THROTTLE_SECONDS = env.float("THROTTLE_SECONDS", 60.0, validate=SOME)
PROBES_BEFORE_REPEAT = env.int("PROBES_BEFORE_REPEAT", 2, validate=validate.Range(min=0))
PROBE_PAUSE_SECONDS = env.float("PROBE_PAUSE_SECONDS", 3.0, validate=validate.Range(min=0))
# Of what went in a batch: longer than the 120 seconds after which QuickBooks ends a request (docs/adr/0020).
BATCH_PROBE_PAUSE_SECONDS = env.float("BATCH_PROBE_PAUSE_SECONDS", 130.0, validate=validate.Range(min=0))
# So many seconds a new company begins with in which an acceptance can be taken back; each sets its own (docs/adr/0032).
UNDO_SECONDS = env.int("UNDO_SECONDS", 10, validate=validate.Range(min=0, max=600))
EMAIL_URL = env.str("EMAIL_URL", "console:", validate=mail_server)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "sync-console@localhost")
OIDC_NAME = env.str("OIDC_NAME", "", validate=single_sign_on)
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "", validate=single_sign_on)
OIDC_SECRET = env.str("OIDC_SECRET", "", validate=single_sign_on)
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "", validate=single_sign_on)
LOG_LEVEL = env.str("LOG_LEVEL", "INFO", validate=validate.OneOf(["DEBUG", "INFO", "WARNING", "ERROR"]))
STATIC_MANIFEST = env.bool("STATIC_MANIFEST", False)
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
JOURNAL_SIGNING_KEY = env.str("JOURNAL_SIGNING_KEY", "", validate=signing_key)
# When administrators are mailed: minutes a record waits, minutes without a heartbeat, days of a sign-in; 0 is never.
ALERT_QUEUE_MINUTES = env.int("ALERT_QUEUE_MINUTES", 30, validate=validate.Range(min=0))
ALERT_HEARTBEAT_MINUTES = env.int("ALERT_HEARTBEAT_MINUTES", 5, validate=validate.Range(min=0))
ALERT_TOKEN_DAYS = env.int("ALERT_TOKEN_DAYS", 7, validate=validate.Range(min=0))
# Networks that webhooks may lead into though they are not public, as 10.0.0.0/8; there, and only there, by http too.
WEBHOOK_PRIVATE_NETWORKS: list[str] = env.list("WEBHOOK_PRIVATE_NETWORKS", [], validate=networks)
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0, validate=validate.Range(min=0))

try:
    env.seal()
except EnvValidationError as wrong:
    faults = cast("dict[str, list[str]]", wrong.error_messages)
    said = "".join(f"\n  {name}: {' '.join(map(str, why))}" for name, why in sorted(faults.items()))
    raise ImproperlyConfigured(f"The environment lacks settings or has wrong ones (see .env.example):{said}") from None

# Whoever names the console's address means that it answers there.
ALLOWED_HOSTS = [*ALLOWED_HOSTS, str(urlsplit(PUBLIC_URL).hostname)]

CELERY_TASK_TIME_LIMIT = 120

# --- Database and cache ----------------------------------------------------------------------------------------------

DATABASES = {"default": database(_database_url)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # An immediate transaction takes the write lock at once, so a writer waits instead of failing half way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # A process that freezes in a transaction holds its locks, and every sweep would wait for them; the server ends what
    # has said nothing for as long as the longest task may take. An address may bring options of its own.
    frozen = {"options": f"-c idle_in_transaction_session_timeout={CELERY_TASK_TIME_LIMIT}s"}
    DATABASES["default"]["OPTIONS"] = frozen | DATABASES["default"].get("OPTIONS", {})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

IN_ONE_PROCESS = REDIS_URL.startswith("memory:")
# Only signing in uses the cache, to count failures: in the database, so that without Redis people come in and the
# limits still hold. The table is made by a migration of accounts.
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_sign_in_limits",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

# --- Applications ----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "template_partials",
    "heroicons",
    "csp",
    "procore_sync.kit",
    "procore_sync.accounts",
    "procore_sync.acceptance",
    "projects",
    "vendors",
    "budgets",
    "commitments",
    "change_orders",
    "invoices",
    "quickbooks_bridge",
    "procore_sync.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "procore_sync.logs.RequestLogMiddleware",
    "procore_sync.heads.HeadMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "procore_sync.accounts.middleware.MemberMiddleware",
    "procore_sync.accounts.middleware.LanguageMiddleware",
    "procore_sync.accounts.middleware.RefusalMiddleware",
    "procore_sync.accounts.addresses.AddressMiddleware",
]

ROOT_URLCONF = "procore_sync.urls"
WSGI_APPLICATION = "procore_sync.wsgi.application"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
FORMAT_MODULE_PATH = "procore_sync.formats"
LANGUAGE_COOKIE_NAME = "language"
LOCALE_PATHS = [BASE_DIR / "procore_sync/locale"]
TIME_ZONE = "UTC"
USE_TZ = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "procore_sync.navigation.navigation",
            ],
            "builtins": ["procore_sync.places", "django.templatetags.i18n"],
        },
    },
]

# A commitment of 500 lines is one form: seven fields a line, and its head. An application has those lines and each that
# change orders added, at up to nine fields a line, and is one form too.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 30_000
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = not STATIC_MANIFEST
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if STATIC_MANIFEST
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Sign-in (django-allauth and its policy) -------------------------------------------------------------------------

ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "APPS": [
            {
                "provider_id": "company",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_SECRET,
                "settings": {"server_url": OIDC_SERVER_URL, "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_NAME and OIDC_CLIENT_ID and OIDC_SERVER_URL
        else []
    }
}

# --- What the browser is told ----------------------------------------------------------------------------------------

HTTPS = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # The browsers' preload list is for the owner of the domain to join.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "procore_sync.bad_requests.old_page"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}

# --- Mail and logs ---------------------------------------------------------------------------------------------------

vars().update({name: value for name, value in mail_server(EMAIL_URL).items() if name.startswith("EMAIL_")})
EMAIL_TIMEOUT = 10
LOGGING = logging_for(LOG_LEVEL)

# --- Celery: the bell, not the queue (docs/adr/0004) -----------------------------------------------------------------

CELERY_BROKER_URL = broker_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "console"
# Receivers of webhooks may be slow, and a company's books long: workers of their own can take theirs (docs/running.md),
# one without -Q takes all, and readings last (docs/adr/0055). What sending waits for, as `look_at_ledger`, is none.
CELERY_TASK_QUEUES = [Queue("console"), Queue("webhooks"), Queue(READINGS)]
CELERY_TASK_ROUTES = {
    "acceptance.webhooks": {"queue": "webhooks"},
    "quickbooks.refresh_company": {"queue": READINGS},
    "quickbooks.read_*": {"queue": READINGS},
    "quickbooks.reconcile": {"queue": READINGS},
    "quickbooks.readings_served": {"queue": READINGS},
    "quickbooks.carry_files": {"queue": READINGS},
}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# visibility timeout > hard limit > soft limit > HTTP timeouts, and a restore sweep that really runs every 5 s.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A bell that cannot be rung is not tried again while a person waits for an answer: the sweep finds the record.
    "max_retries": 0,
}
# A tick that nobody took is thrown away some time. Celery compares beat's clock with the worker's, so that is longer
# than they may differ; with less, a worker whose clock is ahead would sweep never.
TICK_LASTS = 20 * 60
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "acceptance.sweep", "schedule": ENGINE_SWEEP_SECONDS, "options": {"expires": TICK_LASTS}},
    "refresh_names": {"task": "quickbooks.refresh_names", "schedule": 3600.0, "options": {"expires": TICK_LASTS}},
    "lifetimes": {"task": "quickbooks.lifetimes", "schedule": 3600.0, "options": {"expires": TICK_LASTS}},
    "job_costs": {"task": "quickbooks.job_costs", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "billing_periods": {"task": "invoices.open_periods", "schedule": 300.0, "options": {"expires": TICK_LASTS}},
    "payments": {"task": "quickbooks.payments", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "turns": {"task": "acceptance.take_turns", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "drift": {"task": "quickbooks.drift_after_flights", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "changes": {"task": "quickbooks.changes", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "reconciliations": {"task": "quickbooks.reconciliations", "schedule": 300.0, "options": {"expires": TICK_LASTS}},
    "files": {"task": "quickbooks.files", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "openings": {"task": "quickbooks.openings", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "served": {"task": "quickbooks.readings_served", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "alarms": {"task": "quickbooks.alarms", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "webhooks": {"task": "acceptance.webhooks", "schedule": ENGINE_SWEEP_SECONDS, "options": {"expires": TICK_LASTS}},
    "minute": {"task": "acceptance.minute", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
    "forget": {"task": "acceptance.forget", "schedule": 60.0, "options": {"expires": TICK_LASTS}},
}

# How long an answer about many records may be busy itself; with what surrounds it, it is there within a second.
SECONDS_OF_AN_ANSWER = 0.5
ENGINE_IN_TEST_TRANSACTION = False

"""Settings from the environment. At start, everything that is missing or wrong is said in one list."""

from pathlib import Path

from environs import Env
from kombu import Queue

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env(eager=False)

SECRET_KEY = env.str("SECRET_KEY")
DEBUG = env.bool("DEBUG", False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1"])
PUBLIC_URL = env.str("PUBLIC_URL", "http://127.0.0.1:8000")
DATABASES = {"default": env.dj_db_url("DATABASE_URL")}
REDIS_URL = env.str("REDIS_URL")
TOKEN_KEYS: list[str] = env.list("TOKEN_KEYS")
QUICKBOOKS_CLIENT_ID = env.str("QUICKBOOKS_CLIENT_ID", "")
QUICKBOOKS_CLIENT_SECRET = env.str("QUICKBOOKS_CLIENT_SECRET", "")
QUICKBOOKS_ENVIRONMENT = env.str("QUICKBOOKS_ENVIRONMENT", "sandbox")
QUICKBOOKS_DISCOVERY_URL = env.str("QUICKBOOKS_DISCOVERY_URL", "")
QUICKBOOKS_API_URL = env.str("QUICKBOOKS_API_URL", "")
QUICKBOOKS_LIMITS = env.bool("QUICKBOOKS_LIMITS", True)
QUICKBOOKS_READ_TIMEOUT = env.float("QUICKBOOKS_READ_TIMEOUT", 20.0)
# The engine: how long a worker may hold a submission, how often it looks before it repeats, how it waits.
ENGINE_LEASE_SECONDS = env.float("ENGINE_LEASE_SECONDS", 180.0)
ENGINE_BACKOFF = env.float("ENGINE_BACKOFF", 1.0)
ENGINE_SWEEP_SECONDS = env.float("ENGINE_SWEEP_SECONDS", 5.0)
ENGINE_RING_AGAIN_SECONDS = env.float("ENGINE_RING_AGAIN_SECONDS", 30.0)
THROTTLE_SECONDS = env.float("THROTTLE_SECONDS", 60.0)
PROBES_BEFORE_REPEAT = env.int("PROBES_BEFORE_REPEAT", 2)
PROBE_PAUSE_SECONDS = env.float("PROBE_PAUSE_SECONDS", 3.0)
EMAIL = env.dj_email_url("EMAIL_URL", "console:")
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "sync-console@localhost")

env.seal()

ENGINE_IN_TEST_TRANSACTION = False

if DATABASES["default"].get("ENGINE", "").endswith("sqlite3"):
    # An immediate transaction takes the write lock at once, so a writer waits instead of failing half way.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;",
    }

EMAIL_BACKEND = EMAIL["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL["EMAIL_HOST"]
EMAIL_PORT = EMAIL["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL["EMAIL_USE_TLS"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "template_partials",
    "heroicons",
    "procore_sync.kit",
    "procore_sync.accounts",
    "procore_sync.acceptance",
    "projects",
    "vendors",
    "quickbooks_bridge",
    "procore_sync.demo",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "procore_sync.accounts.middleware.MemberMiddleware",
    "procore_sync.accounts.middleware.RefusalMiddleware",
]

ROOT_URLCONF = "procore_sync.urls"
WSGI_APPLICATION = "procore_sync.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"

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
        },
    },
]

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "procore_sync.accounts.api.answer_refusal",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "procore_sync.kit.pagination.NewestFirst",
    "PAGE_SIZE": 50,
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "console"
CELERY_TASK_QUEUES = [Queue("console")]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 100
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
}
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "acceptance.sweep", "schedule": ENGINE_SWEEP_SECONDS, "options": {"expires": 60}},
}

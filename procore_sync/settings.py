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
OIDC_NAME = env.str("OIDC_NAME", "")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_SECRET = env.str("OIDC_SECRET", "")
OIDC_SERVER_URL = env.str("OIDC_SERVER_URL", "")
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)

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
    "allauth.account.middleware.AccountMiddleware",
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

# Signing in (docs/accounts.md): by invitation only, with an e-mail address; the second factor is allauth's.
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
ACCOUNT_ADAPTER = "procore_sync.accounts.sign_in.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Sync console: "
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_RATE_LIMITS = {"login_failed": "20/m/ip,5/300s/key", "reset_password": "20/m/ip,3/m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
MFA_ADAPTER = "procore_sync.accounts.sign_in.SealedSecrets"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_TOTP_ISSUER = "Sync console"
MFA_ALLOW_UNVERIFIED_EMAIL = True  # An invited person set the password by a mailed link, so the address is his.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEBUG
SOCIALACCOUNT_ADAPTER = "procore_sync.accounts.sign_in.InvitedOnlyElsewhere"
SOCIALACCOUNT_ONLY = False
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
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]

REST_FRAMEWORK = {
    "EXCEPTION_HANDLER": "procore_sync.accounts.api.answer_refusal",
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "procore_sync.accounts.authentication.TokenOfMember",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["procore_sync.accounts.authentication.IsMember"],
    "DEFAULT_THROTTLE_CLASSES": ["procore_sync.accounts.authentication.PerMember"],
    "DEFAULT_THROTTLE_RATES": {"member": "600/min"},
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "procore_sync.accounts.schema.ConsoleSchema",
    "DEFAULT_PAGINATION_CLASS": "procore_sync.kit.pagination.NewestFirst",
    "PAGE_SIZE": 50,
}
KNOX_TOKEN_MODEL = "knox.AuthToken"  # noqa: S105 - the name of a model
REST_KNOX = {"TOKEN_TTL": None, "TOKEN_PREFIX": "erp_", "AUTH_HEADER_PREFIX": "Token"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sync console",
    "VERSION": "1",
    "DESCRIPTION": "Records on their way from construction projects to QuickBooks: see docs/api.md.",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["procore_sync.accounts.authentication.IsMember"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": "procore_sync.kit.kinds.Kind",
        "StatusEnum": "procore_sync.acceptance.states.Status",
        "ActionEnum": "procore_sync.acceptance.states.Action",
    },
}
CELERY_BEAT_SCHEDULE["minute"] = {"task": "acceptance.minute", "schedule": 60.0, "options": {"expires": 60}}

"""Settings: everything that is missing or wrong is said at once, and production is strict."""

import json
import os
import runpy
import subprocess
import sys
from typing import Any
from unittest import mock

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from procore_sync.development.checks import _production
from procore_sync.development.children import ROOT

GOOD = {
    "SECRET_KEY": "long-enough-to-sign-with",
    "TOKEN_KEYS": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "DATABASE_URL": "postgres://console@127.0.0.1/console",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}


def python(code: str, environment: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    """Run `code` with this environment and nothing else."""
    path = {"PATH": os.environ["PATH"]}
    return subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env={**path, **environment}, capture_output=True, text=True, check=False
    )


def settings(*names: str, **environment: str) -> dict[str, Any]:
    """These settings as a start with this environment reads them."""
    read = started({**GOOD, **environment})
    shown: dict[str, Any] = json.loads(json.dumps({name: read[name] for name in names}))
    return shown


def started(environment: dict[str, str]) -> dict[str, Any]:
    """All that the file of settings comes to, read anew with this environment and nothing else."""
    with mock.patch.dict(os.environ, environment, clear=True):
        return runpy.run_path(str(ROOT / "procore_sync" / "settings.py"))


def test_it_lists_everything_that_is_missing() -> None:
    said = python("import procore_sync.settings", {})
    assert said.returncode == 1
    told = [line.strip() for line in said.stderr.splitlines() if line.startswith("  ") and "variable not set" in line]
    assert told == [
        "DATABASE_URL: Environment variable not set.",
        "REDIS_URL: Environment variable not set.",
        "SECRET_KEY: Environment variable not set.",
        "TOKEN_KEYS: Environment variable not set.",
    ]


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY: Shorter than minimum length"),
        ("TOKEN_KEYS", "no-key", "TOKEN_KEYS: Not a Fernet key"),
        ("TOKEN_KEYS", "", "TOKEN_KEYS: At least one key is needed"),
        ("DATABASE_URL", "nonsense", "DATABASE_URL: Not a valid database URL"),
        ("REDIS_URL", "http://127.0.0.1", "REDIS_URL: It begins with redis://, rediss:// or unix://"),
        (
            "PUBLIC_URL",
            "https://console.example/",
            "PUBLIC_URL: It begins with http:// or https:// and ends with the name",
        ),
        ("EMAIL_URL", "pigeon://post", "EMAIL_URL: Not the address of a mail server"),
        ("QUICKBOOKS_ENVIRONMENT", "live", "QUICKBOOKS_ENVIRONMENT: Must be one of: sandbox, production, emulator"),
        ("DEBUG", "perhaps", "DEBUG: Not a valid boolean"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES: Must be greater than or equal to 0"),
        ("LOG_LEVEL", "LOUD", "LOG_LEVEL: Must be one of"),
        ("DATABASE_URL", "mysql://console@127.0.0.1/console", "DATABASE_URL: The console runs on PostgreSQL"),
        ("REDIS_URL", "redis://127.0.0.1:door/0", "REDIS_URL: Its port is no number"),
        ("EMAIL_URL", "smtp://mail.example:door", "EMAIL_URL: Its port is no number"),
        ("OIDC_NAME", "Firm", "OIDC_NAME: Single sign-on needs OIDC_CLIENT_ID and OIDC_SERVER_URL as well"),
        ("ENGINE_SWEEP_SECONDS", "0", "ENGINE_SWEEP_SECONDS: Must be greater than 0"),
        ("QUICKBOOKS_READ_TIMEOUT", "0", "QUICKBOOKS_READ_TIMEOUT: Must be greater than 0"),
        ("ENGINE_BACKOFF", "-1", "ENGINE_BACKOFF: Must be greater than or equal to 0"),
    ],
)
def test_a_wrong_value_is_named_beside_a_missing_one(name: str, value: str, sentence: str) -> None:
    given = {key: kept for key, kept in GOOD.items() if key != "REDIS_URL" or name == "REDIS_URL"}
    with pytest.raises(ImproperlyConfigured) as refused:
        started({**given, name: value})
    said = str(refused.value)
    assert sentence in said
    assert name == "REDIS_URL" or "REDIS_URL: Environment variable not set" in said


def test_no_secret_is_repeated_in_the_list() -> None:
    said = python("import procore_sync.settings", {**GOOD, "TOKEN_KEYS": "c2VjcmV0LWtleQ"}).stderr
    assert "c2VjcmV0LWtleQ" not in said


def test_an_https_address_switches_on_secure_cookies_and_hsts() -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_SSL_REDIRECT")
    assert settings(*names, PUBLIC_URL="https://console.example") == dict(
        zip(names, (True, True, 31536000, True), strict=True)
    )
    assert settings(*names, PUBLIC_URL="http://127.0.0.1:8000") == dict(
        zip(names, (False, False, 0, False), strict=True)
    )


def test_the_console_answers_at_the_address_that_it_is_given() -> None:
    assert (
        settings("ALLOWED_HOSTS", PUBLIC_URL="https://console.example:8443")["ALLOWED_HOSTS"][-1] == "console.example"
    )


def test_no_forwarded_header_is_believed_unless_a_proxy_is_declared() -> None:
    assert settings("SECURE_PROXY_SSL_HEADER")["SECURE_PROXY_SSL_HEADER"] is None
    believed = settings("SECURE_PROXY_SSL_HEADER", TRUSTED_PROXIES="1")["SECURE_PROXY_SSL_HEADER"]
    assert believed == ["HTTP_X_FORWARDED_PROTO", "https"]


def test_scripts_and_styles_come_from_here_only() -> None:
    directives = settings("CONTENT_SECURITY_POLICY")["CONTENT_SECURITY_POLICY"]["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["default-src"] == ["'none'"]


def test_sqlite_waits_for_its_lock_instead_of_failing_half_way() -> None:
    options = settings("DATABASES", DATABASE_URL="sqlite:///:memory:")["DATABASES"]["default"]["OPTIONS"]
    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]


def test_a_process_that_freezes_in_a_transaction_loses_its_locks_when_its_task_would_have_been_killed() -> None:
    read = settings("DATABASES", "CELERY_TASK_TIME_LIMIT")
    options = read["DATABASES"]["default"]["OPTIONS"]
    assert options == {"options": f"-c idle_in_transaction_session_timeout={read['CELERY_TASK_TIME_LIMIT']}s"}
    own = settings("DATABASES", DATABASE_URL=f"{GOOD['DATABASE_URL']}?options=-c%20work_mem%3D8MB&sslmode=require")
    assert own["DATABASES"]["default"]["OPTIONS"] == {"options": "-c work_mem=8MB", "sslmode": "require"}


@pytest.mark.postgres
def test_postgresql_takes_it(transactional_db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SHOW idle_in_transaction_session_timeout")
        assert cursor.fetchone() == ("2min",)


def test_a_unix_socket_reaches_celery_in_its_own_spelling() -> None:
    read = settings("REDIS_URL", "CELERY_BROKER_URL", REDIS_URL="unix:///run/redis.sock?db=3")
    assert read["REDIS_URL"] == "unix:///run/redis.sock?db=3"
    assert read["CELERY_BROKER_URL"] == "redis+socket:///run/redis.sock?virtual_host=3"


def test_a_lost_task_comes_back_soon_and_never_while_it_still_runs() -> None:
    read = settings(
        "CELERY_BROKER_TRANSPORT_OPTIONS",
        "CELERY_TASK_TIME_LIMIT",
        "CELERY_TASK_SOFT_TIME_LIMIT",
        "CELERY_TASK_ACKS_LATE",
        "CELERY_TASK_REJECT_ON_WORKER_LOST",
        "CELERY_WORKER_PREFETCH_MULTIPLIER",
    )
    options = read["CELERY_BROKER_TRANSPORT_OPTIONS"]
    restoring = {"visibility_timeout": 300, "unacked_restore_interval": 5, "unacked_restore_throttle": 1}
    # A bell that cannot be rung is not tried again while a person waits for an answer.
    assert options == {**restoring, "max_retries": 0}
    assert options["visibility_timeout"] > read["CELERY_TASK_TIME_LIMIT"] > read["CELERY_TASK_SOFT_TIME_LIMIT"] > 20
    assert read["CELERY_TASK_ACKS_LATE"] is True
    assert read["CELERY_TASK_REJECT_ON_WORKER_LOST"] is True
    assert read["CELERY_WORKER_PREFETCH_MULTIPLIER"] == 1


def test_passwords_are_hashed_with_argon2() -> None:
    assert settings("PASSWORD_HASHERS")["PASSWORD_HASHERS"][0].endswith("Argon2PasswordHasher")


def test_the_checks_settings_are_a_productions() -> None:
    read = settings("HTTPS", "DEBUG", **_production())
    assert read == {"HTTPS": True, "DEBUG": False}

"""Settings of the test run: the product's own, with the environment of a test filled in where it is silent."""

import os

os.environ.setdefault("SECRET_KEY", "only-for-tests")
os.environ.setdefault("DATABASE_URL", "sqlite:///:memory:")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
os.environ.setdefault("TOKEN_KEYS", "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=")
os.environ.setdefault("EMAIL_URL", "memory:")
os.environ.setdefault("LOG_LEVEL", "WARNING")
# What is accepted leaves at once, except where the time to take it back is what is tested.
os.environ.setdefault("UNDO_SECONDS", "0")
# Connections of tests are to an emulator; where none was started nothing answers.
os.environ.setdefault("QUICKBOOKS_ENVIRONMENT", "emulator")
os.environ.setdefault("QUICKBOOKS_DISCOVERY_URL", "http://127.0.0.1:9/")
os.environ.setdefault("QUICKBOOKS_API_URL", "http://127.0.0.1:9")

from procore_sync.settings import *  # noqa: F403

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.MD5PasswordHasher",
    "django.contrib.auth.hashers.Argon2PasswordHasher",
]
# A bell that a test does ring stays in its process; workers under test get the real broker (tests/processes.py).
CELERY_BROKER_URL = "memory://"
# Tests serve static files from where they lie; nothing is collected.
WHITENOISE_AUTOREFRESH = True
# What becomes of many does not hang on how busy the machine is: a test that wants the worker to do it says so.
SECONDS_OF_AN_ANSWER = 60

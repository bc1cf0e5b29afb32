"""Logs carry facts and no secrets."""

import io
import json
import logging
import logging.config
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from procore_sync.accounts.models import Membership
from procore_sync.logs import HIDDEN, logging_for, redact
from tests.cast import company, max_pm

__all__ = ["company", "max_pm"]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the product's own log formatter writes."""
    configured = logging_for("INFO")
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    formatter = dict(configured["formatters"]["json"])
    handler.setFormatter(formatter.pop("()")(**formatter))
    logger = logging.getLogger("procore_sync")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield stream
    logger.removeHandler(handler)
    logger.setLevel(before)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    "name", ["access_token", "refresh_token", "client_secret", "password", "Authorization", "cookie", "TOKEN_KEYS"]
)
def test_what_is_named_like_a_secret_is_hidden_at_any_depth(name: str) -> None:
    kept = redact(None, "info", {"event": "call", name: "s3cret", "deep": {"list": [{name: ["s3cret"]}]}})
    assert "s3cret" not in json.dumps(kept)
    assert kept[name] == HIDDEN


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer s3cret",
        "grant_type=refresh_token&refresh_token=s3cret",
        '{"access_token": "s3cret", "expires_in": 3600}',
        "GET /callback?code=s3cret&state=1",
        "Basic s3cret",
        "Unprocessable Entity: /invitation/s3cret:1vP0-a_b:s3cret/",
        "<WSGIRequest: POST '/password/forgotten/1a-c9s3cret-s3cret/'>",
    ],
)
def test_a_token_inside_of_a_text_is_hidden(text: str) -> None:
    assert "s3cret" not in str(redact(None, "info", {"event": text})["event"])


def test_ordinary_facts_stay_readable() -> None:
    facts = {"event": "quickbooks call", "status": 200, "status_code": 500, "path": "/review/3/", "tokens_left": 3}
    assert redact(None, "info", dict(facts)) == facts


def test_a_line_is_one_json_object_with_time_level_and_exception(written: io.StringIO) -> None:
    try:
        raise ValueError("password=s3cret")
    except ValueError:
        logging.getLogger("procore_sync.somewhere").exception("It broke")
    (line,) = lines(written)
    assert (line["event"], line["level"], line["logger"]) == ("It broke", "error", "procore_sync.somewhere")
    assert "ValueError" in line["exception"]
    assert "s3cret" not in line["exception"]
    assert line["timestamp"].endswith("Z")


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/quickbooks/callback/?code=s3cret&state=1", "/invitation/s3cret/", "/password/forgotten/1a-s3cret/"]
)
def test_what_was_not_found_or_refused_is_logged_without_what_opens_doors(
    address: str, client: Client, max_pm: Membership, written: io.StringIO
) -> None:
    django = logging.getLogger("django.request")
    django.addHandler(logging.getLogger("procore_sync").handlers[-1])
    try:
        client.force_login(max_pm.user)
        client.post(address)
    finally:
        django.removeHandler(django.handlers[-1])
    assert len(lines(written)) >= 1
    assert "s3cret" not in written.getvalue()


@pytest.mark.django_db
def test_a_request_is_logged_once_without_its_query(client: Client, written: io.StringIO) -> None:
    response = client.get("/sign-in/?code=s3cret", headers={"X-Request-ID": "given-by-proxy"})
    (line,) = [one for one in lines(written) if one["event"] == "request"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/sign-in/", 200)
    assert line["request_id"] == response.headers["X-Request-ID"] == "given-by-proxy"
    assert "s3cret" not in written.getvalue()


def test_a_request_id_that_could_forge_a_line_is_replaced(client: Client) -> None:
    response = client.get("/healthz", headers={"X-Request-ID": '"}\n{"event": "forged'})
    assert "forged" not in response.headers["X-Request-ID"]

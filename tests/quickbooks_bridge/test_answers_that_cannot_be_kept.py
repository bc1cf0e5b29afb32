"""What no database keeps, NUL and half a character, comes in an answer: it stops no record and no reading."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from pytest_django import Settings

from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import OutcomeKind, Work
from procore_sync.accounts.models import Membership
from quickbooks_bridge.importers.names import refresh
from quickbooks_bridge.models import Connection, LedgerName
from tests.factories import make_vendor
from tests.quickbooks_bridge.client.sockets import Listening, listening, read_request
from tests.quickbooks_bridge.conftest import outcome_of, work
from tests.quickbooks_bridge.emulator_process import EmulatorProcess

#: A name that somebody's program cut in the middle of an emoji, as JSON tells it, and one that is whole.
HALF, WHOLE = rb"Roof \ud83c", rb"Road \ud83d\udea7 \\u0000"

TOLD_IN_HALVES = json.dumps({"Fault": {"Error": [{"code": "1", "Message": "a\0b \ud83c"}]}}).encode()


def answering(status: bytes, body: bytes) -> Callable[[Listening, socket.socket], None]:
    """Somebody between us and QuickBooks who says this to whatever is asked."""

    def talk(server: Listening, connection: socket.socket) -> None:
        server.requests.append(read_request(connection))
        head = b"HTTP/1.1 " + status + b"\r\nConnection: close\r\nContent-Length: " + str(len(body)).encode()
        connection.sendall(head + b"\r\n\r\n" + body)

    return talk


@pytest.mark.django_db
def test_half_a_character_in_a_name_stops_no_reading(books: Connection, settings: Settings) -> None:
    rows = b",".join(
        b'{"Id":"%d","DisplayName":"%s","SyncToken":"0"}' % (number, name)
        for number, name in ((901, HALF), (902, WHOLE))
    )
    told = b'{"QueryResponse":{"Vendor":[' + rows + b']},"time":"2026-03-02T10:48:46.783-08:00"}'
    with listening(answering(b"200 OK", told)) as server:
        settings.QUICKBOOKS_API_URL = server.url
        refresh(books, lists=["Vendor"])
    names = dict(LedgerName.objects.filter(entity="Vendor").values_list("remote_id", "name"))
    assert names["901"] == "Roof \N{REPLACEMENT CHARACTER}"
    assert names["902"] == "Road \N{CONSTRUCTION SIGN} \\u0000"


@pytest.mark.database
@pytest.mark.django_db
@pytest.mark.parametrize(
    "body",
    [b"\0\1\2 upstream gone", json.dumps({"Fault": {"Error": [{"code": "1", "Message": "a\0b \ud83c"}]}}).encode()],
)
def test_an_error_page_of_any_bytes_is_written_down(
    body: bytes,
    books: Connection,
    max_pm: Membership,
    accept: Callable[..., Submission],
    settings: Settings,
    emulator: EmulatorProcess,
) -> None:
    submission = accept(make_vendor(max_pm, "Tidewater Glazing").erp)
    with listening(answering(b"502 Bad Gateway", body)) as server:
        settings.QUICKBOOKS_API_URL = server.url
        work(submission)
    assert (submission.work, outcome_of(submission).outcome) == (Work.UNCERTAIN, OutcomeKind.UNKNOWN)
    settings.QUICKBOOKS_API_URL = emulator.url
    assert work(submission, times=3).work == Work.DONE

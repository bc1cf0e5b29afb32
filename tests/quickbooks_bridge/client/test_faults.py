"""Every kind of failure once, from bodies as they come over the wire."""

import pytest

from quickbooks_bridge.client.faults import CATALOGUE, Cure, FaultKind, classify, unknown, wait_in

from .conftest import golden

# Written by hand, not taken from the code's own table.
GOLDENS = [
    ("200_duplicate.json", 200, "duplicate", "6240", "approver"),
    ("200_fault_of_a_void.json", 200, "unknown", "10000", "machine"),
    ("200_page_of_a_proxy.html", 200, "unknown", "", "machine"),
    ("400_several_errors.json", 400, "refused", "2050", "project_manager"),
    ("400_without_code.json", 400, "refused", "", "approver"),
    ("401_expired_token.json", 401, "disconnected", "3200", "administrator"),
    ("403_another_company.json", 403, "forbidden", "3100", "administrator"),
    ("403_throttle_of_old.xml", 403, "throttled", "3001", "machine"),
    ("403_firewall.html", 403, "unknown", "", "machine"),
    ("404_gateway.html", 404, "refused", "", "administrator"),
    ("429_throttle.json", 429, "throttled", "3001", "machine"),
    ("429_throttle.xml", 429, "throttled", "3001", "machine"),
    ("429_empty.txt", 429, "throttled", "", "machine"),
    ("500_system_fault.json", 500, "unknown", "10000", "machine"),
    ("502_empty.txt", 502, "unknown", "", "machine"),
    ("503_gateway.html", 503, "unknown", "", "machine"),
]


@pytest.mark.parametrize(("name", "status", "kind", "code", "cure"), GOLDENS, ids=[each[0] for each in GOLDENS])
def test_it_tells_a_failure_by_status_and_code(name: str, status: int, kind: str, code: str, cure: str) -> None:
    fault = classify(status, golden(name))
    assert (fault.kind, fault.code, fault.cure, fault.status) == (kind, code, cure, status)
    assert fault.sentence.endswith(".")


CODES = [
    (100, "disconnected", "administrator"),
    (120, "forbidden", "administrator"),
    (500, "refused", "administrator"),
    (600, "unknown", "machine"),
    (610, "missing", "approver"),
    (620, "refused", "approver"),
    (1040, "refused", "machine"),
    (2010, "refused", "administrator"),
    (2020, "refused", "approver"),
    (2040, "refused", "project_manager"),
    (2050, "refused", "project_manager"),
    (2500, "refused", "approver"),
    (3001, "throttled", "machine"),
    (4001, "refused", "administrator"),
    (5010, "stale", "machine"),
    (5020, "refused", "administrator"),
    (6000, "refused", "approver"),
    (6070, "refused", "project_manager"),
    (6140, "duplicate", "approver"),
    (6190, "forbidden", "administrator"),
    (6210, "refused", "approver"),
    (6240, "duplicate", "approver"),
    (7777, "refused", "approver"),
    (10000, "unknown", "machine"),
]


@pytest.mark.parametrize(("code", "kind", "cure"), CODES)
@pytest.mark.parametrize("spelling", ["{}", "0{}"])
def test_it_knows_a_code_however_it_is_padded(code: int, kind: str, cure: str, spelling: str) -> None:
    raw = f'{{"Fault":{{"Error":[{{"Message":"m","Detail":"d","code":"{spelling.format(code)}"}}]}}}}'
    fault = classify(400, raw)
    assert (fault.kind, fault.cure, fault.code) == (kind, cure, str(code))


@pytest.mark.parametrize("code", ["3001", "5010", "6240", "2050"])
def test_a_failing_server_leaves_the_outcome_unknown_whatever_code_it_gives(code: str) -> None:
    fault = classify(500, f'{{"Fault":{{"Error":[{{"Message":"m","code":"{code}"}}]}}}}')
    assert fault.kind is FaultKind.UNKNOWN


def test_it_never_decides_by_words() -> None:
    raw = (
        '{"Fault":{"Error":[{"Message":"Stale Object Error: ThrottleExceeded, account period closed","code":"2020"}]}}'
    )
    assert classify(400, raw).kind is FaultKind.REFUSED


def test_it_keeps_every_error_and_says_them_all() -> None:
    fault = classify(400, golden("400_several_errors.json"))
    assert [error.code for error in fault.errors] == ["5010", "2050"]
    assert fault.errors[1].element == "DocNumber"
    assert "Ada were working" in fault.sentence
    assert "Supplied length:45 (2050)" in fault.sentence


def test_a_document_may_be_sent_again_only_if_every_error_allows_it() -> None:
    both = '{"Fault":{"Error":[{"Message":"m","code":"3001"},{"Message":"m","code":"6210"}]}}'
    assert classify(400, both).kind is FaultKind.REFUSED


@pytest.mark.parametrize("kind", list(FaultKind))
def test_only_an_unknown_outcome_of_a_write_leaves_open_whether_it_was_written(kind: FaultKind) -> None:
    raws = {entry.kind: code for code, entry in CATALOGUE.items()} | {FaultKind.NOT_SENT: 0}
    fault = classify(400, f'{{"Fault":{{"Error":[{{"Message":"m","code":"{raws[kind]}"}}]}}}}')
    assert fault.nothing_written is (kind is not FaultKind.UNKNOWN)


def test_a_read_never_writes() -> None:
    assert not unknown("?").nothing_written
    assert unknown("?", writes=False).nothing_written


def test_a_throttle_without_a_time_waits_a_minute() -> None:
    assert classify(429, "").retry_after == 60


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        *(("7", 7), ("", 60), ("soon", 60), ("Thu, 01 Jan 1970 00:00:00 GMT", 0), ("-3", 60), ("\u00b2", 60)),
        *(("999999", 3600), ("31536000", 3600), ("Fri, 31 Dec 9999 23:59:59 GMT", 3600)),
    ],
)
def test_it_reads_how_long_to_wait(header: str, seconds: float) -> None:
    assert wait_in({"Retry-After": header}) == seconds


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "null",
        "[]",
        "17",
        '"text"',
        '{"Fault":"text"}',
        '{"Fault":{"Error":"text"}}',
        '{"Fault":{"Error":[null,1]}}',
        '{"Fault":{"Error":{"code":6240}}}',
        '{"fault":{"error":[{"code":null}]}}',
        "<Error code='",
        "<a><Error code='99999999999999999999'><Message>x</Message></Error></a>",
        "\x00\xff",
    ],
)
def test_it_survives_any_body(raw: str) -> None:
    assert classify(400, raw).kind in (FaultKind.REFUSED, FaultKind.DUPLICATE)
    assert classify(200, raw).kind in (FaultKind.UNKNOWN, FaultKind.REFUSED, FaultKind.DUPLICATE)


def test_it_reads_xml_words_as_text() -> None:
    raw = '<r><Error code="6240" element="Name"><Message>A &amp; B</Message><Detail>x &lt; y</Detail></Error></r>'
    (error,) = classify(400, raw).errors
    assert (error.code, error.message, error.detail, error.element) == ("6240", "A & B", "x < y", "Name")


def test_each_sentence_of_the_catalogue_is_one_for_people() -> None:
    for entry in CATALOGUE.values():
        assert entry.sentence[0].isupper()
        assert entry.sentence.endswith(".")
        assert entry.cure in Cure

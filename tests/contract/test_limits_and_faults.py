"""Checklist 99-100: throttling, and the control plane's faults, each seen from the client's side of the wire."""

import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
import requests

from procore_sync.development.children import ROOT

from .conftest import HARBOR_ROW, OTHER_BOOKS, Company, Connect, Plane, error_of

FAULT = "{http://schema.intuit.com/finance/v3}Fault"


def statuses(company: Company, calls: int, path: str = "term/1") -> list[int]:
    return [company.call("GET", path).status_code for _ in range(calls)]


def test_099_the_501st_call_in_a_minute_is_429(plane: Plane, connect: Connect) -> None:
    ours, theirs = connect(HARBOR_ROW), connect(OTHER_BOOKS)
    plane.post("limits", enabled=True, per_second=1000)
    assert set(statuses(ours, 500)) == {200}
    reply = ours.call("GET", "term/1")
    assert reply.status_code == 429
    assert "Retry-After" not in reply.headers
    assert statuses(theirs, 1) == [200], "another company has its own limit"
    plane.post("clock", advance_seconds=61)
    assert statuses(ours, 1) == [200]


def test_099_a_429_is_xml_unless_switched(plane: Plane, company: Company) -> None:
    plane.post("limits", enabled=True, per_second=1)
    company.call("GET", "term/1")
    reply = company.call("GET", "term/1")
    fault = ElementTree.fromstring(reply.text).find(FAULT)  # noqa: S314 - our own answer
    assert fault is not None
    assert (fault.get("type"), fault[0].get("code")) == ("SERVICE", "3001")
    plane.post("switches", throttle_body="json", throttle_retry_after=7)
    reply = company.call("GET", "term/1")
    assert (reply.status_code, reply.headers["Retry-After"]) == (429, "7")
    assert reply.json()["fault"]["error"][0]["code"] == "3001"


def test_099_ten_calls_a_second_pass_and_the_eleventh_does_not(plane: Plane, company: Company) -> None:
    plane.post("limits", enabled=True)
    replies = statuses(company, 11)
    assert replies == [200] * 10 + [429]
    plane.post("clock", advance_seconds=1)
    assert statuses(company, 1) == [200]


def test_099_an_eleventh_call_at_once_is_turned_away(plane: Plane, company: Company) -> None:
    plane.post("limits", enabled=True, per_second=1000)
    # So slow that the last one comes before the first is answered, also on a busy machine.
    plane.post("faults", fault="slow", seconds=3, times=10)
    with ThreadPoolExecutor(11) as pool:
        replies = list(
            pool.map(
                lambda _: (
                    requests.get(
                        f"{company.base}/v3/company/{HARBOR_ROW}/term/1",
                        headers={"Authorization": f"Bearer {company.token}"},
                        timeout=10,
                    ).status_code
                ),
                range(11),
            )
        )
    assert sorted(replies) == [200] * 10 + [429]


def test_099_forty_batches_a_minute(plane: Plane, company: Company) -> None:
    plane.post("limits", enabled=True, per_second=1000)
    body = {"BatchItemRequest": [{"bId": "1", "Query": "select count(*) from Term"}]}
    replies = [company.call("POST", "batch", json=body).status_code for _ in range(41)]
    assert replies == [200] * 40 + [429]
    assert statuses(company, 1) == [200]


def test_099_a_call_that_was_turned_away_writes_nothing(plane: Plane, company: Company) -> None:
    plane.post("limits", enabled=True, per_second=1)
    company.write("Vendor", {"DisplayName": "First"})
    assert company.call("POST", "vendor", json={"DisplayName": "Second"}).status_code == 429
    assert "Second" not in [one["DisplayName"] for one in plane.documents("Vendor")]


def in_books(plane: Plane, name: str) -> int:
    return sum(one["DisplayName"] == name for one in plane.documents("Vendor"))


def arm(plane: Plane, fault: str, **more: object) -> None:
    plane.post("faults", **{"match": {"method": "POST", "entity": "Vendor"}, "times": 1, "fault": fault, **more})


def create(company: Company, name: str, **more: object) -> requests.Response:
    return company.call("POST", "vendor", json={"DisplayName": name}, params={"requestid": f"r-{name}"}, **more)


def test_100_write_then_drop_writes_and_says_nothing(plane: Plane, company: Company) -> None:
    arm(plane, "write_then_drop")
    with pytest.raises(requests.ConnectionError):
        create(company, "Lost Answer")
    assert in_books(plane, "Lost Answer") == 1
    again = create(company, "Lost Answer")
    assert again.json()["Vendor"]["SyncToken"] == "0"
    assert in_books(plane, "Lost Answer") == 1


def test_100_half_then_drop_writes_the_first_half_of_a_batch_and_forgets_the_request(
    plane: Plane, company: Company
) -> None:
    plane.post("faults", match={"operation": "batch"}, times=1, fault="half_then_drop")
    names = ["Half One", "Half Two", "Half Three", "Half Four"]
    items = [
        {"bId": str(at), "operation": "create", "Vendor": {"DisplayName": name}} for at, name in enumerate(names, 1)
    ]
    create(company, "Not A Batch")
    with pytest.raises(requests.ConnectionError):
        company.call("POST", "batch", json={"BatchItemRequest": items}, params={"requestid": "half-1"})
    assert [in_books(plane, name) for name in names] == [1, 1, 0, 0]
    again = company.call("POST", "batch", json={"BatchItemRequest": items[2:]}, params={"requestid": "half-1"})
    assert [each["Vendor"]["DisplayName"] for each in again.json()["BatchItemResponse"]] == names[2:]


def test_100_drop_writes_nothing(plane: Plane, company: Company) -> None:
    arm(plane, "drop")
    with pytest.raises(requests.ConnectionError):
        create(company, "Never Came")
    assert in_books(plane, "Never Came") == 0


def test_100_hang_lets_the_client_wait_and_writes_nothing(plane: Plane, company: Company) -> None:
    arm(plane, "hang", seconds=0.5)
    with pytest.raises(requests.ReadTimeout):
        create(company, "Waiting", timeout=0.2)
    time.sleep(0.5)
    assert in_books(plane, "Waiting") == 0


def test_100_slow_answers_late_and_right(plane: Plane, company: Company) -> None:
    arm(plane, "slow", seconds=0.3)
    began = time.monotonic()
    assert create(company, "Late").status_code == 200
    assert time.monotonic() - began >= 0.3


def test_100_a_500_may_come_after_the_write_or_before_it(plane: Plane, company: Company) -> None:
    for fault, written in (("500_after_write", 1), ("500", 0)):
        arm(plane, fault)
        error = error_of(create(company, f"By {fault}"), 500)
        assert error["code"] == "10000"
        assert in_books(plane, f"By {fault}") == written


@pytest.mark.parametrize("status", [502, 503, 504])
def test_100_a_gateway_may_fail_after_the_write_or_before_it(plane: Plane, company: Company, status: int) -> None:
    for fault, written in ((f"{status}_after_write", 1), (str(status), 0)):
        arm(plane, fault)
        reply = create(company, f"By {fault}")
        assert (reply.status_code, reply.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert in_books(plane, f"By {fault}") == written


def test_100_an_answer_may_never_come_though_it_was_written(plane: Plane, company: Company) -> None:
    arm(plane, "write_then_hang", seconds=0.5)
    with pytest.raises(requests.ConnectionError):
        create(company, "Written in Silence")
    assert in_books(plane, "Written in Silence") == 1


def test_100_a_query_may_lag_behind_a_write(plane: Plane, company: Company) -> None:
    create(company, "Not Yet Indexed")
    plane.post("faults", fault="lagging")
    assert company.call("GET", "vendor/14").status_code == 200
    asked = "select * from Vendor where DisplayName = 'Not Yet Indexed'"
    answers = [company.call("GET", "query", params={"query": asked}).json()["QueryResponse"] for _ in range(2)]
    assert answers[0] == {}
    assert answers[1]["Vendor"][0]["DisplayName"] == "Not Yet Indexed"


def test_100_a_fault_may_wait_for_any_write(plane: Plane, company: Company) -> None:
    plane.post("faults", fault="500", match={"operation": "write"})
    assert company.call("POST", "query", data=b"select * from Vendor").status_code == 200
    assert create(company, "Any Write").status_code == 500


@pytest.mark.parametrize(
    ("fault", "status", "kind"),
    [
        ("502", 502, "text/html"),
        ("503", 503, "text/html"),
        ("429_xml", 429, "application/xml"),
        ("429_json", 429, "application/json"),
        ("401", 401, "application/json"),
        ("403", 403, "text/html"),
    ],
)
def test_100_gateway_faults_write_nothing(plane: Plane, company: Company, fault: str, status: int, kind: str) -> None:
    arm(plane, fault, retry_after=3)
    reply = create(company, "Turned Away")
    assert reply.status_code == status
    assert reply.headers["Content-Type"].startswith(kind)
    assert reply.headers.get("Retry-After") == (None if fault == "401" else "3")
    assert in_books(plane, "Turned Away") == 0
    assert create(company, "Turned Away").status_code == 200


def test_100_a_fault_strikes_only_what_it_matches_and_as_often_as_it_says(plane: Plane, company: Company) -> None:
    arm(plane, "500", times=2)
    assert company.call("GET", "vendor/14").status_code == 200
    assert company.call("POST", "customer", json={"DisplayName": "Passes"}).status_code == 200
    assert company.call("POST", "query", data=b"select * from Vendor").status_code == 200
    assert [create(company, "Third Time").status_code for _ in range(3)] == [500, 500, 200]
    assert plane.get("faults") == []


@pytest.mark.parametrize("fault", ["write_then_drop", "500_after_write"])
def test_100_a_fault_after_the_write_waits_for_a_write(plane: Plane, company: Company, fault: str) -> None:
    plane.post("faults", fault=fault)
    assert company.call("GET", "vendor/14").status_code == 200
    assert company.query("select count(*) from Vendor")
    assert len(plane.get("faults")) == 1


def test_100_queries_and_tokens_can_be_struck_too(plane: Plane, company: Company) -> None:
    plane.post("faults", fault="500", match={"operation": "query", "entity": "Vendor"})
    assert company.call("GET", "query", params={"query": "select * from Term"}).status_code == 200
    assert company.call("POST", "query", data=b"select * from Vendor").status_code == 500
    plane.post("faults", fault="503", match={"entity": "token"})
    assert plane.refresh("anything").status_code == 503


def test_100_a_fault_can_mean_the_calls_that_hold_a_text(plane: Plane, company: Company) -> None:
    plane.post("faults", fault="500", match={"operation": "create", "body": '"tile no. 3"'})
    assert [create(company, f"Tile No. {number}").status_code for number in (1, 30, 3, 4)] == [200, 200, 500, 200]


def test_100_disarming_ends_every_fault(plane: Plane, company: Company) -> None:
    arm(plane, "500", times=9)
    plane.session.delete(f"{plane.base}/_control/faults", timeout=5)
    assert create(company, "Calm").status_code == 200


def test_100_the_requests_are_told_in_order(plane: Plane, company: Company) -> None:
    plane.session.delete(f"{plane.base}/_control/requests", timeout=5)
    arm(plane, "write_then_drop")
    with pytest.raises(requests.ConnectionError):
        create(company, "Told")
    create(company, "Told")
    company.query("select count(*) from Vendor")
    plane.refresh("a secret")
    told = plane.get("requests")
    assert [(one["method"], one["entity"], one["operation"], one["status"], one["requestid"]) for one in told] == [
        ("POST", "Vendor", "create", None, "r-Told"),
        ("POST", "Vendor", "create", 200, "r-Told"),
        ("GET", "query", "query", 200, None),
        ("POST", "token", "token", 400, None),
    ]
    assert told[0]["fault"] == "write_then_drop"
    assert told[0]["body"] == {"DisplayName": "Told"}
    assert "secret" not in str(told)


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("faults", {"fault": "explode"}),
        ("faults", {"fault": "500", "times": -1}),
        ("faults", {"fault": "500", "match": {"colour": "red"}}),
        ("clock", {"now": "yesterday"}),
        ("clock", {"advance_seconds": "1"}),
        ("limits", {"enabled": "yes"}),
        ("limits", {"per_minute": 0}),
        ("preferences", {"realm": "1"}),
        ("preferences", {"realm": HARBOR_ROW, "NoSuchPrefs": {}}),
        ("switches", {"throttle_body": "yaml"}),
        ("switches", {"no_such_switch": True}),
        ("reset", {"seed": "huge"}),
        ("reset", {"mark": "never made"}),
        ("reset", {"mark": ["a list"]}),
        ("mark", {}),
        ("mark", {"name": ""}),
        ("mark", {"name": 7}),
        (f"bulk/{HARBOR_ROW}/Vendor", {"DisplayName": "not a list"}),
        (f"bulk/{HARBOR_ROW}/Vendor", [{"DisplayName": "One"}, {"DisplayName": "One"}]),
        (f"bulk/{HARBOR_ROW}/Unicorn", []),
        ("authorize", {"client_id": "nobody"}),
        ("authorize", {"client_id": "demo-client", "redirect_uri": "javascript:alert(1)", "realm": HARBOR_ROW}),
    ],
)
def test_the_control_plane_says_what_is_wrong(plane: Plane, path: str, given: object) -> None:
    reply = plane.session.post(f"{plane.base}/_control/{path}", json=given, timeout=5)
    assert reply.status_code == 422
    assert all(sentence.endswith(".") for sentence in reply.json()["errors"])


def test_each_answer_takes_as_long_as_the_switch_says(plane: Plane, company: Company) -> None:
    plane.post("switches", latency_milliseconds=300)
    began = time.monotonic()
    assert statuses(company, 2) == [200, 200]
    assert time.monotonic() - began >= 0.6


def test_an_access_token_lives_as_long_as_the_switch_says(plane: Plane, connect: Connect) -> None:
    plane.post("switches", access_token_seconds=90)
    company = connect(HARBOR_ROW)
    plane.post("clock", advance_seconds=89)
    assert statuses(company, 1) == [200]
    plane.post("clock", advance_seconds=2)
    assert statuses(company, 1) == [401]


def test_many_documents_are_created_in_one_call(plane: Plane, company: Company) -> None:
    reply = plane.session.post(
        f"{plane.base}/_control/bulk/{HARBOR_ROW}/Vendor", json=[{"DisplayName": f"V{n}"} for n in range(3)], timeout=5
    )
    assert reply.json() == {"created": 3}
    assert company.named("Vendor", "V2")["SyncToken"] == "0"


def test_the_control_plane_and_forms_answer_no_page_of_another_site(plane: Plane) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    for path in ("/_control/reset", "/faults", "/connect/oauth2"):
        assert plane.session.post(plane.base + path, headers=headers, timeout=5).status_code == 403


def test_the_control_plane_writes_as_the_bookkeeper(plane: Plane) -> None:
    made = plane.post(f"documents/{OTHER_BOOKS}/Customer", DisplayName="By Hand")
    assert made in plane.documents("Customer", OTHER_BOOKS)
    changed = plane.post(f"documents/{OTHER_BOOKS}/Customer", Id=made["Id"], SyncToken="0", sparse=True, Active=False)
    assert changed["DisplayName"] == "By Hand (deleted)"


def test_every_switch_tells_its_default_and_what_is_known(plane: Plane) -> None:
    for name, switch in plane.get("switches").items():
        assert switch["value"] == switch["default"], name
        assert switch["about"].endswith((".", ")."))
    plane.post("switches", throttle_body="json")
    assert plane.get("switches")["throttle_body"]["value"] == "json"


def test_the_page_about_the_emulator_names_every_switch_as_it_is(plane: Plane) -> None:
    page = (ROOT / "docs" / "emulator.md").read_text()
    for name, switch in plane.get("switches").items():
        choices = ", ".join(f"`{told(one)}`" for one in switch["choices"]) or "a number"
        assert f"| `{name}` | `{told(switch['default'])}` | {choices} | {switch['about']} |" in page


def told(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_a_bare_seed_has_accounts_and_no_people(plane: Plane) -> None:
    plane.post("reset", seed="bare")
    assert plane.documents("Vendor") == plane.documents("Customer") == plane.documents("Item") == []
    assert len(plane.documents("Account")) == 26


def test_what_was_marked_comes_back_and_the_rest_is_gone(plane: Plane, connect: Connect) -> None:
    company = connect(HARBOR_ROW)
    kept = create(company, "Kept").json()["Vendor"]
    plane.post("switches", throttle_body="xml")
    plane.post("clock", advance_seconds=600)
    plane.post("mark", name="a vendor more")
    create(company, "Gone")
    company.call("POST", "vendor", json={**kept, "CompanyName": "Changed"})
    plane.post("switches", throttle_body="json")
    plane.post("faults", fault="500")
    plane.post("reset")
    assert in_books(plane, "Kept") == 0
    for _ in range(2):
        plane.post("reset", mark="a vendor more")
        assert plane.get("requests") == plane.get("faults") == []
        assert plane.get("switches")["throttle_body"]["value"] == "xml"
        assert plane.get("clock")["offset"] >= 600
        assert kept in plane.documents("Vendor")
        assert in_books(plane, "Gone") == 0
        # The connection is back too, and what was asked before the mark is still known by its id.
        again = create(company, "Kept")
        assert (again.status_code, again.json()["Vendor"]["Id"]) == (200, kept["Id"])
        new = create(company, "New").json()["Vendor"]
        assert int(new["Id"]) == int(kept["Id"]) + 1

"""The process itself: what survives its death, how it stops, what it says when it is ready."""

import socket
from pathlib import Path

import pytest
import requests

from .conftest import HARBOR_ROW, WAIT, Company, Plane, start_emulator, stop_emulator


def test_it_keeps_every_answered_write_through_sigkill(tmp_path: Path) -> None:
    data = tmp_path / "books.sqlite"
    process, base = start_emulator(data, "--no-limits", "--client", "other:secret")
    plane = Plane(base)
    plane.post("switches", throttle_body="json")
    tokens = plane.tokens()
    company = Company(base, HARBOR_ROW, tokens["access_token"])
    answers = [
        company.call("POST", "vendor", json={"DisplayName": f"V{n}"}, params={"requestid": f"r{n}"}) for n in range(50)
    ]
    before = {entity: plane.documents(entity) for entity in ("Vendor", "Account", "Preferences", "CompanyInfo")}
    process.kill()
    process.wait(WAIT)
    assert process.stdout is not None
    process.stdout.close()
    plane.session.close()
    company.session.close()

    process, base = start_emulator(data, "--no-limits")
    plane = Plane(base)
    assert {entity: sorted_by_id(plane.documents(entity)) for entity in before} == {
        entity: sorted_by_id(rows) for entity, rows in before.items()
    }
    assert plane.get("switches")["throttle_body"]["value"] == "json"
    company = Company(base, HARBOR_ROW, tokens["access_token"])
    again = company.call("POST", "vendor", json={"DisplayName": "V7"}, params={"requestid": "r7"})
    assert again.content == answers[7].content
    assert company.refusal("Vendor", {"DisplayName": "V8"})["code"] == "6240"
    last = max(int(row["Id"]) for row in before["Vendor"])
    assert company.write("Vendor", {"DisplayName": "After"})["Id"] == str(last + 1)
    assert plane.refresh(tokens["refresh_token"]).status_code == 200
    plane.session.close()
    company.session.close()
    stop_emulator(process)


@pytest.mark.parametrize("last", ["entered", "closed"])
def test_it_keeps_what_the_bookkeeper_did_last(tmp_path: Path, last: str) -> None:
    process, base = start_emulator(tmp_path / "books.sqlite")
    plane, books = Plane(base), f"{base}/company/{HARBOR_ROW}/purchaseorders"
    vendor = next(one["Id"] for one in plane.documents("Vendor") if one["DisplayName"] == "Ace Electric Co")
    form = {"VendorRef": vendor, "lines": "1", "what-0": "Materials", "amount-0": "5"}
    made = plane.session.post(f"{books}/new", data=form, allow_redirects=False, timeout=WAIT).headers["Location"]
    if last == "closed":
        plane.session.post(base + made, data={"action": "close", "token": "0"}, timeout=WAIT)
    before = plane.documents("PurchaseOrder")
    process.kill()
    process.wait(WAIT)
    assert process.stdout is not None
    process.stdout.close()
    plane.session.close()

    process, base = start_emulator(tmp_path / "books.sqlite")
    plane = Plane(base)
    assert plane.documents("PurchaseOrder") == before
    assert before[0]["POStatus"] == ("Closed" if last == "closed" else "Open")
    plane.session.close()
    stop_emulator(process)


def sorted_by_id(rows: list[dict[str, object]]) -> list[dict[str, object]]:
    return sorted(rows, key=lambda row: str(row["Id"]))


def test_it_stops_at_once_on_sigterm_even_with_a_hanging_call(tmp_path: Path) -> None:
    process, base = start_emulator(tmp_path / "books.sqlite")
    plane = Plane(base)
    plane.post("faults", fault="hang", seconds=60)
    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{base}/oauth2/v1/tokens/bearer", timeout=0.3)
    plane.session.close()
    assert stop_emulator(process) == 0


def test_it_keeps_clients_of_its_own(tmp_path: Path) -> None:
    process, base = start_emulator(tmp_path / "books.sqlite", "--client", "other:a:secret")
    form = {"grant_type": "refresh_token", "refresh_token": "x"}
    url = f"{base}/oauth2/v1/tokens/bearer"
    assert requests.post(url, data=form, auth=("other", "a:secret"), timeout=WAIT).json()["error"] == "invalid_grant"
    assert requests.post(url, data=form, auth=("third", "secret"), timeout=WAIT).json()["error"] == "invalid_client"
    stop_emulator(process)


def test_it_answers_a_request_in_one_piece(plane: Plane, company: Company) -> None:
    host, port = plane.base.removeprefix("http://").split(":")
    asked = (
        f"GET /v3/company/{HARBOR_ROW}/vendor/14 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {company.token}\r\n\r\n"
    )
    with socket.create_connection((host, int(port)), WAIT) as wire:
        wire.sendall(asked.encode())
        first = wire.recv(65536)
    head, _, body = first.partition(b"\r\n\r\n")
    length = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    assert len(body) == int(length.split(b":")[1])

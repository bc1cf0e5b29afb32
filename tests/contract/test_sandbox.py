"""How a company that is lent is treated: what a test makes bears a mark there, and goes again."""

from pathlib import Path

import pytest

from .conftest import OTHER_BOOKS, WAIT, Plane
from .sandbox import MARK, SANDBOX, SEEDED, Lent, SignIn, suffix
from .test_query import batch, create
from .test_transactions import WANTED, bill_of, order, payment

LISTS = ("Account", "Class", "Customer", "Department", "Employee", "Item", "Term", "Vendor")
PAPERS = ("Bill", "BillPayment", "PurchaseOrder", "Attachable")


@pytest.fixture
def lent(plane: Plane) -> Lent:
    """A client of books that are not ours."""
    token = plane.tokens(OTHER_BOOKS)["access_token"]
    shared = Lent(plane.base, OTHER_BOOKS, token)
    return Lent(plane.base, OTHER_BOOKS, token, shared=shared)


def names(plane: Plane, entity: str) -> list[tuple[str, bool]]:
    """Name and activity of every entry there."""
    rows = plane.documents(entity, OTHER_BOOKS)
    return [(one.get("DisplayName") or one["Name"], one.get("Active", True)) for one in rows]


def test_what_is_made_bears_the_mark_and_goes_again(plane: Plane, lent: Lent) -> None:
    before = {entity: names(plane, entity) for entity in LISTS}
    refs = lent.references(WANTED)
    held = order(lent, refs)
    bill = lent.write("Bill", bill_of(refs, held, ("1", 100)))
    lent.write("BillPayment", payment(refs, bill, 100))
    lent.write("Attachable", {"Note": "Signed"})
    batch(lent, [create("1", "In a batch")])
    lent.write("Employee", {"GivenName": "Ada", "FamilyName": "Quill"})
    made = {name for entity in LISTS for name, _ in set(names(plane, entity)) - set(before[entity])}
    assert len(made) >= 12
    assert [name for name in made if f" {MARK}" not in name] == []

    plane.session.delete(f"{plane.base}/_control/requests", timeout=WAIT)
    lent.give_back()
    written = [one["entity"] for one in plane.get("requests") if one["method"] == "POST"]
    newest_first = ["Employee", "Vendor", "Attachable", "BillPayment", "Bill", "PurchaseOrder", "Vendor", "Customer"]
    assert [entity for entity in dict.fromkeys(written) if entity != "Item"] == list(dict.fromkeys(newest_first))
    assert written.index("BillPayment") < written.index("Bill") < written.index("PurchaseOrder")
    assert lent.shared is not None
    lent.shared.give_back()
    assert lent.left == lent.shared.left == []
    for entity in LISTS:
        assert [one for one in names(plane, entity) if one[1]] == [one for one in before[entity] if one[1]], entity
    assert [plane.documents(entity, OTHER_BOOKS) for entity in PAPERS] == [[], [], [], []]


def test_a_test_reads_and_asks_without_the_mark(lent: Lent) -> None:
    made = lent.write("Vendor", {"DisplayName": "O'Brien Excavating"})
    assert (made["DisplayName"], made["PrintOnCheckName"]) == ("O'Brien Excavating", "O'Brien Excavating")
    assert lent.named("Vendor", "O\\'Brien Excavating")["Id"] == made["Id"]
    asked = "select * from Vendor where DisplayName in ('O\\'Brien Excavating', 'Nobody') and Active = true"
    assert [one["Id"] for one in lent.query(asked)["Vendor"]] == [made["Id"]]
    assert batch(lent, [{"bId": "1", "Query": asked}])[0]["QueryResponse"]["Vendor"] == [made]
    job = lent.named("Customer", "Fire Station 4")
    assert job["FullyQualifiedName"] == "City of Eastport:Fire Station 4"
    gone = lent.write("Vendor", {**made, "Active": False})
    assert gone["DisplayName"] == "O'Brien Excavating (deleted)"


def test_a_request_id_is_of_its_test_alone(plane: Plane, lent: Lent) -> None:
    first = lent.write("Vendor", {"DisplayName": "Once"}, requestid="r-1")
    assert lent.write("Vendor", {"DisplayName": "Once"}, requestid="r-1") == first
    other = Lent(lent.base, lent.realm, lent.token)
    assert other.write("Vendor", {"DisplayName": "Once"}, requestid="r-1")["Id"] != first["Id"]
    lent.write("Vendor", {"DisplayName": "Whole"}, requestid="x" * 50)
    told = [one["requestid"] for one in plane.get("requests") if one["method"] == "POST" and one["requestid"]]
    mine = f"r-1-{lent.ending.strip()}"
    assert told == [mine, mine, f"r-1-{other.ending.strip()}", "x" * 50]


def test_what_cannot_go_is_told(plane: Plane, lent: Lent) -> None:
    vendor = lent.write("Vendor", {"DisplayName": "Stays"})
    plane.post("faults", match={"method": "POST", "entity": "Vendor"}, fault="500")
    lent.give_back()
    assert [line.startswith(f"Vendor {vendor['Id']}: ") for line in lent.left] == [True]


def test_what_the_sandbox_lacks_is_made_as_it_is_written_down() -> None:
    for (entity, name), given in SEEDED.items():
        assert entity in LISTS, name
        assert {value for value in given.values() if isinstance(value, tuple)} <= SEEDED.keys(), name
    assert suffix() != suffix()


@pytest.fixture
def signed(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """The environment of somebody with a sandbox."""
    for name in ("REALM", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"):
        monkeypatch.setenv(f"CONTRACT_{name}", name.lower())
    for name in ("API", "REFRESH_TOKEN_FILE"):
        monkeypatch.delenv(f"CONTRACT_{name}", raising=False)
    return monkeypatch


def test_it_signs_in_to_the_sandbox_unless_told_of_an_emulator(signed: pytest.MonkeyPatch) -> None:
    assert SignIn.read().base == SANDBOX
    signed.setenv("CONTRACT_API", "http://127.0.0.1:8100")
    assert SignIn.read().base == "http://127.0.0.1:8100"


@pytest.mark.parametrize("api", ["https://quickbooks.api.intuit.com", "https://books.example.com"])
def test_it_never_speaks_to_real_books(signed: pytest.MonkeyPatch, api: str) -> None:
    signed.setenv("CONTRACT_API", api)
    with pytest.raises(pytest.UsageError, match="an emulator on this machine"):
        SignIn.read()


def test_everything_that_is_missing_is_named_at_once(signed: pytest.MonkeyPatch) -> None:
    signed.setenv("CONTRACT_CLIENT_ID", "")
    signed.delenv("CONTRACT_REFRESH_TOKEN")
    with pytest.raises(pytest.UsageError, match=r"CONTRACT_CLIENT_ID, CONTRACT_REFRESH_TOKEN\."):
        SignIn.read()


def test_a_new_refresh_token_is_kept_in_its_file(signed: pytest.MonkeyPatch, plane: Plane, tmp_path: Path) -> None:
    plane.post("switches", refresh_rotates_every_seconds=0)
    first, kept_in = plane.tokens(OTHER_BOOKS)["refresh_token"], tmp_path / "token"
    kept_in.write_text(first + "\n")
    for name, value in (("API", plane.base), ("CLIENT_ID", "demo-client"), ("CLIENT_SECRET", "demo-secret")):
        signed.setenv(f"CONTRACT_{name}", value)
    signed.setenv("CONTRACT_REFRESH_TOKEN_FILE", str(kept_in))
    assert SignIn.read().access_token()
    assert kept_in.read_text() != first
    assert SignIn.read().access_token()
    kept_in.write_text(first)
    with pytest.raises(pytest.UsageError, match="The sign-in was refused"):
        SignIn.read().access_token()

"""The API of the inbox: the same operations and refusals as the pages, tokens, idempotency, its own description."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from procore_sync.acceptance import operations
from procore_sync.acceptance.courier import Check, Choice
from procore_sync.acceptance.models import ErpItem, Event, ExportPolicy
from procore_sync.accounts import idempotency
from procore_sync.accounts import operations as people
from procore_sync.accounts.authentication import PerMember
from procore_sync.accounts.models import Company, IdempotentAnswer, Membership, Role
from procore_sync.kit.kinds import Kind
from tests.acceptance.conftest import member, new_invoice
from tests.acceptance.paper import PaperLedger
from tests.scenes import kept

pytestmark = pytest.mark.django_db


class Caller:
    """A program with a token."""

    def __init__(self, token: str) -> None:
        self.client = Client(headers={"Authorization": f"Token {token}"}, raise_request_exception=False)

    def get(self, address: str) -> Any:
        return self.client.get(f"/api/v1/{address}")

    def post(self, address: str, body: dict[str, Any] | str | None = None, key: str = "") -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return self.client.post(f"/api/v1/{address}", body or {}, content_type="application/json", headers=headers)


Call = Callable[[Membership], Caller]


@pytest.fixture
def call() -> Call:
    return lambda member: Caller(people.create_token(by=member, name="test")[1])


def digest_of(item: ErpItem) -> str:
    submission = operations.open_submission(item)
    assert submission
    return submission.digest


def test_it_lists_what_waits_oldest_first(call: Call, ada: Membership, max_pm: Membership, paper: PaperLedger) -> None:
    for label in ("Application 1", "Application 2"):
        operations.send(new_invoice(max_pm, label), by=max_pm)

    rows = call(ada).get("items/").json()["results"]

    assert [row["label"] for row in rows] == ["Application 1", "Application 2"]
    assert (rows[0]["amount"], rows[0]["first_by"]) == ("27405.00", None)


def test_it_filters_by_view_kind_and_words(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    caller = call(ada)

    assert len(caller.get("items/?view=ready_to_export&kind=invoice&q=application").json()["results"]) == 1
    assert caller.get("items/?view=synced").json()["results"] == []
    assert caller.get("items/?view=nonsense").status_code == 422


def test_the_list_takes_as_many_queries_for_thirty_rows_as_for_three(
    call: Call, ada: Membership, max_pm: Membership, paper: PaperLedger
) -> None:
    caller, counts = call(ada), []
    for more in (3, 27):
        for number in range(more):
            operations.send(new_invoice(max_pm, f"Application {number}"), by=max_pm)
        with CaptureQueriesContext(connection) as seen:
            caller.get("items/")
        counts.append(len(seen))

    assert counts[0] == counts[1]


def test_a_review_says_what_the_page_says(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    review = call(ada).get(f"items/{sent_invoice.pk}/").json()

    assert review["submission"]["digest"] == digest_of(sent_invoice)
    assert review["posting"]["entity"] == "Bill"
    assert {offer["action"]: offer["why_not"] for offer in review["offers"]}["accept"] is None
    assert [event["action"] for event in review["events"]] == ["send"]


def test_a_check_says_who_can_cure_it_and_where(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.stops.append(Check("stop", "No W-9 is on file.", "/vendors/1/", who="administrator"))
    (check,) = call(ada).get(f"items/{sent_invoice.pk}/").json()["checks"]
    assert check == {"level": "stop", "sentence": "No W-9 is on file.", "who": "administrator", "url": "/vendors/1/"}
    refused = call(ada).post(f"items/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)})
    assert (refused.status_code, refused.json()["who"], refused.json()["where"]) == (
        409,
        "administrator",
        "/vendors/1/",
    )


def test_it_accepts_what_was_seen(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = call(ada).post(f"items/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)})

    assert answer.status_code == 200
    assert answer.json()["item"]["status"] == "exporting"


@pytest.mark.parametrize(("choices", "becomes"), [(None, {"terms": "30"}), ({}, {"terms": "30"}), ({"terms": ""}, {})])
def test_a_choice_that_is_not_named_is_as_the_review_showed_it(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger, choices: Any, becomes: Any
) -> None:
    """The posting of the review is made with it, and that is what was seen."""
    paper.choices.append(Choice("terms", "Terms", [("30", "Net 30")], required=False, initial="30"))
    review = call(ada).get(f"items/{sent_invoice.pk}/").json()
    assert review["choices"][0]["initial"] == "30"
    seen = {"seen": review["seen"]} | ({} if choices is None else {"choices": choices})
    assert call(ada).post(f"items/{sent_invoice.pk}/accept/", seen).status_code == 200
    assert sent_invoice.submissions.get().choices == becomes


def test_what_is_proposed_otherwise_since_the_review_was_read_is_not_accepted(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    address, terms = f"items/{sent_invoice.pk}/", [("30", "Net 30"), ("15", "Net 15")]
    paper.choices[:] = [Choice("terms", "Terms", terms, required=False, initial="30")]
    seen = call(ada).get(address).json()["seen"]
    paper.choices[:] = [Choice("terms", "Terms", terms, required=False, initial="15")]
    answer = call(ada).post(f"{address}accept/", {"seen": seen})
    assert answer.status_code == 409
    assert "has changed since you opened it, so nothing was accepted" in answer.json()["detail"]
    assert operations.open_submission(sent_invoice)

    again = call(ada).get(address).json()["seen"]
    assert call(ada).post(f"{address}accept/", {"seen": again}).status_code == 200
    assert sent_invoice.submissions.get().choices == {"terms": "15"}
    assert call(ada).get(address).json()["seen"] == ""


def test_what_is_proposed_counts_though_the_posting_does_not_say_it(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    """What becomes of a document that is replaced is chosen, and stands in no posting: here one that is overridden."""
    address, options, paper.terms = f"items/{sent_invoice.pk}/", [("a", "A"), ("b", "B")], "Net 15"
    paper.choices[:] = [Choice("Terms", "Terms", options, required=False, initial="a")]
    seen = call(ada).get(address).json()["seen"]
    paper.choices[:] = [Choice("Terms", "Terms", options, required=False, initial="b")]
    assert call(ada).post(f"{address}accept/", {"seen": seen}).status_code == 409


def test_a_posting_that_became_another_since_the_review_was_read_is_not_accepted(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    """What is mapped and not chosen, such as the retainage item, changes the posting too."""
    address = f"items/{sent_invoice.pk}/"
    seen = call(ada).get(address).json()["seen"]
    paper.terms = "Net 15"
    assert call(ada).post(f"{address}accept/", {"seen": seen}).status_code == 409
    assert call(ada).post(f"{address}accept/", {"seen": call(ada).get(address).json()["seen"]}).status_code == 200


def test_who_names_the_sending_alone_names_each_choice(
    call: Call, ada: Membership, sent_invoice: ErpItem, paper: PaperLedger
) -> None:
    paper.choices.append(Choice("terms", "Terms", [("30", "Net 30")], required=False, initial="30"))
    address, seen = f"items/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)}
    answer = call(ada).post(address, seen)
    assert answer.status_code == 422
    assert "Name each choice (terms)" in answer.json()["detail"]
    assert call(ada).post(address, {"seen": "old"}).status_code == 409
    assert call(ada).post(address, seen | {"choices": {"terms": ""}}).status_code == 200
    assert sent_invoice.submissions.get().choices == {}


def test_it_says_who_accepted_first_and_who_can_be_the_second(
    call: Call, ada: Membership, bea: Membership, sent_invoice: ErpItem
) -> None:
    ExportPolicy.objects.create(company=ada.company, kind=Kind.INVOICE, second_above=Decimal("10000.00"))
    accept, seen = f"items/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)}
    first = call(ada).post(accept, seen).json()

    assert (first["item"]["status"], first["submission"]["decision"]) == ("sent", "")
    assert (first["submission"]["first_by"], first["amounts"]["others"]) == ("Ada", ["Bea"])
    assert [row["first_by"] for row in call(bea).get("items/").json()["results"]] == ["Ada"]
    again = call(ada).post(accept, seen)
    assert (again.status_code, "another approver accepts it next" in again.json()["detail"]) == (409, True)
    assert call(bea).post(accept, seen).json()["item"]["status"] == "exporting"


def test_a_refusal_is_the_sentence_of_the_page(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = call(ada).post(f"items/{sent_invoice.pk}/accept/", {"seen": "old"})

    assert answer.status_code == 409
    assert "has changed since you opened it" in answer.json()["detail"]


def test_what_is_missing_is_said_by_field(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    answer = call(ada).post(f"items/{sent_invoice.pk}/reject/")

    assert answer.status_code == 422
    assert answer.json()["errors"] == {"comment": ["This field is required."]}


def test_it_decides_on_no_sending_but_the_one_that_was_read(
    call: Call, ada: Membership, max_pm: Membership, sent_invoice: ErpItem
) -> None:
    caller, sender, at = call(ada), call(max_pm), f"items/{sent_invoice.pk}"
    ada.company.undo_seconds = 60
    ada.company.save()
    older = {"submission": caller.get(f"{at}/").json()["submission"]["id"]}
    sender.post(f"{at}/retrieve/")
    newer = {"submission": sender.post(f"{at}/send/").json()["submission"]["id"]}

    rejected = caller.post(f"{at}/reject/", {"comment": "Wrong period.", **older})
    caller.post(f"{at}/accept/", {"seen": digest_of(sent_invoice)})
    undone = caller.post(f"{at}/undo/", older)

    assert [answer.status_code for answer in (rejected, undone)] == [409, 409]
    assert "sent anew since you looked" in rejected.json()["detail"]
    assert "accepted anew since you looked" in undone.json()["detail"]
    assert caller.post(f"{at}/undo/", newer).json()["item"]["status"] == "sent"
    assert caller.post(f"{at}/reject/", {"comment": "Wrong period.", **newer}).json()["item"]["status"] == "rejected"


def test_it_sends_retrieves_and_rejects(call: Call, ada: Membership, max_pm: Membership, invoice: ErpItem) -> None:
    sender, approver, item = call(max_pm), call(ada), f"items/{invoice.pk}"

    statuses = [
        sender.post(f"{item}/send/").json()["item"]["status"],
        sender.post(f"{item}/retrieve/").json()["item"]["status"],
        sender.post(f"{item}/send/").json()["item"]["status"],
        approver.post(f"{item}/reject/", {"comment": "Wrong period."}).json()["item"]["status"],
    ]

    assert statuses == ["sent", "retrieved", "sent", "rejected"]


def test_a_token_may_what_its_owner_may_and_no_more(call: Call, max_pm: Membership, sent_invoice: ErpItem) -> None:
    answer = call(max_pm).post(f"items/{sent_invoice.pk}/accept/", {"seen": digest_of(sent_invoice)})

    assert answer.status_code == 403


def test_a_token_ends_at_the_border_of_its_company(
    call: Call, ada: Membership, other: Membership, sent_invoice: ErpItem
) -> None:
    Membership.objects.create(user=ada.user, company=other.company, role=ada.role)

    assert call(other).get(f"items/{sent_invoice.pk}/").status_code == 404
    assert call(ada).get(f"items/{sent_invoice.pk}/").status_code == 200


@pytest.fixture
@kept
def other(db: None) -> Membership:
    """Omar, approver in another company."""
    return member(Company.objects.create(name="Other", slug="other"), "Omar", Role.ACCOUNTANT, decides=True)


def test_a_revoked_token_and_one_of_a_person_shut_out_end_at_once(call: Call, ada: Membership, bea: Membership) -> None:
    caller, second = call(ada), call(bea)
    people.revoke_token(ada.api_tokens.get(), by=ada)
    Membership.objects.filter(pk=bea.pk).update(is_active=False)

    assert (caller.get("items/").status_code, second.get("items/").status_code) == (401, 401)


def test_the_token_itself_is_not_stored(ada: Membership) -> None:
    api_token, text = people.create_token(by=ada, name="test")

    assert text not in json.dumps([api_token.token.digest, api_token.token.token_key, api_token.name])


@pytest.mark.parametrize("token", ["\xe9", "\x00", "erp_\x7f"])
def test_what_cannot_be_a_token_is_refused_as_an_unknown_one_is(token: str, db: None) -> None:
    answer = Caller(token).get("vendors/")

    assert answer.status_code == 401
    assert "characters that no token has" in answer.json()["detail"]


def test_the_journal_is_for_those_who_may_read_it(
    call: Call, ada: Membership, vic: Membership, sent_invoice: ErpItem
) -> None:
    assert [row["action"] for row in call(ada).get("journal/").json()["results"]] == ["send"]
    assert call(vic).get("journal/").status_code == 403


def test_writes_of_a_session_need_the_csrf_token(ada: Membership, sent_invoice: ErpItem) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ada.user)

    answer = browser.post(f"/api/v1/items/{sent_invoice.pk}/reject/", {"comment": "x"}, content_type="application/json")

    assert answer.status_code == 403


def test_too_many_requests_are_answered_with_when_to_go_on(
    call: Call, ada: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PerMember, "rate", "2/min", raising=False)
    caller = call(ada)

    answers = [caller.get("items/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0


# -- what cannot be read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("[" * 1200 + "]" * 1200, "100 deep"),
        ('{"action":' * 101 + "1" + "}" * 101, "100 deep"),
        ('{"action": "send", "chosen": [], "action": "retry"}', 'the name "action" twice'),
        ('{"action": "\\ud800"}', "half a character"),
        ('{"\\ud800": 1}', "half a character"),
        ('{"action": "a\\u0000"}', "the character NUL"),
        ('{"action": 1e999}', "out of range"),
        ('{"action": NaN}', "Out of range"),
        ("{", "JSON parse error"),
    ],
)
def test_a_body_that_cannot_be_kept_as_it_is_meant_is_refused_and_holds_no_key(
    call: Call, ada: Membership, body: str, why: str
) -> None:
    caller = call(ada)

    first, again = (caller.post("items/many/", body, key="k1") for _ in range(2))

    assert first.status_code == 400
    assert why in first.json()["detail"]
    assert again["Idempotent-Replayed"] == "true"


def test_a_body_may_be_as_deep_as_is_said(call: Call, ada: Membership) -> None:
    assert call(ada).post("items/many/", "[" * 100 + "]" * 100).status_code == 422


def cursor(said: str) -> str:
    return b64encode(said.encode()).decode()


@pytest.mark.parametrize("address", ["vendors/", "items/", "notices/", "journal/"])
@pytest.mark.parametrize(
    "said", ["p=abc", "p=%00", "p=", f"p={'9' * 5000}", f"p={'9' * 40}", "p=0001-01-01T00:00:00%2B14:00", "o=x", "r=x"]
)
def test_a_cursor_that_no_list_gave_is_refused(call: Call, ada: Membership, address: str, said: str) -> None:
    answer = call(ada).client.get(f"/api/v1/{address}", {"cursor": cursor(said)})

    if answer.status_code != 200:
        assert answer.status_code == 404
        assert answer.json() == {"detail": "This list gave no such cursor. Start without one, and follow `next`."}


# -- Idempotency-Key -----------------------------------------------------------------------------------------------


def test_a_repeated_write_gets_its_first_answer_and_changes_nothing(
    call: Call, ada: Membership, sent_invoice: ErpItem
) -> None:
    caller, address = call(ada), f"items/{sent_invoice.pk}/reject/"
    first = caller.post(address, {"comment": "Wrong period."}, key="k1")
    again = caller.post(address, {"comment": "Wrong period."}, key="k1")

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert Event.objects.filter(action="reject").count() == 1


def test_a_refusal_is_repeated_too(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    caller, address = call(ada), f"items/{sent_invoice.pk}/accept/"
    caller.post(address, {"seen": "old"}, key="k1")

    assert caller.post(address, {"seen": "old"}, key="k1").status_code == 409


def test_the_same_key_with_another_body_is_refused(call: Call, ada: Membership, sent_invoice: ErpItem) -> None:
    caller, address = call(ada), f"items/{sent_invoice.pk}/reject/"
    caller.post(address, {"comment": "Wrong period."}, key="k1")

    answer = caller.post(address, {"comment": "Something else."}, key="k1")

    assert answer.status_code == 409
    assert "was used for another request" in answer.json()["detail"]


def test_two_people_may_use_the_same_key(call: Call, ada: Membership, max_pm: Membership, invoice: ErpItem) -> None:
    call(max_pm).post(f"items/{invoice.pk}/send/", key="k1")

    assert call(ada).post(f"items/{invoice.pk}/reject/", {"comment": "No."}, key="k1").status_code == 200


def test_a_request_that_still_runs_is_not_run_beside_itself(
    call: Call, max_pm: Membership, invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller, seen = call(max_pm), []

    def send_twice(item: ErpItem, *, by: Membership, reply: str) -> None:
        seen.append(caller.post(f"items/{invoice.pk}/send/", key="k1"))

    monkeypatch.setattr("procore_sync.acceptance.api.operations.send", send_twice)
    caller.post(f"items/{invoice.pk}/send/", key="k1")

    assert [answer.status_code for answer in seen] == [409]
    assert "still runs" in seen[0].json()["detail"]


def test_a_request_that_was_cut_off_can_be_repeated_after_two_minutes(
    call: Call, max_pm: Membership, invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        idempotency.IdempotentWrites, "finalize_response", lambda self, request, response, *a, **k: 1 / 0
    )
    caller, address = call(max_pm), f"items/{invoice.pk}/send/"
    caller.post(address, key="k1")
    monkeypatch.undo()
    assert caller.post(address, key="k1").status_code == 409

    IdempotentAnswer.objects.update(created_at=timezone.now() - timedelta(minutes=3))

    assert "cannot be sent to accounting" in caller.post(address, key="k1").json()["detail"]
    assert Event.objects.filter(action="send").count() == 1


def test_a_failure_of_ours_frees_the_key(
    call: Call, max_pm: Membership, invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(item: ErpItem, *, by: Membership) -> None:
        raise RuntimeError("a fault of ours")

    caller, address = call(max_pm), f"items/{invoice.pk}/send/"
    with monkeypatch.context() as fault:
        fault.setattr("procore_sync.acceptance.api.operations.send", broken)
        assert caller.post(address, key="k1").status_code == 500

    assert caller.post(address, key="k1").status_code == 200


@pytest.mark.parametrize(("is_done", "then"), [(True, "still runs"), (False, "cannot be sent to accounting")])
def test_an_answer_that_cannot_be_kept_frees_the_key_only_if_nothing_was_done(
    call: Call, max_pm: Membership, invoice: ErpItem, monkeypatch: pytest.MonkeyPatch, is_done: bool, then: str
) -> None:
    caller, address = call(max_pm), f"items/{invoice.pk}/send/"
    if not is_done:
        assert caller.post(address).status_code == 200
    with monkeypatch.context() as fault:
        fault.setattr(idempotency, "_plain", lambda answer: 1 / 0)
        assert caller.post(address, key="k1").status_code == 500

    assert then in caller.post(address, key="k1").json()["detail"]
    assert Event.objects.filter(action="send").count() == 1


def test_a_key_that_is_none_is_refused(call: Call, max_pm: Membership, invoice: ErpItem) -> None:
    assert call(max_pm).post(f"items/{invoice.pk}/send/", key="x" * 101).status_code == 422


def test_old_answers_are_forgotten(call: Call, max_pm: Membership, invoice: ErpItem) -> None:
    call(max_pm).post(f"items/{invoice.pk}/send/", key="k1")
    assert idempotency.forget_answers() == 0

    assert idempotency.forget_answers(before=timezone.now() + timedelta(seconds=1)) == 1


# -- the description -----------------------------------------------------------------------------------------------


def document(caller: Caller) -> dict[str, Any]:
    return dict(json.loads(caller.client.get("/api/v1/schema/", headers={"Accept": "application/json"}).content))


def test_every_operation_documents_every_refusal(call: Call, ada: Membership) -> None:
    described = document(call(ada))

    operations_of = [operation for path in described["paths"].values() for operation in path.values()]
    expected = {"400", "401", "403", "404", "409", "422", "429"}
    assert len(operations_of) >= 9
    assert all(expected <= set(operation["responses"]) for operation in operations_of)


def test_no_body_may_have_names_that_its_description_lacks(call: Call, ada: Membership) -> None:
    shapes = document(call(ada))["components"]["schemas"]

    asked = [name for name in shapes if name.startswith("Patched") or re.search(".Request$", name)]
    assert len(asked) >= 40
    assert [name for name in asked if shapes[name].get("additionalProperties") is not False] == []


def test_the_description_for_people_loads_nothing_from_elsewhere(call: Call, ada: Membership) -> None:
    page = call(ada).client.get("/api/v1/docs/").content.decode()

    assert "http" not in page.replace("http://testserver", "")
    assert "<style" not in page


FEW = settings(
    max_examples=2,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """Requests outside of the test client would close the connection of the test; the client holds it open so too."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("one_connection")
def test_the_api_does_what_its_description_says(
    ada: Membership, sent_invoice: ErpItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PerMember, "rate", "100000/min", raising=False)
    headers = {"Authorization": f"Token {people.create_token(by=ada, name='test')[1]}"}
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema/?format=json", get_wsgi_application(), headers=headers)

    operations_of = [found.ok() for found in schema.get_all_operations() if isinstance(found, Ok)]
    assert len(operations_of) >= 9
    for operation in operations_of:
        agrees(operation, headers)
        if operation.body:
            refuses_what_it_forbids(operation, headers)


def agrees(operation: schemathesis.APIOperation[Any, Any, Any, Any], headers: dict[str, str]) -> None:
    """Call `operation` with the least that its description allows, and with anything else; check every answer."""

    @FEW
    @given(case=operation.as_strategy(generation_mode=schemathesis.GenerationMode.POSITIVE))
    def call_it(case: schemathesis.Case[Any]) -> None:
        # What a rule of the business refuses, no schema can say; it answers a documented 422.
        case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    call_it()


def refuses_what_it_forbids(operation: schemathesis.APIOperation[Any, Any, Any, Any], headers: dict[str, str]) -> None:
    """A body that is of no kind which its description knows gets a refusal, and a documented one."""
    numbers = {parameter.name: 1 for parameter in operation.path_parameters}
    case = operation.Case(path_parameters=numbers, body=[["no", "object"]], media_type="application/json")

    answer = case.call_and_validate(headers=headers, excluded_checks=[positive_data_acceptance])

    assert 400 <= answer.status_code < 500, operation.label


def test_what_is_not_there_is_called_as_the_api_calls_it(max_pm: Membership) -> None:
    client = Client()
    client.force_login(max_pm.user)
    told = {path: client.get(f"/api/v1/{path}/77777/").json() for path in ("items", "billing-periods")}
    assert told == {
        "items": {"detail": "There is no such item that you may see."},
        "billing-periods": {"detail": "There is no such billing period that you may see."},
    }

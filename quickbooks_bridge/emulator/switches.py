"""Behaviour nobody could verify against the real QuickBooks: each a named switch with a documented default."""

from dataclasses import dataclass

Value = str | int | float | bool


@dataclass(frozen=True)
class Switch:
    """One open question: the answer taken by default, the other answers, and what is known."""

    default: Value
    choices: tuple[Value, ...]
    about: str


SWITCHES: dict[str, Switch] = {
    "latency_milliseconds": Switch(
        0, (), "How long each answer of the API and of the token endpoints takes besides the work; for measurements."
    ),
    "access_token_seconds": Switch(3600, (), "How long an access token lives (documented: an hour)."),
    "throttle_body": Switch("xml", ("xml", "json"), "Shape of a 429. Recorded as XML; JSON probable, not confirmed."),
    "throttle_retry_after": Switch(0, (), "Seconds in Retry-After of a 429; 0 sends no header (never seen)."),
    "default_query_order": Switch(
        "name", ("name", "id"), "Order without ORDERBY. Recorded lists of customers and vendors come by name."
    ),
    "max_results_over_1000": Switch("clamp", ("clamp", "fault"), "MAXRESULTS above 1000: clamped, or fault 4001."),
    "requestid": Switch(
        "replay", ("replay", "ignore"), "Whether a repeated requestid replays the first answer (documented)."
    ),
    "requestid_other_body": Switch(
        "replay", ("replay", "refuse"), "Same requestid with another body: replay regardless, or fault 600."
    ),
    "requestid_replays_faults": Switch(False, (False, True), "Whether a refused write is remembered by requestid too."),
    "requestid_retention_seconds": Switch(0, (), "How long a requestid is remembered; 0 is for ever."),
    "names_ignore_case": Switch(True, (True, False), "Whether two names that differ only in case are the same name."),
    "inactive_names_block": Switch(
        False, (False, True), "Whether the old name of an inactive record still blocks a new one."
    ),
    "job_names_unique_within_parent": Switch(
        False, (False, True), "Whether a sub-customer's name must be unique only beside its siblings."
    ),
    "vendor_display_name_limit": Switch(
        500, (), "Longest vendor DisplayName: reference says 500, schema and form 100."
    ),
    "empty_string_in_sparse_update": Switch(
        "keeps", ("keeps", "clears"), "An empty string in a sparse update: as if left out, or clears the field."
    ),
    "cdc_most_of_an_entity": Switch(
        1000, (), "Most objects of one entity in an answer of CDC (documented); those that changed first."
    ),
    "cdc_older_than_30_days": Switch(
        "fault",
        ("fault", "clamp", "answer"),
        "changedSince older than 30 days: documented as refused; a recording of 2020 answers 2011.",
    ),
    "batch_limit": Switch(30, (), "Most items of a batch; older pages say 25."),
    "batch_repeated_bid": Switch("accept", ("accept", "refuse"), "The same bId twice in one batch."),
    "closed_books_refuse_orders": Switch(
        False, (False, True), "Whether closed books refuse purchase orders and estimates too, which post nothing."
    ),
    "negative_totals": Switch(
        "refuse", ("refuse", "accept"), "A bill, credit or purchase whose lines come to less than nothing: fault 6000."
    ),
    "tax_that_is_sent": Switch(
        "kept",
        ("kept", "counted"),
        "A tax sent with what is bought, as by who writes back what was read: kept (documented for invoices), or "
        "counted anew.",
    ),
    "bill_terms_from_vendor": Switch(
        False, (False, True), "Whether a bill without terms takes those of its vendor, as QuickBooks' own form does."
    ),
    "delete_order_with_bills": Switch(
        "unlink", ("unlink", "refuse"), "Deleting an order that bills are linked to: they lose the link, or fault 800."
    ),
    "delete_bill_with_payments": Switch(
        "unlink",
        ("unlink", "refuse"),
        "Deleting a bill or credit that is paid: the payment loses the link, or fault 800.",
    ),
    "merged_record": Switch(
        "gone", ("gone", "inactive"), "What is left of the record that was merged away: nothing, or an inactive one."
    ),
    "merge_touches_transactions": Switch(
        False, (False, True), "Whether a merge moves SyncToken and time of the transactions that it points elsewhere."
    ),
    "webhook_of_inactive": Switch(
        "delete", ("delete", "update"), "What a webhook calls it when an entry of a list is made inactive."
    ),
    "webhook_realms": Switch(
        "mixed", ("mixed", "one"), "One webhook post may carry several companies; Intuit's pages say both."
    ),
    "webhook_failure_holds_back": Switch(
        False, (False, True), "Whether later posts wait for one that fails (Intuit: you may not receive them)."
    ),
    "webhook_retries": Switch(8, (), "Retries of a post before it is given up; from the ninth on every six hours."),
    "webhook_patience_seconds": Switch(3.0, (), "How long a post waits for its answer, in real seconds."),
    "refresh_rotates_every_seconds": Switch(86400, (), "Age at which a refresh gives a new refresh token."),
    "refresh_overlap_seconds": Switch(0, (), "How long the previous refresh token still works after rotation."),
    "revoked_401_detail": Switch("revoked", ("revoked", "expired"), "What the 401 after a revoke calls the token."),
    "wrong_realm_shape": Switch(
        "gateway", ("gateway", "fault"), "403 for another company: lowercase fault 3100, or capital Fault 120."
    ),
}


def _fits(switch: Switch, value: Value) -> bool:
    kinds = (int, float) if isinstance(switch.default, float) else (type(switch.default),)
    return type(value) in kinds and (not switch.choices or value in switch.choices)


class Switches:
    """The switches as they stand."""

    def __init__(self) -> None:
        self._set: dict[str, Value] = {}

    def __getitem__(self, name: str) -> Value:
        return self._set.get(name, SWITCHES[name].default)

    def number(self, name: str) -> int:
        """The value of a switch that is a number."""
        return int(self[name])

    def seconds(self, name: str) -> float:
        """The value of a switch that is a time."""
        return float(self[name])

    def problems(self, changes: dict[str, Value]) -> list[str]:
        """Sentences against a change; none when it may be made."""
        found = []
        for name, value in changes.items():
            switch = SWITCHES.get(name)
            if switch is None:
                found.append(f"There is no switch {name}.")
            elif not _fits(switch, value):
                allowed = ", ".join(map(str, switch.choices)) or f"a {type(switch.default).__name__}"
                found.append(f"Switch {name} takes {allowed}.")
        return found

    def change(self, changes: dict[str, Value]) -> None:
        """Set what `problems` has nothing against."""
        self._set.update(changes)

    def reset(self) -> None:
        """Back to the defaults."""
        self._set.clear()

    def changed(self) -> dict[str, Value]:
        """Only what differs from the defaults."""
        return dict(self._set)

    def described(self) -> dict[str, dict[str, object]]:
        """Every switch with value, default, choices and what is known."""
        return {
            name: {"value": self[name], "default": s.default, "choices": list(s.choices), "about": s.about}
            for name, s in SWITCHES.items()
        }

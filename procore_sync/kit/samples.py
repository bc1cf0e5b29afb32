"""Made-up content for the page of components. Nothing here comes from a company's records."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace as Made
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.urls import reverse

from procore_sync.kit.templatetags.console import FACES

STATES = ("sent", "resent", "waiting", "uncertain", "exporting", "failed", "synced", "changed", "rejected", "not_yours")
LONG = (
    "Brightwater Mechanical, Plumbing, Heating, Ventilation and Fire Protection Contractors of the Upper Harbor "
    "District (formerly Levesque)"
)
REFUSAL = Made(
    sentence="Olga Ruiz accepted it a minute ago, so there is nothing left to decide.", who="", where="", further=[]
)
REMARK = "Level 2 duct is not hung yet; bill it next month."
KINDS = {
    "commitment": "Commitment",
    "invoice": "Subcontractor invoice",
    "change_order": "Change order",
    "budget": "Budget",
    "vendor": "Vendor",
    "project": "Project",
    "cost_code": "Cost code",
}
RECORDS = (
    ("commitment", "Steel decking, levels 2 to 4", "PO-0139", "184250.00", "Harbor Row Lofts", 76),
    ("invoice", "Application 3, October", "SC-0142-03", "27405.00", "Harbor Row Lofts", 25),
    ("change_order", "Relocate riser at grid C", "SC-0142 CCO 004", "6180.00", "Harbor Row Lofts", 22),
    ("budget", "Mill Street Clinic budget", "Revision 2", "4912300.00", "Mill Street Clinic", 20),
    ("vendor", "Société Électrique Lévesque", "", None, "", 6),
    ("change_order", "Credit for unused scaffold", "SC-0098 CCO 002", "-3045.00", "Depot 9 Retrofit", 5),
    ("invoice", LONG, "SC-0098-07", "51960.00", "Depot 9 Retrofit", 4),
    ("project", "Depot 9 Retrofit", "", None, "", 2),
)


class Item(Made):
    """Stands for an item of the spine."""

    def get_kind_display(self) -> str:
        """The kind in words."""
        return KINDS[self.kind]


class Try(Made):
    """Stands for an attempt, an event or a submission."""

    def get_outcome_display(self) -> str:
        """The outcome in words."""
        return {"done": "Done", "unknown": "Unknown", "absent": "Not there"}[self.outcome]

    def get_decision_display(self) -> str:
        """The decision in words."""
        return str(self.decision).capitalize()


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(label="Name", max_length=100, help_text="As QuickBooks will print it on a cheque.")
    amount = forms.DecimalField(label="Amount", decimal_places=2)
    account = forms.ChoiceField(
        label="Expense account", choices=[("", "Choose…"), ("79", "Job Expenses:Subcontractors")], required=False
    )
    note = forms.CharField(label="Note", widget=forms.Textarea, required=False)
    notify = forms.BooleanField(label="Tell me when it is in QuickBooks", required=False, help_text="By mail, once.")
    when = forms.ChoiceField(
        label="If the books are closed",
        choices=[("wait", "Keep it waiting"), ("post", "Post on the first open day")],
        widget=forms.RadioSelect,
        initial="wait",
    )


class ChoiceForm(forms.Form):
    """What an approver picks."""

    ap_account = forms.ChoiceField(
        label="Payable account", choices=[("33", "Accounts Payable (A/P)")], help_text="Where the bill is owed."
    )
    terms = forms.ChoiceField(label="Terms", choices=[("3", "Net 30"), ("4", "Net 60")])


def _amounts(*texts: str) -> list[Decimal]:
    return [Decimal(text) for text in texts]


def _ago(hours: float) -> datetime:
    return datetime.now(UTC) - timedelta(hours=hours)


def _item(pk: int, record: tuple[str, str, str, str | None, str, int], status: str = "sent", **more: Any) -> Item:
    kind, label, number, amount, project, hours = record
    return Item(
        **{
            "pk": pk,
            "kind": kind,
            "label": label,
            "number": number,
            "amount": Decimal(amount) if amount else None,
            "project": Made(label=project) if project else None,
            "status": status,
            "revision": 2,
            "synced_revision": None,
            "is_changed": False,
            "status_changed_at": _ago(hours),
            "latest": [],
            "open": None,
        }
        | more
    )


def _views(current: str = "ready_to_export") -> list[tuple[str, str, int, str, bool]]:
    labels = {
        "ready_to_export": "Ready to export",
        "ready_to_update": "Ready to update",
        "exporting": "Exporting",
        "failed": "Failed",
        "synced": "Synced",
        "returned": "Rejected or retrieved",
    }
    counts = {"ready_to_export": 41, "ready_to_update": 6, "exporting": 2, "failed": 3, "synced": 1284, "returned": 0}
    here = reverse("kit:inbox_sample")
    return [(key, label, counts[key], f"{here}?view={key}", key == current) for key, label in labels.items()]


def frame() -> dict[str, Any]:
    """The frame's context, as a member with something to do sees it."""
    return {
        "nav": {
            "items": [
                ("", [("Home", "#home", None, False)]),
                (
                    "Accounting",
                    [("Inbox", "#i", 41, True), ("Failed", "#f", 3, False), ("To import", "#t", 12, False)],
                ),
                ("Projects", [("Harbor Row Lofts", "#p", None, False), ("All projects", "#a", None, False)]),
                (
                    "Company",
                    [
                        (label, f"#{label}", None, False)
                        for label in ("Vendors", "Cost codes", "Projects", "QuickBooks", "People", "Journal")
                    ],
                ),
            ],
            "companies": [("A made-up company", 1, True), ("Another one", 2, False)],
            "banners": [Made(level="info", sentence="A page of samples: every name and amount on it is made up.")],
            "switch_url": "#switch",
            "sign_out_url": "#out",
        },
        "ledger": {"state": "ok", "sentence": "QuickBooks connected, last call 9 s ago, queue empty"},
    }


def inbox(rows: int = 8, view: str = "ready_to_export") -> dict[str, Any]:
    """An inbox of `rows` records."""
    items = [_item(place + 1, RECORDS[place % len(RECORDS)]) for place in range(rows)]
    if rows > 4:
        items[4] = _item(5, RECORDS[4], "exporting", latest=[Made(work="waiting", reason="Waits for its project.")])
    page = Paginator(items, 1000).get_page(1)
    here = reverse("kit:inbox_sample")
    return frame() | {
        "view": view,
        "views": _views(view),
        "late_after": 3,
        "kinds": [("", "All", here, True)] + [(kind, label, f"?kind={kind}", False) for kind, label in KINDS.items()],
        "items": page.object_list,
        "all_decided": True,
        "page_obj": page,
        "query": "",
        "shown": {"kind", "number", "project", "amount", "since"},
        "filters": here,
        "list_url": here,
        "inbox_url": here,
    }


def _posting() -> Made:
    return Made(
        entity="Bill",
        operation="create",
        title="Bill SC-0142-03",
        facts=[
            Made(label="Vendor", value="Brightwater Mechanical LLC", numeric=False),
            Made(label="Bill no.", value="SC-0142-03", numeric=False),
            Made(label="Bill date, due", value="31 Oct 2026, 30 Nov 2026", numeric=True),
        ],
        columns=["Item", "Description", "Job", "Amount"],
        lines=[
            ["15-400", "Plumbing rough-in, levels 1 to 3", "Harbor Row Lofts", "21800.00"],
            ["15-700", "Ductwork, level 1", "Harbor Row Lofts", "8650.00"],
            ["15-400", "CCO 003, extra floor drains", "Harbor Row Lofts", "0.00"],
            ["Retainage", "10 % held on work of this period", "Harbor Row Lofts", "-3045.00"],
        ],
        total=Decimal("27405.00"),
    )


def _checks() -> list[Made]:
    return [
        Made(level="ok", sentence="Commitment SC-0142 and all its change orders are in QuickBooks.", url=""),
        Made(level="ok", sentence="Within the contract: 61 % billed after this.", url=""),
        Made(
            level="ok",
            sentence="Retainage: 11,240.00 held and 3,045.00 more make 14,285.00.",
            url="",
        ),
        Made(
            level="look",
            sentence="A bill of 27,405.00 from this vendor was typed in QuickBooks on 2 Nov without a number.",
            url="#compare",
            link_label="Compare",
        ),
        Made(
            level="stop",
            sentence="Cost code 02-220 has no QuickBooks item.",
            url="#map",
            link_label="Map the code",
        ),
    ]


def _events() -> list[Made]:
    return [
        Made(at=_ago(25), sentence="Sent again by Max Porter", comment=""),
        Made(at=_ago(31), sentence="Rejected by Ada Chen", comment=REMARK),
        Made(at=_ago(55), sentence="Sent to accounting by Max Porter", comment=""),
        Made(at=_ago(9000), sentence="Record made by Max Porter", comment=""),
    ]


def _attempts() -> list[Try]:
    answered = {"Fault": {"Error": [{"Message": "Stale Object Error", "code": "5010"}], "type": "ValidationFault"}}
    shared = {"request_id": "7f0c-2a", "fault_code": "", "intuit_tid": "1-68f2-aa10", "asked": {"DocNumber": "SC-0142"}}
    first = Try(number=1, act="send", outcome="unknown", http_status=None, elapsed_ms=30012, answered={}, **shared)
    first.started_at, first.sentence = _ago(0.2), "QuickBooks did not answer within 30 seconds."
    second = Try(number=2, act="probe", outcome="done", http_status=200, elapsed_ms=412, answered=answered, **shared)
    second.started_at, second.sentence = _ago(0.1), "Found in QuickBooks by its number: Bill 145, total 27,405.00."
    return [second, first]


def _offer(action: str, label: str, key: str, why_not: str = "") -> Made:
    return Made(action=action, label=label, key=key, url="#done", why_not=why_not or None)


DECIDE = [_offer("accept", "Accept", "a"), _offer("reject", "Reject", "r")]
OFFERS: dict[str, list[Made]] = {
    "sent": DECIDE,
    "resent": DECIDE,
    "not_yours": [
        _offer("accept", "Accept", "a", "You sent it yourself, so somebody else has to accept it."),
        _offer("reject", "Reject", "r"),
        _offer("retrieve", "Retrieve", "b"),
    ],
    "failed": [_offer("retry", "Try again", "t"), _offer("reject", "Reject", "r")],
    "rejected": [_offer("send", "Send again", "s", "The vendor is not in QuickBooks yet. Send it first.")],
    "changed": [_offer("send", "Send again", "s")],
    "synced": [_offer("unlink", "Unlink", "")],
}
SENDINGS: dict[str, dict[str, str]] = {
    "waiting": {"work": "waiting", "reason": "Waits for vendor Kestrel Concrete, which is not in QuickBooks yet."},
    "uncertain": {"work": "uncertain", "reason": "QuickBooks did not answer within 30 seconds."},
    "exporting": {"work": "due", "reason": ""},
    "failed": {
        "work": "parked",
        "reason": "The books are closed to 30 Sep 2026, and this bill is dated 28 Sep 2026.",
        "cure_by": "an accountant",
        "cure_url": "#books",
    },
}


def _sending(state: str) -> Try:
    more = {"work": "", "reason": "", "cure_by": "", "cure_url": ""} | SENDINGS.get(state, {})
    decided = state not in ("sent", "resent", "not_yours")
    return Try(
        digest="0" * 64,
        sent_at=_ago(25),
        sent_by="Max Porter",
        decision="accepted" if decided else "",
        decided_at=_ago(1) if decided else None,
        decided_by="Ada Chen",
        due_at=_ago(-0.1),
        **more,
    )


def review(state: str) -> dict[str, Any]:
    """A record under review in `state`, one of STATES."""
    status = {"resent": "sent", "not_yours": "sent", "waiting": "exporting", "uncertain": "exporting"}.get(state, state)
    item = _item(2, RECORDS[1], "synced" if state == "changed" else status)
    item.is_changed, item.synced_revision = state == "changed", 1 if state in ("changed", "synced") else None
    rejection = Made(comment=REMARK, decided_by="Ada Chen", decided_at=_ago(31))
    deciding = status == "sent"
    change = [Made(label="Ductwork, level 1", before="9850.00", after="8650.00")]
    shown = Made(
        item=item,
        kind_label="Subcontractor invoice",
        record_url="#record",
        submission=_sending(state),
        facts=[
            Made(label="Vendor", value=LONG, numeric=False),
            Made(label="Billing period", value="1 Oct 2026 to 31 Oct 2026", numeric=True),
            Made(label="Work completed", value="30,450.00", numeric=True),
            Made(label="Retainage held", value="3,045.00", numeric=True),
        ],
        posting=_posting(),
        choices=[],
        checks=_checks() if deciding else [],
        diff_synced=change if state == "changed" else [],
        diff_rejected=change if state == "resent" else [],
        last_rejection=rejection if state in ("resent", "rejected") else None,
        attempts=_attempts() if state in ("uncertain", "failed", "synced") else [],
        events=_events(),
        offers=OFFERS.get(state, []),
        link=Made(entity="Bill", remote_id="145", name="SC-0142-03", url="#qb", verified_at=_ago(0.2), health="ok")
        if status == "synced"
        else None,
    )
    return inbox() | {"review": shown, "choices_form": ChoiceForm(), "next_url": "#next", "queue_left": 40}


def components(query: Mapping[str, str]) -> dict[str, Any]:
    """Each component in each state."""
    bad = SampleForm({"name": "", "amount": "12,5"})
    bad.is_valid()
    days = [("20 Oct", 2), ("21 Oct", 5), ("22 Oct", 4), ("23 Oct", 12), ("26 Oct", 7), ("27 Oct", 3), ("today", 2)]
    return frame() | {
        "states": list(FACES),
        "amounts": [Decimal("1284500.00"), Decimal("0.00"), Decimal("-3045.50"), None],
        "form": SampleForm(),
        "bad_form": bad,
        "offers": [
            _offer("send", "Send to accounting", "s"),
            _offer("retrieve", "Retrieve", "b", "It has been decided already."),
            _offer("reject", "Reject", "r"),
        ],
        "item": _item(1, RECORDS[0], "rejected"),
        "unmet": [
            Made(sentence="The schedule of values is empty.", who="project manager or administrator", where="#sov")
        ],
        "posting": _posting(),
        "changes": [
            Made(label="Ductwork, level 1", before="9850.00", after="8650.00"),
            Made(label="Terms", before="Net 30", after=""),
            Made(label="Due", before="", after="30 Nov 2026"),
        ],
        "checks": _checks(),
        "events": _events(),
        "attempts": _attempts(),
        "facts": [*_posting().facts, Made(label="Long name", value=LONG, numeric=False)],
        "records": [_item(place, record) for place, record in enumerate(RECORDS)],
        "page_obj": Paginator(range(180), 50).get_page(query.get("page", "2")),
        "tabs": _views(),
        "refusal": REFUSAL,
        "days": days,
        "bullets": [
            ("Harbor Row Lofts", "#", _amounts("500000", "412000", "120000", "14000", "21000")),
            ("Mill Street Clinic", "#", _amounts("180000", "195500", "88000", "9000", "0")),
            ("Depot 9 Retrofit", "#", _amounts("0", "60000", "0", "0", "12500")),
        ],
        "trend": [3, 5, 4, 8, 6, 9, 12, 7],
        "columns": ["Code", "Description", "Amount"],
        "rows": [
            Made(number=2, state="new", cells=["15-400", "Plumbing", "21,800.00"], problems=[]),
            Made(number=3, state="changed", cells=["15-700", "Ductwork", "8,650.00"], problems=[]),
            Made(number=4, state="same", cells=["03-300", "Concrete", "1,200.00"], problems=[]),
            Made(
                number=5,
                state="refused",
                cells=["02:220", "Earthwork", "12.5"],
                problems=["A code may not contain a colon, because QuickBooks reads it as a sub-item."],
            ),
        ],
        "banners": [
            Made(level="look", sentence="QuickBooks answers slowly; exports wait up to 2 minutes.", url=""),
            Made(
                level="stop",
                sentence="QuickBooks is disconnected. Nothing is sent until an administrator connects it again.",
                url="#connect",
                link_label="Connect QuickBooks",
            ),
            Made(level="info", sentence="The books of September were closed on 4 Oct 2026.", url=""),
        ],
        "said": [
            Made(tags="success", message="Accepted. It is on its way to QuickBooks."),
            Made(tags="warning", message="Two records changed since you looked."),
            Made(tags="error", message="It was not sent."),
            Made(tags="info", message="Three jobs came in from QuickBooks."),
        ],
    }

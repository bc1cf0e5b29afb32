"""Faults 41, 42 and 44: payments that are read again, half a cent, and input that means harm."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from random import Random
from typing import Any

import requests
from django.db.models import F

from commitments.models import AccountingMethod, Commitment
from commitments.rules import LineDetails
from invoices.models import Payment
from procore_sync.acceptance import operations
from procore_sync.acceptance.models import Submission
from procore_sync.acceptance.states import Status
from procore_sync.kit.kinds import Kind
from projects.models import CostCode, Project
from projects.records import Record
from quickbooks_bridge.drift_models import Drift
from quickbooks_bridge.emulator.happenings import signature
from quickbooks_bridge.models import PaymentCursor, PaymentReading
from quickbooks_bridge.watch_models import Sweep, WatchCursor
from tests.campaign.bookkeeper import Bookkeeper, looked_at, unlike
from tests.campaign.explained import is_settled
from tests.campaign.fault import Act
from tests.campaign.faults.people import CONFLICT, WENT, Office
from tests.campaign.papers import Desk, Lines, Paper
from tests.campaign.patience import wait_for
from tests.campaign.stage import VERIFIER
from tests.campaign.visitors import Answer, at_once
from tests.factories import make_commitment, make_vendor
from tests.quickbooks_bridge.invoice_rows import make_invoice
from vendors.models import Vendor

CENT = Decimal("0.01")
READ = "/quickbooks/payments/read/"
LOOK = "/quickbooks/look/"


class PaymentsReadAgain(Office):
    """41"""

    number = 41
    title = "Payment page read twice / overlapping windows"
    safe = "one row a payment and invoice; sums unchanged"

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.keeper = Bookkeeper(act)
        self.answers: list[Answer] = []

    def strike(self, act: Act) -> None:
        """The bookkeeper pays while two people read payments, and a third has everything looked at."""
        self.keeper.pays_a_bill()
        readings = [partial(self.ada.press, READ), partial(self.bea.press, READ), partial(self.max.press, LOOK)]
        self.answers += at_once(*readings)

    def end(self, act: Act) -> None:
        """One payment becomes more; then everything of two days is read again, by both readings at once, twice."""
        wait_for(lambda: is_settled(act.papers, act.stopped), 60, what="everything is in the books")
        key = next(iter(self.keeper.paid))
        bill, _ = self.keeper.paid[key]
        self.keeper.does("amount", "BillPayment", key, amount=2.34)
        self.keeper.paid[key] = (bill, Decimal("2.34"))
        for _ in range(2):
            self._still(act)
            back = F("changed_since") - timedelta(days=2)
            PaymentCursor.objects.update(changed_since=back)
            WatchCursor.objects.update(changed_since=back)
            self.answers += at_once(partial(self.ada.press, READ), partial(self.bea.press, LOOK))
        self._still(act)
        looked_at(act, self.ada)

    def _still(self, act: Act) -> None:
        def over() -> bool:
            going = [model.objects.filter(ended_at=None).exists() for model in (PaymentReading, Sweep)]
            return not any(going)

        wait_for(over, 40, what="the readings are over", children=act.stage.workers)

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        statuses = {one.status for one in self.answers}
        if not statuses <= {WENT, CONFLICT}:
            yield f"readings were answered {statuses}"
        if PaymentReading.objects.filter(error="").count() < 2 or Sweep.objects.filter(error="").count() < 2:
            yield "payments were not read several times"
        rows = sorted(Payment.objects.values_list("payment_id", "amount"))
        paid = sorted((key, amount) for key, (_, amount) in self.keeper.paid.items())
        if rows != paid:
            yield f"payments of invoices are {rows}, and paid were {paid}"
        for card in Drift.objects.filter(answer=""):
            yield f"{card.entity} {card.remote_id} is said to be {card.what}, and nobody touched it"
        yield from unlike(act)


@dataclass
class HalfCents(Desk):
    """Makes commitments whose quantities at their rates, and invoices whose retainage, come to half a cent."""

    def commitment(self, number: int, project: Project, vendor: Record) -> tuple[Commitment, Lines]:
        """Rates of a thousandth: 3 at 0.335 are 1.005, which is 1.01."""
        dice = self.dice
        quantities = [Decimal(dice.randrange(1, 400, 2)) for _ in range(5)]
        rates = [Decimal(dice.randrange(5, 9999, 10)) / 1000 for _ in range(5)]
        typed = [(dice.choice(self.codes), *each) for each in zip(quantities, rates, strict=True)]
        given = [
            LineDetails(code.pk, None, f"Work {at}", quantity=quantity, uom="LF", unit_cost=rate)
            for at, (code, quantity, rate) in enumerate(typed, 1)
        ]
        made = make_commitment(
            self.by,
            project,
            vendor,  # type: ignore[arg-type]
            lines=given,
            number=f"HC-{number + 1:03}",
            accounting_method=AccountingMethod.UNIT,
        )
        lines = {
            str(at): (code.code, self.part(quantity * rate, 100)) for at, (code, quantity, rate) in enumerate(typed, 1)
        }
        self.sent(Kind.COMMITMENT, made, made.number, str(vendor), project.name, lines=lines)
        return made, lines

    def invoice(self, of: tuple[Commitment, Lines]) -> None:
        """An eighth of odd cents is withheld, so that every line comes to a half or a part of a cent."""
        commitment, lines = of
        billed = {key: max(self.part(amount, 30), Decimal("0.04")) for key, (_, amount) in lines.items()}
        made = make_invoice(commitment, self.by, {key: str(one) for key, one in billed.items()}, percent="12.5")
        held = sum(((one * Decimal("0.125")).quantize(CENT, ROUND_HALF_UP) for one in billed.values()), Decimal(0))
        expected = {key: (lines[key][0], amount) for key, amount in billed.items()}
        expected["R1"] = ("Retainage", -held)
        self.sent(Kind.INVOICE, made, made.number, str(commitment.vendor), commitment.project.name, lines=expected)


class HalfACent(Office):
    """42"""

    number = 42
    title = "Rounding: lines sum, quantities, retainage half cents"
    safe = "decimals only; a difference is refused before posting, shown to the cent"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        company = act.stage.company
        desk = HalfCents(act.stage.member("Max"), Random(act.dice.random()))  # noqa: S311 - dice, no secret
        desk.codes = list(CostCode.objects.filter(company=company))
        projects = list(Project.objects.filter(company=company))
        vendors = list(Vendor.objects.filter(company=company))
        for number in range(4):
            made = desk.commitment(number, desk.dice.choice(projects), desk.dice.choice(vendors))
            desk.invoice(made)
        act.papers += desk.papers
        self.halves = desk.papers

    def strike(self, act: Act) -> None:
        """A cent goes astray between the lines and the total of what was sent, by a fault of ours."""
        paper = next(one for one in act.waiting(Kind.COMMITMENT) if one in self.halves)
        submission = act.submission(paper)
        right = submission.document
        wrong = f"{Decimal(right['total']) + Decimal('0.01'):.2f}"
        # Her page was opened before; one that is opened now offers nothing to accept.
        shown = self.ada.read(paper)
        Submission.objects.filter(pk=submission.pk).update(document={**right, "total": wrong})
        answer = self.ada.decide(paper, "accept", **shown)
        self.befell.append(paper)
        told = f"The lines come to {right['total']} and the total says {wrong}."
        self.must(answer.status == CONFLICT, f"{paper} was accepted with a cent too much: {answer.status}")
        self.must(told in answer.sentence, f"{paper}: the cent is told as {answer.sentence!r}")
        Submission.objects.filter(pk=submission.pk).update(document=right)

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        halves = [one for one in self.halves if one.kind == Kind.COMMITMENT]
        if not any(self._is_half(line) for one in halves for line in act.submission(one).document["lines"]):
            yield "no quantity at its rate came to half a cent"

    @staticmethod
    def _is_half(line: dict[str, str]) -> bool:
        exact = Decimal(line["quantity"]) * Decimal(line["unit_cost"])
        return exact * 1000 % 10 == 5


#: What a spreadsheet would run, what a query would end at, what a page would run.
FORMULAS = ("=cmd|'/C calc'!A0", "+1-800 Paving", "@SUM(A1,A9) Masonry", "-2+3 Drilling")
QUOTES = ("O'Brien's \\ \"Best\" Roofing", "x' OR Active IN (true, false) --", "Ends in a backslash \\")
MARKUP = ("<script>alert(1)</script> Glass", "{{ 7 }}{% now 'Y' %} Electric")
TEN_MEGABYTES = 10 * 1024 * 1024
#: As much as Django lets into a form.
TWO_MEGABYTES = 2 * 1024 * 1024


class HostileInput(Office):
    """44"""

    number = 44
    title = "Hostile input: formula in CSV, quote in a query, 10 MB comment"
    safe = "escaped and limited; nothing gets into a query of QuickBooks"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.cut_off = 0
        sender = act.stage.member("Max")
        self.names = [*FORMULAS, *QUOTES, *MARKUP]
        for name in self.names:
            made = make_vendor(sender, name)
            operations.send(made.erp, by=sender)
            act.papers.append(Paper(Kind.VENDOR, made.erp.pk, name))

    def strike(self, act: Act) -> None:
        """Each hostile name is looked for in QuickBooks, since the answer to its write is lost."""
        names = QUOTES if not self.befell else (*FORMULAS, *MARKUP)
        for paper in [one for one in act.papers if one.name in names]:
            act.stage.fault("500_after_write", entity="Vendor", operation="create")
            act.accept(paper)
            act.until(paper, Status.SYNCED)
            self.befell.append(paper)
        act.stage.control("DELETE", "faults")
        for paper in act.waiting()[:1]:
            self._too_much(act, paper)

    def _too_much(self, act: Act, paper: Paper) -> None:
        token = self.bea.session.cookies.get("csrftoken") or ""
        page, call = (
            f"{self.bea.base}/review/{paper.item}/reject/",
            f"{self.bea.base}/api/v1/items/{paper.item}/reject/",
        )
        for size in (TEN_MEGABYTES, TWO_MEGABYTES):
            comment = "A" * size
            self._turned_away(page, data={"comment": comment, "csrfmiddlewaretoken": token})
            self._turned_away(call, json={"comment": comment}, headers={"X-CSRFToken": token})
        self.must(act.status(paper) == Status.SENT, f"{paper} was decided by a comment of megabytes")
        body = b"[" + b" " * TEN_MEGABYTES + b"]"
        hook = f"{act.stage.web.url}/quickbooks/webhooks/"
        self._turned_away(hook, data=body, headers={"intuit-signature": signature(VERIFIER, body)})

    def _turned_away(self, address: str, **sent: Any) -> None:
        """What is too long is answered 4xx; the server may hang up before all of it is sent."""
        try:
            with self.bea.session.post(address, **sent, timeout=60, stream=True, allow_redirects=False) as told:
                self.must(400 <= told.status_code < 500, f"{address} answered megabytes with {told.status_code}")
        except requests.ConnectionError:
            self.cut_off += 1

    def witness(self, act: Act) -> Iterator[str]:
        yield from super().witness(act)
        if act.unknown() < len(QUOTES):
            yield "the names were not looked for"
        asked = [one for one in act.stage.requests() if one["operation"] == "query"]
        if not any("\\'" in str(one["body"]) for one in asked):
            yield "no quote was asked for, escaped"
        yield from (f"QuickBooks did not understand {one['body']!r}" for one in asked if one["status"] == 400)
        yield from self._files()
        page = self.ada.get("/vendors/").text
        if "<script>alert(1)" in page:
            yield "a name is run as markup"

    def _files(self) -> Iterator[str]:
        """Whatever a spreadsheet takes for a formula begins with an apostrophe in every file."""
        found: set[str] = set()
        for path in ("/inbox/file.csv?view=synced&kind=vendor", "/vendors/file.csv"):
            text = self.ada.get(path).content.decode("utf-8-sig")
            for row in csv.reader(io.StringIO(text)):
                found.update(cell for cell in row if any(name in cell for name in FORMULAS))
                yield from (f"a cell of {path} begins with {cell!r}" for cell in row if cell[:1] in ("=", "+", "@"))
        if not found:
            yield "no file holds the formulas"

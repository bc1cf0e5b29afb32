"""Faults 32, 33, 35 and 36: the bookkeeper and the rules of QuickBooks stand in the way of what goes out."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.db import transaction

from procore_sync.acceptance.models import Attempt, ErpItem, Submission
from procore_sync.acceptance.states import OutcomeKind, Status, Work
from procore_sync.kit.kinds import Kind
from quickbooks_bridge.drift_models import Drift, DriftAnswer, What
from quickbooks_bridge.features import closed_until
from quickbooks_bridge.models import Connection, Link
from tests.campaign.bookkeeper import Bookkeeper, looked_at
from tests.campaign.explained import is_settled
from tests.campaign.fault import Act
from tests.campaign.faults.people import CONFLICT, WENT, VendorsInMotion
from tests.campaign.papers import Paper
from tests.campaign.patience import wait_for
from tests.campaign.visitors import Visitor
from tests.site import REALM

#: The bookkeeper's own words in an order of ours, in a field that we never write.
YARD = {"Line1": "Yard 4, gate B"}
#: QuickBooks says 2500 of what is not there, and 610 of what was made inactive.
INACTIVE = "610"
ACCOUNT_LINE = "AccountBasedExpenseLineDetail"
#: The setting of QuickBooks by which it refuses a number that is taken.
WARNS = "WarnDuplicateBillNumber"


def rest(act: Act) -> None:
    """Wait until everything is in the books or with a person."""
    wait_for(lambda: is_settled(act.papers, act.stopped), 60, what="everything is in the books")


def opened(act: Act, keeper: Bookkeeper, by: Visitor) -> None:
    """The bookkeeper opens the books, and somebody has QuickBooks' settings read, so that the console knows."""
    keeper.does("close_books", "Preferences", "1", until=None)
    by.get("/quickbooks/")
    by.press("/quickbooks/refresh/")
    rows = Connection.objects.filter(company=act.stage.company)
    wait_for(lambda: closed_until(rows.get().features) is None, 30, what="the console knows that the books are open")


class Meanwhile(threading.Thread):
    """As soon as the armed delay holds a call back, the bookkeeper changes the order that it is about to write."""

    def __init__(self, keeper: Bookkeeper) -> None:
        super().__init__(daemon=True)
        self.keeper, self.order, self.is_over = keeper, "", False

    def run(self) -> None:
        stage = self.keeper.act.stage
        while stage.armed() and not self.is_over:
            time.sleep(0.02)
        held = [one for one in self.keeper.act.hit("slow") if one["operation"] == "update"]
        if held:
            key = str(held[-1]["body"]["Id"])
            self.keeper.does("edit", "PurchaseOrder", key, fields={"ShipAddr": YARD})
            self.order = key


class StaleToken(VendorsInMotion):
    """32"""

    number = 32
    title = "Stale SyncToken on update"
    safe = "read again and merged; a real conflict is shown, and a person says what stands"
    strikes = (2, 2)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.keeper = Bookkeeper(act)
        self.orders: list[str] = []
        self.contested: list[Paper] = []
        self.rewritten: list[str] = []

    def strike(self, act: Act) -> None:
        self._vendor_of_two_minds(act)
        if act.waiting(Kind.CHANGE_ORDER):
            act.stage.fault("slow", seconds=0.7, entity="PurchaseOrder", operation="update")
            meanwhile = Meanwhile(self.keeper)
            meanwhile.start()
            act.drive(lambda: not meanwhile.is_alive(), seconds=30, what="a change order is on its way")
            self.orders.append(meanwhile.order)
        if not self.rewritten:
            self._rewrites_an_order(act)

    def _vendor_of_two_minds(self, act: Act) -> None:
        """Max and the bookkeeper both move a vendor that is in the books; Max's goes out second."""
        paper = self.vendor(act)
        act.accept(paper)
        act.until(paper, Status.SYNCED)
        key = Link.objects.get(item_id=paper.item).remote_id
        self.keeper.does("edit", "Vendor", key, fields={"BillAddr": {"City": "Bookport"}})
        self.must(self.move(act, paper, "Ourport").status == WENT, f"{paper} could not be edited")
        self.must(self.max.decide(paper, "send").status == WENT, f"{paper} could not be sent")
        self.cities[paper.item] = "Ourport"
        act.accept(paper)
        self.contested.append(paper)

    def _rewrites_an_order(self, act: Act) -> None:
        key = self.keeper.one_of_ours("PurchaseOrder")
        self.keeper.does("amount", "PurchaseOrder", key, amount=77.77)
        self.rewritten.append(key)

    def end(self, act: Act) -> None:
        """Ours shall stand: Ada tries the vendors again; Max sends the order again, and she accepts it."""
        for paper in self.contested:
            act.until(paper, Status.FAILED)
            self.must("Somebody changed" in act.submission(paper).reason, f"{paper} stopped and does not say why")
            self.must(self.ada.decide(paper, "retry").status == WENT, f"{paper} could not be tried again")
        rest(act)
        looked_at(act, self.ada)
        cards = {one.remote_id: one for one in Drift.objects.filter(answer="", entity="PurchaseOrder")}
        self.must(set(cards) == set(self.rewritten), f"cards are of {set(cards)}, rewritten were {self.rewritten}")
        for card in cards.values():
            path = f"/quickbooks/changes/{card.pk}/answer/"
            answer = self.max.press(path, answer="send", seen=card.state)
            self.must(answer.status == WENT, f"ours could not be sent again: {answer.page[:300]}")
            for paper in act.papers:
                if paper.item in (card.item_id, *card.touches):
                    act.accept(paper)

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        yield from self.wrong_cities(act)
        refused = [one for one in act.stage.requests() if one["operation"] == "update" and one["status"] == 400]
        if not [one for one in refused if one["entity"].lower() == "purchaseorder"]:
            yield "no update met a stale SyncToken"
        held = {one["Id"]: one for one in act.stage.documents("PurchaseOrder")}
        for key in filter(None, self.orders):
            if held[key].get("ShipAddr", {}).get("Line1") != YARD["Line1"]:
                yield f"what the bookkeeper wrote into order {key} is gone"
        if not Drift.objects.filter(answer=DriftAnswer.SENT).exists():
            yield "no card was answered"


class GoneThere(VendorsInMotion):
    """33"""

    number = 33
    title = "Remote object deleted / voided / merged"
    safe = "missing, voided or merged, and shown; nothing is made anew in silence"
    strikes = (1, 2)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.keeper = Bookkeeper(act)
        #: What happened to which document of ours, by kind and id; and what its paper was.
        self.fates: dict[tuple[str, str], str] = {}
        self.gone: dict[str, Paper] = {}

    def strike(self, act: Act) -> None:
        """First a look, so that QuickBooks is asked for changes from then on: of those it tells what was deleted."""
        if not self.fates:
            self.keeper.one_of_ours("Bill")
            looked_at(act, self.ada)
        self._merged(act)
        self._voided(act)
        self._deleted(act)

    def _of(self, act: Act, entity: str, key: str) -> Paper:
        item = Link.objects.filter(entity=entity, remote_id=key).order_by("item__kind").first()
        return next(one for one in act.papers if item and one.item == item.item_id)

    def _merged(self, act: Act) -> None:
        paper = self.vendor(act)
        act.accept(paper)
        act.until(paper, Status.SYNCED)
        key = Link.objects.get(item_id=paper.item).remote_id
        twin = self.keeper.writes("Vendor", DisplayName=f"{paper.name} (as the bookkeeper has it)")
        self.keeper.does("merge", "Vendor", key, into=twin["Id"])
        self._note(act, "Vendor", key, What.MERGED, paper)
        self.cities.pop(paper.item)

    def _voided(self, act: Act) -> None:
        key = self.keeper.one_of_ours("Bill", but={key: "" for _, key in self.fates})
        held = next(one for one in act.stage.documents("Bill") if one["Id"] == key)
        lines = [{**_emptied(line)} for line in held["Line"]]
        note = f"Voided {held.get('PrivateNote', '')}"
        paper = self._of(act, "Bill", key)
        self.keeper.does("edit", "Bill", key, fields={"Line": lines, "PrivateNote": note})
        voided = replace(paper, lines={key: (item, Decimal("0.00")) for key, (item, _) in paper.lines.items()})
        act.papers[act.papers.index(paper)] = voided
        self._note(act, "Bill", key, What.VOIDED, voided)

    def _deleted(self, act: Act) -> None:
        key = self.keeper.one_of_ours("PurchaseOrder", but={key: "" for _, key in self.fates})
        paper = next(
            one
            for one in act.papers
            if one.kind == Kind.COMMITMENT
            and Link.objects.filter(item_id=one.item, entity="PurchaseOrder", remote_id=key).exists()
        )
        self.keeper.does("delete", "PurchaseOrder", key)
        self._note(act, "PurchaseOrder", key, What.DELETED, paper)
        act.stopped.update(one.item for one in act.papers if one.kind == Kind.CHANGE_ORDER and one.name == paper.name)

    def _note(self, act: Act, entity: str, key: str, fate: str, paper: Paper) -> None:
        self.fates[entity, key] = fate
        self.gone[f"{entity} {key}"] = paper
        act.stopped.add(paper.item)

    def end(self, act: Act) -> None:
        rest(act)
        looked_at(act, self.ada)

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        cards = {(one.entity, one.remote_id): one.what for one in Drift.objects.filter(answer="")}
        for document, fate in self.fates.items():
            if cards.get(document) != fate:
                yield f"{document} was {fate}, and its card says {cards.get(document)}"
        for document in set(cards) - set(self.fates):
            yield f"{document} is said to be {cards[document]}, and nobody touched it"
        page = self.ada.get("/quickbooks/changes/").text
        for name, paper in self.gone.items():
            if paper.name not in page:
                yield f"{name} does not stand among what was changed"
        for one in ErpItem.objects.filter(pk__in=act.stopped, status=Status.FAILED):
            if not one.submissions.order_by("-number")[0].reason:
                yield f"{one} stopped and does not say why"
        yield from self._made_anew(act)

    def _made_anew(self, act: Act) -> Iterator[str]:
        names = {one.get("DocNumber") for one in act.stage.documents("PurchaseOrder")}
        names |= {one["DisplayName"] for one in act.stage.documents("Vendor")}
        for (entity, _), paper in zip(self.fates, self.gone.values(), strict=True):
            if entity != "Bill" and paper.name in names:
                yield f"{paper} was made anew in silence"


def _emptied(line: dict[str, Any]) -> dict[str, Any]:
    """A line as QuickBooks leaves it when a document is voided."""
    kind = line.get("DetailType", "")
    detail = {name: value for name, value in line.get(kind, {}).items() if name not in ("Qty", "UnitPrice")}
    return {**line, "Amount": 0, **({kind: detail} if kind in line else {})}


class Refusals(VendorsInMotion):
    """35"""

    number = 35
    title = "Validation refusal (6240, 6140, 6210, 2500, 2050)"
    safe = "no retry, a sentence and who can cure it; what depends on it waits"
    strikes = (1, 1)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.keeper = Bookkeeper(act)
        self.refused: dict[str, Paper] = {}

    def strike(self, act: Act) -> None:
        """Each stands in the way of one paper and of what needs it; somebody cures it, and Ada tries again."""
        self._name_is_taken(act)
        self._name_is_too_long(act)
        for paper in act.waiting(Kind.INVOICE)[:1]:
            self._number_is_taken(act, paper)
        for paper in act.waiting(Kind.INVOICE)[:1]:
            self._books_are_closed(act, paper)
        for paper in act.waiting(Kind.COMMITMENT)[:1]:
            self._reference_is_inactive(act, paper)

    def _refused(self, act: Act, code: str, paper: Paper) -> None:
        """Accept `paper`, which must stop for that reason at once, and say so."""
        act.accept(paper)
        act.until(paper, Status.FAILED)
        self.refused[code] = paper
        found = act.submission(paper)
        self.must(found.work == Work.PARKED, f"{paper} was refused with {code} and is {found.work}")
        self.must(
            found.reason and found.cure_by, f"{paper}, refused with {code}: {found.reason!r}, by {found.cure_by!r}"
        )

    def _again(self, act: Act, paper: Paper) -> None:
        answer = self.ada.decide(paper, "retry")
        self.must(answer.status == WENT, f"{paper} could not be tried again: {answer.sentence}")

    def _name_is_taken(self, act: Act) -> None:
        paper = self.vendor(act)
        customer = self.keeper.writes("Customer", DisplayName=paper.name)
        self._refused(act, "6240", paper)
        self.keeper.does("rename", "Customer", customer["Id"], name=f"{paper.name}, the customer")
        self._again(act, paper)
        act.until(paper, Status.SYNCED)

    def _name_is_too_long(self, act: Act) -> None:
        act.stage.control("POST", "switches", vendor_display_name_limit=20)
        paper = self.vendor(act)
        self._refused(act, "2050", paper)
        act.stage.control("POST", "switches", vendor_display_name_limit=500)
        self._again(act, paper)

    def _number_is_taken(self, act: Act, paper: Paper) -> None:
        act.accept_needs(paper)
        act.stage.control("POST", "preferences", realm=REALM, OtherPrefs={WARNS: "true"})
        vendor = next(one for one in act.stage.documents("Vendor") if one["DisplayName"] == paper.vendor)
        account = next(one for one in act.stage.documents("Account") if one["AccountType"] == "Expense")
        detail = {"AccountRef": {"value": account["Id"]}}
        line = {"Amount": 1, "DetailType": ACCOUNT_LINE, ACCOUNT_LINE: detail}
        bill = self.keeper.writes("Bill", VendorRef={"value": vendor["Id"]}, DocNumber=paper.name, Line=[line])
        self._refused(act, "6140", paper)
        self.keeper.does("delete", "Bill", bill["Id"])
        self._again(act, paper)

    def _books_are_closed(self, act: Act, paper: Paper) -> None:
        act.accept_needs(paper)
        self.keeper.does("close_books", "Preferences", "1", until="2099-12-31")
        self._refused(act, "6210", paper)
        opened(act, self.keeper, self.ada)
        self._again(act, paper)

    def _reference_is_inactive(self, act: Act, paper: Paper) -> None:
        act.accept_needs(paper)
        code = min(paper.lines.values())[0]
        item = next(one for one in act.stage.documents("Item") if one["Name"] == code)
        self.keeper.does("deactivate", "Item", item["Id"])
        self._refused(act, INACTIVE, paper)
        for dependent in [one for one in act.waiting(Kind.INVOICE) if one.name.startswith(f"{paper.name}-")][:1]:
            self._waits_behind(act, dependent)
        self.keeper.does("activate", "Item", item["Id"])
        self._again(act, paper)

    def _waits_behind(self, act: Act, dependent: Paper) -> None:
        act.accept(dependent)
        wait_for(lambda: act.submission(dependent).work == Work.WAITING, 30, what=f"{dependent} waits")
        waits = act.submission(dependent)
        self.must("Waiting for" in waits.reason, f"{dependent} waits and says {waits.reason!r}")
        self.must(not waits.attempts.exists(), f"{dependent} was tried before what it needs")

    def end(self, act: Act) -> None:
        """Whatever else met the same obstacle is tried again by Ada, once."""
        moving = [Status.EXPORTING]
        wait_for(lambda: not self._in(act, moving, needing_none=True), 60, what="all have stopped or are in the books")
        for paper in self._in(act, [Status.FAILED]):
            self._again(act, paper)

    @staticmethod
    def _in(act: Act, statuses: list[Status], *, needing_none: bool = False) -> list[Paper]:
        rows = ErpItem.objects.filter(pk__in=[one.item for one in act.papers], status__in=statuses)
        if needing_none:
            rows = rows.exclude(requires__status=Status.FAILED).exclude(requires__status=Status.EXPORTING)
        found = set(rows.values_list("pk", flat=True))
        return [one for one in act.papers if one.item in found]

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        for code in ("6240", "2050", "6140", "6210", INACTIVE):
            if code not in self.refused:
                yield f"nothing was refused with {code}"
        for code, paper in self.refused.items():
            tried = Attempt.objects.filter(submission__item_id=paper.item, outcome=OutcomeKind.REFUSED)
            codes = list(tried.values_list("fault_code", flat=True))
            if codes != [code]:
                yield f"{paper} was refused with {codes}, and {code} once was to be"


class FailedHalfWay(VendorsInMotion):
    """36"""

    number = 36
    title = "Vendor create succeeds, bill create fails, run again"
    safe = "the vendor is not made twice"
    strikes = (1, 3)

    def prepare(self, act: Act) -> None:
        super().prepare(act)
        self.keeper = Bookkeeper(act)
        self.halfway: list[Paper] = []

    def strike(self, act: Act) -> None:
        for paper in act.waiting(Kind.INVOICE)[:1]:
            act.accept_needs(paper)
            with transaction.atomic():  # accepted when nobody here knew of it
                act.accept(paper)
                self.keeper.does("close_books", "Preferences", "1", until="2099-12-31")
            act.until(paper, Status.FAILED)
            self.halfway.append(paper)
            self._everything_again(act, paper)
            opened(act, self.keeper, self.ada)
            act.stage.fault(act.dice.choice(["500", "500_after_write"]), entity="Bill", operation="create")
            self.must(self.ada.decide(paper, "retry").status == WENT, f"{paper} could not be tried again")

    def _everything_again(self, act: Act, paper: Paper) -> None:
        """Max sends the vendor and the order once more, as if nothing had gone: nothing has changed in them."""
        for one in act.papers:
            if (one.kind, one.name) in ((Kind.VENDOR, paper.vendor), (Kind.COMMITMENT, paper.name.rpartition("-")[0])):
                answer = self.max.decide(one, "send")
                self.must(answer.status == CONFLICT, f"{one} was sent once more: {answer.status}")
                self.must("Nothing has changed" in answer.sentence, f"{one} sent once more: {answer.sentence!r}")

    def end(self, act: Act) -> None:
        """Bills that met the closed books by chance are tried again too."""
        wait_for(lambda: not _on_their_way(act), 60, what="all have stopped or are in the books")
        for paper in act.papers:
            if act.status(paper) == Status.FAILED:
                self.must(self.ada.decide(paper, "retry").status == WENT, f"{paper} could not be tried again")

    def witness(self, act: Act) -> Iterator[str]:
        yield from self.noted
        if not self.halfway:
            yield "no bill failed after its vendor was made"
        made = _makings(act)
        for paper in self.halfway:
            if made.count(paper.vendor) != 1:
                yield f"the vendor {paper.vendor} was asked for {made.count(paper.vendor)} times"
            if act.submission(paper).generation < 1:
                yield f"{paper} was never tried again"


def _on_their_way(act: Act) -> bool:
    rows = Submission.objects.filter(item_id__in=[one.item for one in act.papers])
    return rows.filter(work__in=[Work.DUE, Work.FLYING, Work.UNCERTAIN]).exists()


def _makings(act: Act) -> list[str]:
    """The names of the vendors that were asked to be made, each once a request id: what is asked again under the same
    one, since no answer came, is the same making.
    """
    asked = {(name, one["requestid"]) for one in act.stage.requests() for name in _vendors_made_by(one)}
    return [name for name, _ in asked]


def _vendors_made_by(call: dict[str, Any]) -> Iterator[str]:
    """The names of the vendors that a call would make."""
    if call["operation"] == "batch":
        yield from (one["Vendor"]["DisplayName"] for one in call["body"]["BatchItemRequest"] if "Vendor" in one)
    elif call["operation"] == "create" and call["entity"].lower() == "vendor":
        yield call["body"]["DisplayName"]

"""Connecting a company to QuickBooks and parting from it. Every HTTP call stands outside any transaction."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping as Given
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext, gettext_noop

from invoices.payments import change_books
from procore_sync.acceptance import engine
from procore_sync.acceptance.journal import keep_still
from procore_sync.acceptance.models import ErpItem, Submission
from procore_sync.acceptance.states import Status, Work
from procore_sync.accounts.access import Right, require
from procore_sync.accounts.models import Membership
from procore_sync.accounts.operations import note_settings
from procore_sync.kit.kept import in_the_readers_words
from procore_sync.kit.kinds import Kind
from procore_sync.kit.refusals import InvalidInput, Refusal
from procore_sync.kit.text import before_stop
from projects.ledger_costs import forget
from quickbooks_bridge import tokens
from quickbooks_bridge.client import tokens as sign_in
from quickbooks_bridge.client.api import Ledger
from quickbooks_bridge.client.faults import Cure, Fault, FaultKind, LedgerFault
from quickbooks_bridge.client.settings import Endpoints
from quickbooks_bridge.endpoints import NotServed, called, endpoints, served
from quickbooks_bridge.features import Features, features_of
from quickbooks_bridge.ledgers import READER_PATIENCE, limiter_for
from quickbooks_bridge.models import (
    Connection,
    ConnectionStatus,
    CostCursor,
    Cursor,
    CustomerMode,
    ImportCandidate,
    LedgerBill,
    LedgerBillPayment,
    LedgerName,
    Link,
    Mapping,
    PaymentCursor,
)
from quickbooks_bridge.onboarding.asking import is_in_use
from quickbooks_bridge.onboarding.beginning import begin as begin_matching
from quickbooks_bridge.onboarding.beginning import first_day
from quickbooks_bridge.onboarding.models import OpeningCursor, OpeningDocument
from quickbooks_bridge.reconciling.ahead import look_soon
from quickbooks_bridge.reconciling.rows import ForeignDocument, LedgerFinding, LedgerOrder, OrderCursor
from quickbooks_bridge.watch_models import WatchCursor, WebhookEvent

logger = logging.getLogger(__name__)

_MINUTES_TO_CONSENT = 15


class NotConnected(Refusal):
    """QuickBooks was not connected; nothing changed."""

    cure = gettext_noop("An administrator connects QuickBooks again.")


class AnotherCompany(Refusal):
    """The QuickBooks company that consented is not the one that belongs here."""

    cure = gettext_noop("An administrator signs in to the QuickBooks company that belongs here; the page names it.")


@dataclass(frozen=True)
class Begun:
    """A consent that was begun: kept in the session, compared once when the browser comes back."""

    state: str
    company_id: int
    at: float
    environment: str

    def kept(self) -> dict[str, Any]:
        """For the session."""
        return {"state": self.state, "company": self.company_id, "at": self.at, "environment": self.environment}


def begin(*, by: Membership, environment: str = "") -> tuple[Begun, str]:
    """An unguessable state to keep in the session, and the address of Intuit's consent page.

    `environment` is one of those `served`; without it the company's own, or the installation's.

    Raises:
        NotAllowed: `by` may not connect.
        InvalidInput: the installation does not serve that environment.
        NotConnected: the sign-in service of QuickBooks cannot be found.
    """
    require(by, Right.CONNECT)
    if not settings.QUICKBOOKS_CLIENT_ID:
        raise NotConnected(
            gettext(
                "This installation has no QuickBooks app yet: set QUICKBOOKS_CLIENT_ID and QUICKBOOKS_CLIENT_SECRET."
            ),
            who="operator",
        )
    wanted = environment or _own_environment(by.company_id)
    if wanted not in served():
        sentence = _connects_only()
        raise InvalidInput(sentence, errors={"environment": [sentence]})
    begun = Begun(secrets.token_urlsafe(32), by.company_id, timezone.now().timestamp(), wanted)
    try:
        return begun, sign_in.authorization_url(endpoints(wanted), begun.state)
    except LedgerFault as failure:
        sentence = in_the_readers_words(failure.fault.sentence)
    raise NotConnected(gettext("%(fault)s Try again in a few minutes.") % {"fault": sentence}, who="operator")


def _connects_only() -> str:
    there = [gettext(called(one)) for one in served()]
    if len(there) == 1:
        return gettext("This installation connects to %(books)s only.") % {"books": there[0]}
    told = gettext("This installation connects to %(books)s and %(others)s only.")
    return told % {"books": there[0], "others": there[1]}


def _own_environment(company_id: int) -> str:
    """That of the company's connection, as far as it is served; else the installation's."""
    own = Connection.objects.filter(company_id=company_id).values_list("environment", flat=True).first()
    return own if own in served() else served()[0]


def complete(*, by: Membership, begun: object, given: Given[str, str], asks: bool = True) -> Connection:
    """Turn the browser's return from Intuit into a connection.

    `begun` is what the session kept; it must have been taken out of it, so that no return is used twice. If `asks`, a
    QuickBooks company that holds orders or bills for the names that are here is matched before anything is sent to it.

    Raises:
        NotAllowed: `by` may not connect.
        NotConnected: the return is not the one awaited, was refused at Intuit, or its code is too old.
        AnotherCompany: the QuickBooks company belongs to another company here, or this company to another there.
    """
    require(by, Right.CONNECT)
    _check_return(begun, given, by)
    realm = given.get("realmId", "")
    if not (realm.isascii() and realm.isdigit() and len(realm) <= 32):
        raise NotConnected(gettext("Intuit did not say which QuickBooks company it is. Begin again."))
    if not given.get("code"):
        raise NotConnected(gettext("The return from Intuit brought no code, so nothing was connected. Begin again."))
    _check_free(realm, by)
    at = _endpoints_of(begun)
    granted = _exchange(at, given.get("code", ""))
    ledger = Ledger.open(at, realm, _Granted(granted), limiter_for(READER_PATIENCE))
    features = _ask(ledger)
    existing = Connection.objects.filter(company_id=by.company_id).first()
    if existing is not None and existing.realm_id != realm and _is_bound(existing):
        _give_back(at, granted)
        raise _another(features.company_name, existing)
    is_new = existing is None or existing.realm_id != realm
    onboards = asks and is_new and is_in_use(ledger, by.company)
    row = _keep(Consented(at.environment, realm, granted, features, onboards), by)
    look_soon(row)
    row.refresh_from_db(fields=["looked_at", "ahead"])
    return row


def _another(signed_in_to: str, existing: Connection) -> AnotherCompany:
    told = gettext(
        "You signed in to “%(other)s”, but %(company)s is bound to “%(own)s”: its records are linked there. Sign in "
        "again and choose that company."
    )
    named = {"other": signed_in_to, "company": existing.company, "own": existing.company_name}
    return AnotherCompany(told % named, who="administrator")


@dataclass(frozen=True)
class Consented:
    """What a return from Intuit has brought: tokens of this company, which has told of itself with them.

    `onboards` is whether what stands there is matched before anything is sent.
    """

    environment: str
    realm: str
    granted: sign_in.Tokens
    features: Features
    onboards: bool


def _endpoints_of(begun: object) -> Endpoints:
    """Where the consent was begun; the return is asked nowhere else."""
    environment = str(begun.get("environment", "")) if isinstance(begun, dict) else ""
    try:
        return endpoints(environment)
    except NotServed as gone:
        raise NotConnected(gettext("%(fault)s Begin again.") % {"fault": in_the_readers_words(gone.sentence)}) from None


def _check_return(begun: object, given: Given[str, str], by: Membership) -> None:
    kept = begun if isinstance(begun, dict) else {}
    expected, told = str(kept.get("state", "")), given.get("state", "")
    if not expected or not constant_time_compare(expected, told) or kept.get("company") != by.company_id:
        raise NotConnected(
            gettext(
                "This return from Intuit does not belong to a connection that you began here, so it was ignored. "
                "Begin again with “Connect”."
            )
        )
    if given.get("error") == "access_denied":
        raise NotConnected(
            gettext("The consent was refused at Intuit, so nothing was connected and nothing has changed.")
        )
    if given.get("error"):
        told = gettext("Intuit could not end the sign-in (%(error)s), so nothing was connected. Begin again.")
        raise NotConnected(told % {"error": given["error"][:60]})
    if timezone.now().timestamp() - float(kept.get("at", 0)) > _MINUTES_TO_CONSENT * 60:
        raise NotConnected(gettext("The consent took too long, so it was not used. Begin again."))


def _check_free(realm: str, by: Membership) -> None:
    if Connection.objects.filter(realm_id=realm).exclude(company_id=by.company_id).exists():
        raise AnotherCompany(gettext(_TAKEN), where=reverse("quickbooks_bridge:connection"))


#: As the list of rights changes calls them: the mappings of a QuickBooks company where they end with it, the company
#: itself, whether anything is sent to it, and what a project becomes there.
_MAPPED, _COMPANY = "All mappings", "QuickBooks company"
SENDING, _MODE = "Sending to QuickBooks", "A project in QuickBooks"
_TAKEN = gettext_noop(
    "This QuickBooks company is connected to another company of this console already. Two companies can never share "
    "one: choose another when you sign in to Intuit."
)


def _exchange(at: Endpoints, code: str) -> sign_in.Tokens:
    try:
        return sign_in.exchange(at, code)
    except LedgerFault as failure:
        fault = failure.fault
    if fault.kind is FaultKind.DISCONNECTED:
        raise NotConnected(
            gettext("Intuit's code was used already or is too old: it holds for a few minutes. Begin again.")
        )
    raise NotConnected(
        gettext("%(fault)s Nothing was connected. Begin again.") % {"fault": in_the_readers_words(fault.sentence)}
    )


class _Granted:
    """The tokens just given, before they are anybody's."""

    def __init__(self, granted: sign_in.Tokens) -> None:
        self._granted = granted

    def access_token(self) -> str:
        return self._granted.access_token

    def refreshed(self, stale: str) -> str:
        raise sign_in.TokenFault(
            Fault(FaultKind.DISCONNECTED, gettext_noop("The new sign-in does not work."), Cure.ADMINISTRATOR)
        )


def _ask(ledger: Ledger) -> Features:
    """What QuickBooks says of itself, which also proves that the tokens are of this realm."""
    try:
        return features_of(ledger)
    except LedgerFault as failure:
        fault = failure.fault
    # The tokens are not given back: they may be of a company that is connected elsewhere, and Intuit would end
    # that connection with them. Unused they end by themselves.
    told = gettext("QuickBooks signed you in, but the company could not be read. %(fault)s Begin again.")
    raise NotConnected(told % {"fault": in_the_readers_words(fault.sentence)})


def _give_back(at: Endpoints, granted: sign_in.Tokens) -> None:
    try:
        sign_in.revoke(at, granted.refresh_token)
    except LedgerFault:
        logger.warning("Tokens that are not used could not be given back to Intuit.")


def _is_bound(row: Connection) -> bool:
    """Whether a record is linked or on its way. That holds for a moment only, unless the journal is kept still."""
    in_work = (Work.DUE, Work.FLYING, Work.UNCERTAIN, Work.WAITING, Work.PARKED)
    linked = Link.objects.filter(company_id=row.company_id).exists()
    return linked or Submission.objects.filter(company_id=row.company_id, work__in=in_work).exists()


def _keep(told: Consented, by: Membership) -> Connection:
    try:
        with transaction.atomic():
            row = _row_for(told, by)
            before = _named(row)
            _write(row, told, by)
            row.save()
            note_settings(row.company, by=by, before={_COMPANY: before}, after={_COMPANY: _named(row)})
            engine.wake(row.company_id, reverse("quickbooks_bridge:connection"))
            if told.onboards:
                begin_matching(since=first_day(by.company), by=by)
    except IntegrityError:
        raise AnotherCompany(gettext(_TAKEN), where=reverse("quickbooks_bridge:connection")) from None
    except AnotherCompany:
        _give_back(endpoints(told.environment), told.granted)
        raise
    tokens.forget(row.pk)
    return row


def _named(row: Connection) -> str:
    """The QuickBooks company that is connected, as the list of rights changes says it: two may have one name."""
    return f"{row.company_name} ({row.realm_id})" if row.realm_id and row.is_connected else "none"


def _row_for(told: Consented, by: Membership) -> Connection:
    row = Connection.objects.select_for_update().filter(company_id=by.company_id).first()
    if row is None:
        return Connection(company=by.company, token_version=0, status=ConnectionStatus.DISCONNECTED)
    if row.realm_id != told.realm:
        _leave(row, told, by)
        row.is_onboarding, row.onboards_from = False, None
    return row


def _leave(row: Connection, told: Consented, by: Membership) -> None:
    """Part from the QuickBooks company that was connected, if nothing was bound to it meanwhile.

    Whoever accepts, links or settles has the journal's lock from their move until they commit. So none of them passes
    this one unseen, and none of them pays for it: either they came before and are found here, or they wait. When they
    go on, what they would link is dropped (`require_kept`), and what they have accepted is refused as accepted for
    other books before it flies, since a worker sees it no sooner than the new company.

    Raises:
        AnotherCompany: something was.
    """
    # Before the journal: whoever links a finding has that row before they move its record.
    LedgerFinding.objects.filter(company_id=row.company_id, settled="").delete()
    keep_still(row.company_id)
    if _is_bound(row):
        raise _another(told.features.company_name, row)
    if Mapping.objects.filter(company_id=row.company_id).exists():
        before, after = {_MAPPED: f"those of {row.company_name}"}, {_MAPPED: "none"}
        note_settings(row.company, by=by, before=before, after=after)
    _drop_mirror(row.company_id)
    change_books(row.company_id, row.realm_id, told.realm)


def _drop_mirror(company_id: int) -> None:
    """The names and mappings of a QuickBooks company that is left before anything was linked to it."""
    ImportCandidate.objects.filter(company_id=company_id).delete()
    LedgerName.objects.filter(company_id=company_id).delete()
    Mapping.objects.filter(company_id=company_id).delete()
    Cursor.objects.filter(company_id=company_id).delete()
    cursors = (CostCursor, PaymentCursor, WatchCursor, OrderCursor, OpeningCursor)
    rows = (WebhookEvent, LedgerBill, LedgerBillPayment, LedgerOrder, ForeignDocument, OpeningDocument)
    for mirror in (*cursors, *rows):
        mirror._default_manager.filter(company_id=company_id).delete()
    forget(company_id)


def _write(row: Connection, told: Consented, by: Membership) -> None:
    now, granted, features = timezone.now(), told.granted, told.features
    columns = {
        "realm_id": told.realm,
        "company_name": features.company_name[:255],
        "country": features.country[:3],
        "features": features.switches,
        "environment": told.environment,
        "status": ConnectionStatus.CONNECTED,
        "why": "",
        "access_token": granted.access_token,
        "refresh_token": granted.refresh_token,
        "access_expires_at": granted.access_expires_at,
        "refresh_expires_at": granted.refresh_expires_at,
        "hard_expires_at": granted.hard_expires_at,
        "renewed_at": now,
        "paused_until": None,
        "pause_reason": "",
        "token_version": row.token_version + 1,
        "refreshing_until": None,
        "last_good_call_at": now,
        "connected_by": by,
        "connected_at": now,
    }
    for name, value in columns.items():
        setattr(row, name, value)


def disconnect(row: Connection, *, by: Membership) -> bool:
    """Stop at once, give the tokens back to Intuit, and forget them; False if Intuit could not be told.

    Links stay, so that signing in again goes on where it stopped.

    Raises:
        NotAllowed: `by` may not connect.
    """
    require(by, Right.CONNECT)
    with transaction.atomic():
        row = _held(row)  # the newest tokens: a worker may have renewed them since the page was opened
        before, refresh_token = _named(row), row.refresh_token
        Connection.objects.filter(pk=row.pk).update(
            status=ConnectionStatus.DISCONNECTED,
            why=f"Disconnected by {before_stop(by)}.",
            access_token="",
            refresh_token="",
            access_expires_at=None,
            refresh_expires_at=None,
            hard_expires_at=None,
            refreshing_until=None,
            token_version=F("token_version") + 1,
        )
        note_settings(row.company, by=by, before={_COMPANY: before}, after={_COMPANY: "none"})
    tokens.forget(row.pk)
    if not refresh_token:
        return True
    try:
        sign_in.revoke(endpoints(row.environment), refresh_token)
    except NotServed:
        return False
    except LedgerFault as failure:
        return failure.kind is FaultKind.DISCONNECTED
    return True


def halt(row: Connection, halted: bool, *, by: Membership) -> None:
    """Pause or resume sending by hand; accepted records wait meanwhile.

    Raises:
        NotAllowed: `by` may not connect.
    """
    require(by, Right.CONNECT)
    with transaction.atomic():
        before = _held(row).is_halted
        Connection.objects.filter(pk=row.pk).update(is_halted=halted, paused_until=None, pause_reason="")
        note_settings(row.company, by=by, before={SENDING: _said(before)}, after={SENDING: _said(halted)})
    if not halted:
        engine.wake(row.company_id, reverse("quickbooks_bridge:connection"))


def _held(row: Connection) -> Connection:
    """The row as it stands now, kept so until the transaction ends."""
    return Connection.objects.select_for_update().get(pk=row.pk)


def _said(halted: bool) -> str:
    return "paused" if halted else "on"


def choose_mode(row: Connection, mode: str, *, by: Membership) -> None:
    """Say what a project becomes in QuickBooks.

    Raises:
        NotAllowed: `by` may not connect.
        InvalidInput: there is no such mode.
        Refusal: the first project is in QuickBooks or on its way, so it is fixed.
    """
    require(by, Right.CONNECT)
    if mode not in CustomerMode.values:
        sentence = gettext("Choose whether a project becomes a job under a customer or a customer of its own.")
        raise InvalidInput(sentence, errors={"customer_mode": [sentence]})
    if mode_is_fixed(row.company_id):
        raise Refusal(
            gettext("The first project is in QuickBooks already, so what a project becomes there cannot change.")
        )
    with transaction.atomic():
        before = CustomerMode(_held(row).customer_mode)
        Connection.objects.filter(pk=row.pk).update(customer_mode=mode)
        note_settings(row.company, by=by, before={_MODE: before.label}, after={_MODE: CustomerMode(mode).label})


def mode_is_fixed(company_id: int) -> bool:
    """Whether a project of the company is linked, or being decided or posted."""
    fixing = (Status.SENT, Status.EXPORTING, Status.FAILED, Status.SYNCED)
    projects = ErpItem.objects.filter(company_id=company_id, kind=Kind.PROJECT)
    return projects.filter(Q(status__in=fixing) | Q(synced_revision__isnull=False)).exists()

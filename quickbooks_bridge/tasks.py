"""Celery's entry points: an id in, one call."""

from celery import shared_task

from procore_sync.acceptance.heartbeats import note_alive
from quickbooks_bridge import alarms as bells
from quickbooks_bridge import drift
from quickbooks_bridge import lifetimes as lives
from quickbooks_bridge.importers import payments as paid
from quickbooks_bridge.importers.job_costs import carry_on, due
from quickbooks_bridge.importers.names import connected, lists_to_read, refresh
from quickbooks_bridge.models import Connection
from quickbooks_bridge.onboarding import reading as opening
from quickbooks_bridge.watching import deliveries, schedules, sweeps


@shared_task(name="quickbooks.refresh_names")
def refresh_names() -> None:
    """Ask for a refresh of every connected company's name lists."""
    for row in connected():
        refresh_company.delay(row.pk)


@shared_task(name="quickbooks.refresh_company")
def refresh_company(connection_id: int, full: bool = False, lists: list[str] | None = None) -> None:
    """Bring one company's name lists up to date, or some of them, for a while; ask for the rest."""
    note_alive("reader")
    row = Connection.objects.get(pk=connection_id)
    lists = lists_to_read(row, full=full) if lists is None else lists
    done = refresh(row, full=full, lists=lists)
    left = lists[len(done) :]
    if left and not done[-1].error:
        refresh_company.delay(connection_id, full, left)


@shared_task(name="quickbooks.lifetimes")
def lifetimes() -> None:
    """Ask for the renewal of every sign-in that nobody uses, and tell whose is about to end."""
    for connection_id in lives.idle():
        renew.delay(connection_id)
    lives.warn()


@shared_task(name="quickbooks.renew")
def renew(connection_id: int, at_once: bool = False) -> None:
    """Renew one sign-in; `at_once` also if that was done this week, to learn whether it still holds."""
    lives.renew(connection_id, after=lives.LOOK_AGAIN if at_once else lives.RENEW_AFTER)


@shared_task(name="quickbooks.alarms")
def alarms() -> None:
    """Tell the administrators of every company what is not well, once each until it is."""
    bells.watch()


@shared_task(name="quickbooks.readings_served")
def readings_served() -> None:
    """Leave word that somebody serves the queue of readings, also while there is nothing to read."""
    note_alive("reader")


@shared_task(name="quickbooks.job_costs")
def job_costs() -> None:
    """Ask for the job costs of every company whose turn it is, and for what was left half read."""
    for company_id in due():
        read_job_costs.delay(company_id)


@shared_task(name="quickbooks.read_job_costs")
def read_job_costs(company_id: int) -> None:
    """Read one company's job costs for a while; ask for the rest."""
    note_alive("reader")
    reading = carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_job_costs.delay(company_id)


@shared_task(name="quickbooks.payments")
def payments() -> None:
    """Ask for the payments of every company whose turn it is, and for what was left half read."""
    for company_id in paid.due():
        read_payments.delay(company_id)


@shared_task(name="quickbooks.read_payments")
def read_payments(company_id: int) -> None:
    """Read one company's payments for a while; ask for the rest."""
    note_alive("reader")
    reading = paid.carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_payments.delay(company_id)


@shared_task(name="quickbooks.drift_after_flights")
def drift_after_flights() -> None:
    """Look at what was heard of documents while our own export to them was in the air."""
    drift.look_again()


@shared_task(name="quickbooks.changes")
def changes() -> None:
    """Ask for a look at every company whose turn it is; drop posts of webhooks that are too old."""
    for company_id in schedules.due():
        read_changes.delay(company_id)
    deliveries.forget_old()


@shared_task(name="quickbooks.read_changes")
def read_changes(company_id: int) -> None:
    """Look at what changed in one company's QuickBooks for a while; ask for the rest."""
    note_alive("reader")
    sweep = sweeps.carry_on(company_id)
    if sweep is not None and sweep.ended_at is None and not sweep.error:
        read_changes.delay(company_id)


@shared_task(name="quickbooks.look_at_ledger")
def look_at_ledger(company_id: int) -> None:
    """Look whether QuickBooks holds what this database does not know, and let the company's exports go if not."""
    from quickbooks_bridge.reconciling.ahead import look_once

    look_once(company_id)


@shared_task(name="quickbooks.reconciliations")
def reconciliations() -> None:
    """Ask for the comparison of every company whose night has come, and for what was left half way."""
    from quickbooks_bridge.reconciling.running import due as due_to_compare

    for company_id in due_to_compare():
        reconcile.delay(company_id)


@shared_task(name="quickbooks.reconcile")
def reconcile(company_id: int) -> None:
    """Compare one company with its QuickBooks for a while; ask for the rest."""
    note_alive("reader")
    from quickbooks_bridge.reconciling.running import carry_on as compare

    run = compare(company_id)
    if run is not None and run.ended_at is None and not run.error:
        reconcile.delay(company_id)


@shared_task(name="quickbooks.openings")
def openings() -> None:
    """Ask for what was left half read of what stands in QuickBooks already."""
    for company_id in opening.due():
        read_opening.delay(company_id)


@shared_task(name="quickbooks.read_opening")
def read_opening(company_id: int) -> None:
    """Read one company's orders, estimates and bills for a while; ask for the rest."""
    note_alive("reader")
    reading = opening.carry_on(company_id)
    if reading is not None and reading.ended_at is None and not reading.error:
        read_opening.delay(company_id)


@shared_task(name="quickbooks.files")
def files() -> None:
    """Ask for the files of every company that has some to go to QuickBooks."""
    from quickbooks_bridge.bill_files import due as due_to_go

    for company_id in due_to_go():
        carry_files.delay(company_id)


@shared_task(name="quickbooks.carry_files")
def carry_files(company_id: int) -> None:
    """Send one company's files for a while; ask for the rest."""
    note_alive("reader")
    from quickbooks_bridge.bill_files import carry_on as carry

    if carry(company_id):
        carry_files.delay(company_id)

"""A whole site goes back to a backup under real workers: nothing is written twice, and everything is linked again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection, transaction

from commitments.rules import LineDetails
from procore_sync.acceptance.journal import verify_journal
from procore_sync.acceptance.models import ErpItem
from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Membership, Role
from quickbooks_bridge.models import Connection, Link
from quickbooks_bridge.reconciling.relinking import relink_all, seen_of
from tests.databases import empty
from tests.factories import make_commitment
from tests.journeys import subcontract
from tests.processes import wait_for
from tests.quickbooks_bridge.documents import Ground
from tests.site import Site

pytestmark = [pytest.mark.postgres, pytest.mark.timeout(120)]


@pytest.fixture(scope="module")
def site(site_without_worker: Site) -> Site:
    """Each worker begins when the backup is made or restored."""
    return site_without_worker


def backed_up() -> list[str]:
    """Keep every table that holds something beside itself; which those are."""
    kept = []
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA backup")
        for name in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'CREATE TABLE backup."{name}" AS TABLE public."{name}"')
            kept.append(name)
    return kept


def restored(tables: list[str]) -> None:
    """Put back what was kept, and nothing else; counters go back too."""
    empty()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        for name in tables:
            cursor.execute(f'INSERT INTO public."{name}" SELECT * FROM backup."{name}" ON CONFLICT DO NOTHING')  # noqa: S608
        counter = "pg_get_serial_sequence('acceptance_erpitem', 'id')"
        cursor.execute(f"SELECT setval({counter}, (SELECT max(id) FROM acceptance_erpitem))")  # noqa: S608
        cursor.execute("DROP SCHEMA backup CASCADE")


def contract(site: Site, ground: Ground, number: str) -> ErpItem:
    """A commitment of 100.00 for the project and the vendor of `ground`."""
    line = LineDetails(ground.codes[0].pk, Decimal("100.00"), "Conduit")
    made = make_commitment(ground.by, ground.project, ground.vendor, lines=[line], number=number)
    return ErpItem.objects.get(pk=made.erp_id)


def with_worker(site: Site) -> None:
    site.workers.append(site.running.worker(pool="prefork", concurrency=1, with_beat=True))


def test_nothing_is_written_twice_after_a_backup_is_restored(site: Site) -> None:
    ground = subcontract.ground_of(site)
    ground.project.cost_codes.set(ground.codes)
    waiting, entered = contract(site, ground, "SC-001"), contract(site, ground, "SC-002")
    subcontract.accepted(site, waiting)
    tables = backed_up()
    with_worker(site)
    site.until(waiting, Status.SYNCED)
    site.until(subcontract.accepted(site, entered), Status.SYNCED)
    site.workers.pop().kill()

    restored(tables)
    with_worker(site)
    row = Connection.objects.get()
    wait_for(lambda: Connection.objects.filter(ahead=2).exists(), 30, what="looked", children=site.workers)
    waiting.refresh_from_db()
    assert (waiting.status, len(site.books("PurchaseOrder"))) == (Status.EXPORTING, 2)

    alma = Membership.objects.get(role=Role.ADMINISTRATOR)
    assert relink_all(row, by=alma, seen=seen_of(row.company_id)) == 2
    site.until(waiting, Status.SYNCED)
    entered.refresh_from_db()
    assert entered.status == Status.SYNCED
    site.until(subcontract.accepted(site, contract(site, ground, "SC-003")), Status.SYNCED)
    orders = {one["Id"] for one in site.books("PurchaseOrder")}
    assert len(orders) == 3
    assert set(Link.objects.filter(entity="PurchaseOrder").values_list("remote_id", flat=True)) == orders
    assert verify_journal(row.company) is None

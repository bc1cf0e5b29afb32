"""The bell for what a worker reads of QuickBooks: a message, no more. If it is lost, beat asks for it later."""

from __future__ import annotations

import logging
from typing import Any

from celery import Task
from kombu.exceptions import OperationalError

from quickbooks_bridge import tasks

logger = logging.getLogger(__name__)


def _ring(task: Task[Any, Any], *arguments: Any) -> bool:
    """Ask a worker for `task`; False if no worker can be asked now."""
    try:
        task.apply_async(arguments, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down; %s of %s is done later: %s", task.name, arguments[0], error)
        return False
    return True


def ring_refresh(connection_id: int, *, full: bool = False) -> bool:
    """Ask a worker to read a company's lists; False if no worker can be asked now."""
    return _ring(tasks.refresh_company, connection_id, full)


def ring_job_costs(company_id: int) -> bool:
    """Ask a worker to read a company's job costs; False if no worker can be asked now."""
    return _ring(tasks.read_job_costs, company_id)


def ring_payments(company_id: int) -> bool:
    """Ask a worker to read a company's payments; False if no worker can be asked now."""
    return _ring(tasks.read_payments, company_id)


def ring_changes(company_id: int) -> bool:
    """Ask a worker to look at what changed in a company's QuickBooks; False if no worker can be asked now."""
    return _ring(tasks.read_changes, company_id)


def ring_look(company_id: int) -> bool:
    """Ask a worker to look whether QuickBooks is ahead of us; False if no worker can be asked now."""
    return _ring(tasks.look_at_ledger, company_id)


def ring_reconciliation(company_id: int) -> bool:
    """Ask a worker to compare a company with its QuickBooks; False if no worker can be asked now."""
    return _ring(tasks.reconcile, company_id)


def ring_sign_in(connection_id: int) -> bool:
    """Ask a worker whether a company's sign-in still holds; False if no worker can be asked now."""
    return _ring(tasks.renew, connection_id, True)


def ring_opening(company_id: int) -> bool:
    """Ask a worker to read what stands in a company's QuickBooks already; False if no worker can be asked now."""
    return _ring(tasks.read_opening, company_id)


def ring_files(company_id: int) -> bool:
    """Ask a worker to send a company's files to QuickBooks; False if no worker can be asked now."""
    return _ring(tasks.carry_files, company_id)

"""The bell for reading lists: a message to a worker. If it is lost, the hourly reading comes anyway."""

from __future__ import annotations

import logging

from kombu.exceptions import OperationalError

from quickbooks_bridge.tasks import read_job_costs, read_payments, refresh_company, renew

logger = logging.getLogger(__name__)


def ring_refresh(connection_id: int, *, full: bool = False) -> bool:
    """Ask a worker to read a company's lists; False if no worker can be asked now."""
    try:
        refresh_company.apply_async((connection_id, full), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning(
            "The bell is down; the names of connection %s are read within the hour: %s", connection_id, error
        )
        return False
    return True


def ring_job_costs(company_id: int) -> bool:
    """Ask a worker to read a company's job costs; False if no worker can be asked now."""
    try:
        read_job_costs.apply_async((company_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down; the job costs of company %s are read later: %s", company_id, error)
        return False
    return True


def ring_payments(company_id: int) -> bool:
    """Ask a worker to read a company's payments; False if no worker can be asked now."""
    try:
        read_payments.apply_async((company_id,), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("The bell is down; the payments of company %s are read later: %s", company_id, error)
        return False
    return True


def ring_sign_in(connection_id: int) -> bool:
    """Ask a worker whether a company's sign-in still holds; False if no worker can be asked now."""
    try:
        renew.apply_async((connection_id, True), retry=False)
    except (OperationalError, OSError) as error:
        logger.warning(
            "The bell is down; the sign-in of connection %s shows at its next call: %s", connection_id, error
        )
        return False
    return True

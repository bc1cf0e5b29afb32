"""People, and a record that a ledger of paper refuses."""

from tests.acceptance.conftest import (
    accept,
    accepted_invoice,
    ada,
    company,
    invoice,
    max_pm,
    paper,
    quiet_bell,
    sent_invoice,
    unmet,
    vic,
)

__all__ = [
    "accept",
    "accepted_invoice",
    "ada",
    "company",
    "invoice",
    "max_pm",
    "paper",
    "quiet_bell",
    "sent_invoice",
    "unmet",
    "vic",
]

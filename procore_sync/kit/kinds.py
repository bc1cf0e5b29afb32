"""The kinds of record that travel to the ledger: vocabulary only, so that rights can be granted a kind."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """One exportable kind of record, in Procore's words (domain.md §0)."""

    COST_CODE = "cost_code", "Cost code"
    VENDOR = "vendor", "Vendor"
    PROJECT = "project", "Project"
    BUDGET = "budget", "Budget"
    COMMITMENT = "commitment", "Commitment"
    CHANGE_ORDER = "change_order", "Change order"
    INVOICE = "invoice", "Subcontractor invoice"

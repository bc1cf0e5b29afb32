"""The kinds of record that travel to the ledger: vocabulary only, so that rights can be granted a kind."""

from django.db.models import TextChoices
from django.utils.translation import gettext_noop


class Kind(TextChoices):
    """One exportable kind of record, in Procore's words (domain.md §0)."""

    COST_CODE = "cost_code", gettext_noop("Cost code")
    VENDOR = "vendor", gettext_noop("Vendor")
    PROJECT = "project", gettext_noop("Project")
    BUDGET = "budget", gettext_noop("Budget")
    COMMITMENT = "commitment", gettext_noop("Commitment")
    CHANGE_ORDER = "change_order", gettext_noop("Change order")
    INVOICE = "invoice", gettext_noop("Subcontractor invoice")

"""The lists of the window, as tables: name lists (sheets) and transactions (papers)."""

from dataclasses import dataclass

from .forms import Input
from .rules import ACCOUNT_TYPES


@dataclass(frozen=True)
class Sheet:
    """One list of the window: which entity, what its table shows, what its form asks."""

    slug: str
    entity: str
    title: str
    one: str
    columns: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...]


SHEETS = {
    sheet.slug: sheet
    for sheet in (
        Sheet(
            "customers",
            "Customer",
            "Customers & jobs",
            "customer or job",
            (("Company", "CompanyName"), ("Balance", "Balance")),
            (
                Input("DisplayName", "Name", required=True),
                Input("ParentRef", "Job of (empty for a customer)", among="Customer"),
                Input("CompanyName", "Company"),
            ),
        ),
        Sheet(
            "vendors",
            "Vendor",
            "Vendors",
            "vendor",
            (("Company", "CompanyName"), ("Account no.", "AcctNum"), ("1099", "Vendor1099"), ("Balance", "Balance")),
            (
                Input("DisplayName", "Name", required=True),
                Input("CompanyName", "Company"),
                Input("PrimaryEmailAddr", "E-mail", inside="Address"),
                Input("TermRef", "Terms", among="Term"),
            ),
        ),
        Sheet(
            "items",
            "Item",
            "Products & services",
            "service",
            (("Type", "Type"), ("Income account", "IncomeAccountRef"), ("Expense account", "ExpenseAccountRef")),
            (
                Input("Name", "Name", required=True),
                Input("Description", "Description"),
                Input("IncomeAccountRef", "Income account", among="Account", required=True),
                Input("ExpenseAccountRef", "Expense account", among="Account"),
            ),
        ),
        Sheet(
            "accounts",
            "Account",
            "Chart of accounts",
            "account",
            (("No.", "AcctNum"), ("Type", "AccountType"), ("Balance", "CurrentBalance")),
            (
                Input("Name", "Name", required=True),
                Input("AcctNum", "Number"),
                Input("AccountType", "Type", choices=tuple(ACCOUNT_TYPES), required=True),
                Input("ParentRef", "Below", among="Account"),
            ),
        ),
    )
}


@dataclass(frozen=True)
class Paper:
    """One kind of transaction in the window: what its table shows, what its form asks.

    `columns` name properties, or what papers.py computes. `lines` is the kind of line that can be typed: `bought`
    (item or account, and a job), `sold` (item) or none, which makes the paper one to read and delete only.
    `button` leads to its form; without one and without lines nothing is entered.
    """

    slug: str
    entity: str
    title: str
    one: str
    columns: tuple[tuple[str, str], ...]
    inputs: tuple[Input, ...] = ()
    lines: str = ""
    button: str = ""

    @property
    def entering(self) -> str:
        """What the button says that leads to an empty form, or "" where nothing is entered."""
        return self.button or (f"New {self.one}" if self.lines else "")


_NUMBER = Input("DocNumber", "Number")
_DATE = Input("TxnDate", "Date (empty: today)", kind="date")
_NOTE = Input("PrivateNote", "Note (private)")
_VENDOR = Input("VendorRef", "Vendor", among="Vendor", required=True)

PAPERS = {
    paper.slug: paper
    for paper in (
        Paper(
            "purchaseorders",
            "PurchaseOrder",
            "Purchase orders",
            "purchase order",
            (("Vendor", "VendorRef"), ("Status", "POStatus"), ("Bills", "bills"), ("Total", "TotalAmt")),
            (_VENDOR, _NUMBER, _DATE, Input("Memo", "Message to the vendor"), _NOTE),
            "bought",
        ),
        Paper(
            "estimates",
            "Estimate",
            "Estimates",
            "estimate",
            (("Customer or job", "CustomerRef"), ("Status", "TxnStatus"), ("Total", "TotalAmt")),
            (
                Input("CustomerRef", "Customer or job", among="Customer", required=True),
                _NUMBER,
                _DATE,
                Input("TxnStatus", "Status", choices=("Pending", "Accepted", "Closed", "Rejected", "Converted")),
                _NOTE,
            ),
            "sold",
        ),
        Paper(
            "bills",
            "Bill",
            "Bills",
            "bill",
            (("Vendor", "VendorRef"), ("Due", "DueDate"), ("Open", "Balance"), ("Total", "TotalAmt")),
            (
                _VENDOR,
                Input("DocNumber", "Bill number"),
                _DATE,
                Input("SalesTermRef", "Terms", among="Term"),
                Input("DueDate", "Due (empty: by the terms)", kind="date"),
                _NOTE,
            ),
            "bought",
        ),
        Paper(
            "purchases",
            "Purchase",
            "Expenses",
            "expense",
            (("Paid to", "EntityRef"), ("Paid from", "AccountRef"), ("Refund", "Credit"), ("Total", "TotalAmt")),
            (
                Input("PaymentType", "Paid by", choices=("CreditCard", "Check", "Cash"), required=True),
                Input("AccountRef", "Paid from", among="Account", required=True, types=("Bank", "Credit Card")),
                Input("EntityRef", "Paid to", among="Vendor"),
                Input("DocNumber", "Reference number"),
                _DATE,
                Input("Credit", "A refund: money that came back", kind="mark"),
                _NOTE,
            ),
            "bought",
        ),
        Paper(
            "vendorcredits",
            "VendorCredit",
            "Vendor credits",
            "vendor credit",
            (("Vendor", "VendorRef"), ("Open", "Balance"), ("Total", "TotalAmt")),
            (_VENDOR, _NUMBER, _DATE, _NOTE),
            "bought",
        ),
        Paper(
            "billpayments",
            "BillPayment",
            "Bill payments",
            "bill payment",
            (("Vendor", "VendorRef"), ("Paid by", "PayType"), ("Total", "TotalAmt")),
            button="Pay bills",
        ),
        Paper("journalentries", "JournalEntry", "Journal entries", "journal entry", (("Debits", "debits"),)),
        Paper(
            "timeactivities",
            "TimeActivity",
            "Time",
            "time activity",
            (("Who", "who"), ("Job", "CustomerRef"), ("Hours", "hours"), ("Cost rate", "CostRate")),
        ),
    )
}

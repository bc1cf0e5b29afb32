"""The transactions of the emulator, as tables: what has lines, a date and a total. Their rules are in postings.py.

Marks come from the scraped reference and the recorded documents; docs/emulator.md says how sure each is.
"""

from .entity import Entity
from .fields import Field, address, day, email, flag, inert, number, open_object, parts, reference, text

LONGEST_NUMBER = 21

_LINKED = parts("LinkedTxn", text("TxnId"), text("TxnType"), text("TxnLineId"), many=True)
_BILLABLE = text("BillableStatus", choices=("NotBillable", "Billable", "HasBeenBilled"))
_OF_A_JOB = (reference("CustomerRef"), reference("ClassRef"), reference("TaxCodeRef"), _BILLABLE)
_ITEM_EXPENSE = parts(
    "ItemBasedExpenseLineDetail",
    reference("ItemRef"),
    *_OF_A_JOB,
    number("UnitPrice"),
    number("Qty"),
    *inert("MarkupInfo", "PriceLevelRef", "TaxInclusiveAmt", "ItemAccountRef", "HasBeenBilled"),
)
_ACCOUNT_EXPENSE = parts(
    "AccountBasedExpenseLineDetail",
    reference("AccountRef"),
    *_OF_A_JOB,
    *inert("MarkupInfo", "TaxAmount", "TaxInclusiveAmt", "HasBeenBilled"),
)
_SALES_ITEM = parts(
    "SalesItemLineDetail",
    reference("ItemRef"),
    reference("ClassRef"),
    reference("TaxCodeRef"),
    number("UnitPrice"),
    number("Qty"),
    day("ServiceDate"),
    *inert("MarkupInfo", "PriceLevelRef", "TaxInclusiveAmt", "ItemAccountRef", "DiscountAmt", "DiscountRate"),
)
_DISCOUNT = parts(
    "DiscountLineDetail",
    flag("PercentBased"),
    number("DiscountPercent"),
    reference("DiscountAccountRef"),
    *inert("ClassRef", "TaxCodeRef", "DiscountRef", "Discount", "ServiceDate"),
)
_JOURNAL = parts(
    "JournalEntryLineDetail",
    text("PostingType", choices=("Debit", "Credit")),
    reference("AccountRef"),
    parts("Entity", text("Type", choices=("Vendor", "Employee", "Customer")), reference("EntityRef")),
    reference("CustomerRef"),
    reference("ClassRef"),
    reference("DepartmentRef"),
    reference("TaxCodeRef"),
    _BILLABLE,
    *inert("TaxApplicableOn", "TaxAmount", "TaxInclusiveAmt", "JournalCodeRef"),
)
_OF_A_LINE = (
    text("Id"),
    number("LineNum"),
    text("Description", 4000),
    number("Amount"),
    text("DetailType"),
    _LINKED,
    parts("SubTotalLineDetail"),
    parts("DescriptionLineDetail", *inert("ServiceDate", "TaxCodeRef")),
    *inert("Received", "CustomField", "LineEx", "ProjectRef"),
)


def _lines(*details: Field) -> Field:
    return parts("Line", *_OF_A_LINE, *details, many=True, required=True)


_HEAD = (
    text("DocNumber", LONGEST_NUMBER),
    day("TxnDate"),
    text("PrivateNote", 4000),
    number("TotalAmt", read_only=True),
    reference("CurrencyRef", read_only=True),
    reference("DepartmentRef", "Department"),
    text("GlobalTaxCalculation", choices=("TaxExcluded", "TaxInclusive", "NotApplicable")),
    number("ExchangeRate"),
    open_object("TxnTaxDetail"),
    *inert("TxnLocationType", "RecurDataRef", "TransactionLocationType", "ClassRef", "HomeTotalAmt", "ProjectRef"),
)
_SENT = (
    text("EmailStatus", choices=("NotSet", "NeedToSend", "EmailSent"), default="NotSet"),
    text("PrintStatus", choices=("NotSet", "NeedToPrint", "PrintComplete")),
)

_SOLD = (
    reference("CustomerRef", "Customer", required=True),
    *_HEAD,
    *_SENT,
    _lines(_SALES_ITEM, _DISCOUNT),
    address("BillAddr"),
    address("ShipAddr"),
    email("BillEmail"),
    email("BillEmailCc"),
    email("BillEmailBcc"),
    reference("CustomerMemo"),
    flag("ApplyTaxAfterDiscount", False),
    day("DueDate"),
    day("ShipDate"),
    text("TrackingNum", 31),
    reference("SalesTermRef", "Term", bare=True),
    parts("LinkedTxn", text("TxnId"), text("TxnType"), many=True, read_only=True),
    *inert("FreeFormAddress", "DeliveryInfo", "ShipMethodRef", "ShipFromAddr", "TaxExemptionRef", "AllowOnline"),
)

ESTIMATE = Entity(
    "Estimate",
    (
        *_SOLD,
        text("TxnStatus", choices=("Accepted", "Closed", "Pending", "Rejected", "Converted"), default="Pending"),
        day("ExpirationDate"),
        day("AcceptedDate"),
        text("AcceptedBy"),
    ),
    name_field="",
    counter="transactions",
    is_transaction=True,
    is_order=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "TxnTaxDetail"),
)

INVOICE = Entity(
    "Invoice",
    (
        *_SOLD,
        number("Balance", read_only=True),
        flag("AllowIPNPayment", False),
        flag("AllowOnlinePayment", False),
        flag("AllowOnlineCreditCardPayment", False),
        flag("AllowOnlineACHPayment", False),
        *inert("Deposit", "DepositToAccountRef", "HomeBalance", "InvoiceLink", "EInvoiceStatus", "BillEmailCC"),
        *inert("AllowOnlinePayPalPayment"),
    ),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "TxnTaxDetail"),
)

PURCHASE_ORDER = Entity(
    "PurchaseOrder",
    (
        reference("VendorRef", "Vendor", required=True),
        *_HEAD,
        *_SENT,
        _lines(_ITEM_EXPENSE, _ACCOUNT_EXPENSE),
        text("POStatus", choices=("Open", "Closed"), default="Open"),
        text("Memo", 4000),
        reference("APAccountRef", "Account"),
        address("VendorAddr"),
        address("ShipAddr"),
        email("POEmail"),
        day("DueDate"),
        reference("ShipMethodRef"),
        reference("ShipTo"),
        reference("SalesTermRef", "Term", bare=True),
        parts("LinkedTxn", text("TxnId"), text("TxnType"), many=True, read_only=True),
        *inert("TemplateRef", "FOB", "ReplyEmail"),
    ),
    name_field="",
    counter="transactions",
    is_transaction=True,
    is_order=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "Memo", "CustomerRef", "POStatus"),
)

BILL = Entity(
    "Bill",
    (
        reference("VendorRef", "Vendor", required=True),
        *_HEAD,
        _lines(_ITEM_EXPENSE, _ACCOUNT_EXPENSE),
        day("DueDate"),
        number("Balance", read_only=True),
        reference("APAccountRef", "Account"),
        reference("SalesTermRef", "Term", bare=True),
        address("VendorAddr"),
        _LINKED,
        *inert("HomeBalance", "IncludeInAnnualTPAR", "PayerRef", "RemitToAddr", "ShipAddr"),
    ),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "CustomerRef"),
    needed_though_sparse=("VendorRef",),
)

VENDOR_CREDIT = Entity(
    "VendorCredit",
    (
        reference("VendorRef", "Vendor", required=True),
        *_HEAD,
        _lines(_ITEM_EXPENSE, _ACCOUNT_EXPENSE),
        number("Balance", read_only=True),
        reference("APAccountRef", "Account"),
        address("VendorAddr"),
        parts("LinkedTxn", text("TxnId"), text("TxnType"), many=True, read_only=True),
    ),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "CustomerRef"),
)

PURCHASE = Entity(
    "Purchase",
    (
        text("PaymentType", choices=("Cash", "Check", "CreditCard"), required=True),
        reference("AccountRef", "Account", required=True),
        reference("EntityRef"),
        *_HEAD,
        text("PrintStatus", choices=("NotSet", "NeedToPrint", "PrintComplete"), default="NotSet"),
        _lines(_ITEM_EXPENSE, _ACCOUNT_EXPENSE),
        flag("Credit"),
        text("PaymentRefNum", LONGEST_NUMBER),
        reference("PaymentMethodRef"),
        address("RemitToAddr"),
        _LINKED,
        *inert("PurchaseEx", "IncludeInAnnualTPAR"),
    ),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote", "LinkedTxn", "CustomerRef"),
    needed_though_sparse=("PaymentType",),
)

JOURNAL_ENTRY = Entity(
    "JournalEntry",
    (*_HEAD, _lines(_JOURNAL), flag("Adjustment", False)),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote"),
)

TIME_ACTIVITY = Entity(
    "TimeActivity",
    (
        day("TxnDate"),
        text("NameOf", choices=("Employee", "Vendor"), required=True),
        reference("EmployeeRef", "Employee"),
        reference("VendorRef", "Vendor"),
        reference("CustomerRef", "Customer"),
        reference("ItemRef", "Item"),
        reference("ClassRef", "Class"),
        reference("DepartmentRef", "Department"),
        text("BillableStatus", choices=("NotBillable", "Billable", "HasBeenBilled"), default="NotBillable"),
        flag("Taxable", False),
        number("HourlyRate"),
        number("CostRate"),
        number("Hours"),
        number("Minutes"),
        number("BreakHours"),
        number("BreakMinutes"),
        text("StartTime"),
        text("EndTime"),
        text("Description", 4000),
        *inert("TransactionLocationType", "PayrollItemRef", "ProjectRef", "TimeChargeId"),
    ),
    name_field="",
    counter="transactions",
    followed=False,
    is_transaction=True,
    unqueried=("Description",),
)

BILL_PAYMENT = Entity(
    "BillPayment",
    (
        reference("VendorRef", "Vendor", required=True),
        text("DocNumber", LONGEST_NUMBER),
        day("TxnDate"),
        text("PrivateNote", 4000),
        text("PayType", choices=("Check", "CreditCard"), required=True),
        parts(
            "CheckPayment",
            reference("BankAccountRef"),
            text("PrintStatus", choices=("NotSet", "NeedToPrint", "PrintComplete")),
            *inert("CheckDetail", "PayeeAddr"),
        ),
        parts("CreditCardPayment", reference("CCAccountRef"), *inert("CCDetail")),
        number("TotalAmt"),
        reference("CurrencyRef", read_only=True),
        reference("APAccountRef", "Account"),
        reference("DepartmentRef", "Department"),
        number("ExchangeRate"),
        parts("Line", number("Amount"), _LINKED, *inert("LineEx", "Id", "LineNum"), many=True),
        *inert("ProcessBillPayment", "TransactionLocationType"),
    ),
    name_field="",
    counter="transactions",
    dated_by="TxnDate",
    is_transaction=True,
    unqueried=("Line", "PrivateNote"),
)

TRANSACTIONS = (
    ESTIMATE,
    INVOICE,
    PURCHASE_ORDER,
    BILL,
    VENDOR_CREDIT,
    PURCHASE,
    JOURNAL_ENTRY,
    TIME_ACTIVITY,
    BILL_PAYMENT,
)

"""Every recorded file, by its name: what in the emulator it is compared with, or why with nothing.

The files are of spec/fixtures of ruckus/quickbooks-ruby and of spec/vcr of minimul/qbo_api; none of them is here.
What is compared is the key paths and JSON types that the tables of shapes were derived from.
"""

from .recorded_shapes import SHAPES
from .recorded_transactions import TRANSACTION_SHAPES

#: What stands around the documents; a question mark: not in every recorded answer.
ENVELOPES: dict[str, dict[str, str]] = {
    "single": {"time": "string"},
    "query": {
        "QueryResponse": "object",
        "QueryResponse.startPosition": "number",
        "QueryResponse.maxResults": "number",
        "time": "string",
    },
    "count": {"QueryResponse": "object", "QueryResponse.totalCount": "number", "time": "string"},
    "nothing": {"QueryResponse": "object", "time": "string"},
    "fault": {
        "Fault": "object",
        "Fault.Error": "array",
        "Fault.Error[].Message": "string",
        "Fault.Error[].Detail": "string",
        "Fault.Error[].code": "string",
        "Fault.Error[].element?": "string",
        "Fault.type": "string",
        "time?": "string",
    },
    "batch": {"BatchItemResponse": "array", "BatchItemResponse[].bId": "string", "time": "string"},
    "cdc": {
        "CDCResponse": "array",
        "CDCResponse[].QueryResponse": "array",
        "CDCResponse[].QueryResponse[].startPosition": "number",
        "CDCResponse[].QueryResponse[].maxResults": "number",
        "CDCResponse[].QueryResponse[].totalCount?": "number",
        "time": "string",
    },
    "deleted": {"domain": "string", "status": "string", "Id": "string"},
}

_COMPARED: dict[str, str] = {
    "Account": "accounts deactivate__account fetch_account_by_id",
    "Bill": "bill_create_response bill_line_item_expense bill_linked_transactions bill_txn_tax_detail",
    "BillPayment": "bill_payment_cc_response bill_payment_check_response bill_payments fetch_bill_payment_by_id",
    "Class": "class classes deleted_class fetch_class_by_id",
    "CompanyInfo": "company_info company_info_query fetch_company_info_by_id",
    "Customer": (
        "create__customer customer customer_change customers deleted_customer fetch_customer_by_id "
        "get__display_name get__id update__customer"
    ),
    "Department": "deleted_department department departments fetch_department_by_id",
    "Employee": "all__employees_including_active deactivate__employee employee employees",
    "Estimate": "estimate",
    "Invoice": (
        "create__invoice invoice_line_item_description_only invoice_with_bundle_line_item "
        "invoice_with_discount_line_item_response void__invoice"
    ),
    "Item": "fetch_item_by_id item item_change items",
    "JournalEntry": "journal_entry",
    "Preferences": "preferences preferences_query",
    "Purchase": "purchase_cash_response purchase_change purchase_check_response purchase_credit_card_response",
    "PurchaseOrder": "purchase_order",
    "TaxCode": "tax_code tax_codes",
    "TaxRate": "tax_rate tax_rates",
    "Term": "fetch_term_by_id term term_by_id terms",
    "TimeActivity": "fetch_time_activity_by_id time_activity",
    "Vendor": "deleted_vendor fetch_vendor_by_id get__inactive_vendors misc__ampersand vendor vendor_change vendors",
    "VendorCredit": "vendor_credit",
    "batch": "batch__basic batch_response",
    "cdc": "cdc__basic change_data_capture_response customer_changes item_changes purchase_changes vendor_changes",
    "count": "all__customers",
    "deleted": "bill_payment_delete_success_response delete__invoice deleted_time_activity",
    "fault": "customer_duplicate_error error__400 error__400_json error__500 error__validation fault generic_error",
    "nothing": "all__alt_select",
    "query": "all__vendors_by_5",
}
_OUT_OF_SCOPE: dict[str, str] = {
    "no budgets: the bridge writes none, and the reference marks them read-only": "budget budgets fetch_budget_by_id",
    "no types of customer: the bridge knows none": "customer_type customer_types fetch_customer_type_by_id",
    "a request to the tax service, no document": "tax_rate_detail_line",
    "a request, no answer": "bill_create_request",
    "no sales receipts: the bridge sells nothing": "all__sales_receipts update__sales_receipt",
    "no reports: the bridge adds up documents, not postings": "reports__gl reports__profit_and_loss",
    "of 2013, when a list entry could be deleted; today that is 500, and so it is here": (
        "item_delete_success_response term_delete_success_response"
    ),
}

#: File: the shape that was derived from it.
COMPARED = {file: shape for shape, files in _COMPARED.items() for file in files.split()}
#: File: why it is compared with nothing.
OUT_OF_SCOPE = {file: why for why, files in _OUT_OF_SCOPE.items() for file in files.split()}
#: Every shape there is.
ALL_SHAPES = {**SHAPES, **TRANSACTION_SHAPES, **ENVELOPES}

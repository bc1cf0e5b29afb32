"""The access matrix, written by hand: who gets which answer at which address.

Everything named in an address is Harbor Row's. Max is its project manager, Ada its approver, Vic may view only, Alma is
its administrator, Ian an invoice contact; Olga is project manager of another company; out is nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

PEOPLE = ("max", "ada", "vic", "alma", "ian", "olga", "out")

#: Gus may view only, and is allowed all that can be allowed beside a role. Where they get another answer than Vic.
GUS = """
projects:new_project                   GET   200
projects:new_project                   POST  422
projects:project_codes                 POST  302
projects:copy_codes                    POST  302
projects:remove_code                   POST  302
budgets:lock                           POST  409
budgets:import                         GET   200
budgets:import                         POST  422
budgets:template                       GET   200
api:project-list                       POST  201
api:project-add-cost-codes             POST  200
api:project-cost-code                  DELETE 204
api:budget-lock                        POST  409
api:budget-post-file                   POST  415
api:budget-template                    GET   200
api:budget-file                        GET   404
api:budget-import-file                 POST  404
acceptance:pile                        GET   200
"""

#: What stands in the address: names of `Scene.numbers` or `Scene.texts`, or the text itself.
ADDRESSES: dict[str, tuple[str, ...]] = {
    "kit:review_sample": ("=sent",),
    "account_reset_password_from_key": ("=1", "=no-such-key"),
    "mfa_remove_webauthn": ("absent",),
    "mfa_edit_webauthn": ("absent",),
    "openid_connect_login": ("=company",),
    "openid_connect_callback": ("=company",),
    "accounts:person": ("person",),
    "accounts:deactivate": ("person",),
    "accounts:reactivate": ("person",),
    "accounts:invite_again": ("person",),
    "accounts:invitation": ("invitation",),
    "accounts:revoke_token": ("token",),
    "acceptance:turns": ("no_batch",),
    "acceptance:undo_many": ("no_batch",),
    "acceptance:forget_view": ("=1",),
    "acceptance:inbox_file": ("=csv",),
    "acceptance:review": ("item",),
    "acceptance:choices": ("item",),
    "acceptance:send": ("plain_item",),
    "acceptance:retrieve": ("item",),
    "acceptance:accept": ("item",),
    "acceptance:reject": ("item",),
    "acceptance:undo": ("item",),
    "acceptance:retry": ("item",),
    "acceptance:unlink": ("item",),
    "acceptance:comment": ("item",),
    "acceptance:open_notice": ("notice",),
    "acceptance:read_notice": ("notice",),
    "acceptance:webhook": ("webhook",),
    "acceptance:edit_webhook": ("webhook",),
    "acceptance:test_webhook": ("webhook",),
    "acceptance:switch_webhook": ("webhook",),
    "acceptance:change_webhook_secret": ("webhook",),
    "acceptance:delete_webhook": ("webhook",),
    "acceptance:send_again": ("webhook", "webhook_message"),
    "api:webhook-detail": ("webhook",),
    "api:webhook-test": ("webhook",),
    "api:webhook-switch-on": ("webhook",),
    "api:webhook-switch-off": ("webhook",),
    "api:webhook-change-secret": ("webhook",),
    "api:webhook-delivery-again": ("webhook_message",),
    "projects:cost_code": ("cost_code",),
    "projects:edit_cost_code": ("cost_code",),
    "projects:set_cost_code_active": ("cost_code",),
    "projects:template_cost_codes": ("=csv",),
    "projects:cost_codes_file": ("=csv",),
    "projects:projects_file": ("=csv",),
    "projects:preview_cost_codes": ("absent",),
    "projects:project": ("project",),
    "quickbooks_bridge:project_mapping": ("project",),
    "api:quickbooks-project-mappings-detail": ("project",),
    "api:quickbooks-project-mappings-choose": ("project",),
    "api:quickbooks-project-mappings-preview": ("project",),
    "copying:company": ("absent",),
    "projects:edit_project": ("project",),
    "projects:set_project_active": ("project",),
    "projects:project_codes": ("project",),
    "projects:copy_codes": ("project",),
    "projects:remove_code": ("project", "cost_code"),
    "projects:costs_file": ("=csv",),
    "projects:cost": ("cost",),
    "projects:remove_cost_rule": ("cost_rule",),
    "budgets:job_costs": ("project",),
    "budgets:job_costs_file": ("project", "=csv"),
    "change_orders:change_order": ("change_order",),
    "change_orders:edit_change_order": ("change_order",),
    "change_orders:approve": ("change_order",),
    "change_orders:reject": ("change_order",),
    "change_orders:collect": ("change_order",),
    "change_orders:take_out": ("change_order", "change_request"),
    "change_orders:request": ("change_request",),
    "change_orders:edit_request": ("change_request",),
    "change_orders:approve_request": ("potential",),
    "change_orders:reject_request": ("potential",),
    "change_orders:collect_into_request": ("change_request",),
    "change_orders:take_out_of_request": ("change_request", "potential"),
    "change_orders:new_change_order": ("changed_commitment",),
    "change_orders:new_request": ("changed_commitment", "=potential"),
    "change_orders:settings": ("changed_project",),
    "api:item-turns": ("no_batch",),
    "api:item-undo-many": ("no_batch",),
    "api:change-order-detail": ("change_order",),
    "api:change-order-approve": ("change_order",),
    "api:change-order-reject": ("change_order",),
    "api:change-order-collect": ("change_order",),
    "api:change-request-detail": ("change_request",),
    "api:change-request-approve": ("potential",),
    "api:change-request-reject": ("potential",),
    "api:change-request-collect": ("change_request",),
    "api:change-request-take-out": ("change_request",),
    "api:change-settings-detail": ("changed_project",),
    # Billing
    "invoices:project_billing": ("billed_project",),
    "invoices:billing_settings": ("billed_project",),
    "invoices:open_period": ("billed_project",),
    "invoices:period": ("billing_period",),
    "invoices:edit_period": ("billing_period",),
    "invoices:invite": ("billing_period",),
    "invoices:billed_commitment": ("billed_commitment",),
    "invoices:answer_invite": ("billing_invite",),
    "invoices:invite_link": ("invite_link",),
    "api:billing-settings-detail": ("billed_project",),
    "api:billing-period-detail": ("billing_period",),
    "api:billing-period-statuses": ("billing_period",),
    "api:billing-period-send-invites": ("billing_period",),
    "api:billing-invite-detail": ("billing_invite",),
    "api:billing-invite-answer": ("billing_invite",),
    # Invoices
    "invoices:invoice": ("invoice",),
    "invoices:edit_invoice": ("invoice",),
    "invoices:submit": ("invoice",),
    "invoices:move": ("invoice",),
    "invoices:void": ("invoice",),
    "invoices:delete": ("invoice",),
    "invoices:release": ("invoice",),
    "invoices:review": ("invoice",),
    "invoices:set_status": ("invoice",),
    "invoices:return": ("invoice",),
    "invoices:correct": ("invoice",),
    "invoices:end_correction": ("invoice",),
    "invoices:attach": ("invoice",),
    "invoices:file": ("invoice", "invoice_file"),
    "invoices:remove_file": ("invoice", "invoice_file"),
    "invoices:print": ("invoice",),
    "invoices:pdf": ("invoice",),
    "invoices:retainage": ("applied_commitment",),
    "api:invoice-detail": ("invoice",),
    "api:invoice-submit": ("invoice",),
    "api:invoice-move": ("invoice",),
    "api:invoice-void": ("invoice",),
    "api:invoice-review": ("invoice",),
    "api:invoice-approve": ("invoice",),
    "api:invoice-give-back": ("invoice",),
    "api:invoice-release": ("invoice",),
    "api:invoice-correct": ("invoice",),
    "api:invoice-end-correction": ("invoice",),
    "api:invoice-printed": ("invoice",),
    "api:invoice-pdf": ("invoice",),
    "api:invoice-files": ("invoice",),
    "api:invoice-add-file": ("invoice",),
    "api:invoice-file": ("invoice", "invoice_file"),
    "api:retainage-detail": ("applied_commitment",),
    # Budgets
    "budgets:budget": ("budgeted",),
    "budgets:budget_file": ("budgeted", "=csv"),
    "budgets:open": ("project",),
    "budgets:settings": ("budgeted",),
    "budgets:lock": ("budgeted",),
    "budgets:unlock": ("budgeted",),
    "budgets:new_line": ("budgeted",),
    "budgets:line": ("budgeted", "=1"),
    "budgets:direct_cost": ("budgeted", "=1"),
    "budgets:remove_line": ("budgeted", "=1"),
    "budgets:changes": ("budgeted",),
    "budgets:transfer": ("budgeted",),
    "budgets:several": ("budgeted",),
    "budgets:take_back": ("budgeted", "=1"),
    "budgets:import": ("budgeted",),
    "budgets:template": ("budgeted", "=csv"),
    "budgets:preview": ("budgeted", "absent"),
    "api:budget-detail": ("budget",),
    "api:budget-lock": ("budget",),
    "api:budget-post-file": ("budget",),
    "api:budget-template": ("budget",),
    "api:budget-file": ("budget", "absent"),
    "api:budget-import-file": ("budget", "absent"),
    "api:budget-unlock": ("budget",),
    "api:budget-lines": ("budget",),
    "api:budget-line": ("budget", "=1"),
    "api:budget-type-direct-cost": ("budget", "=1"),
    "api:budget-changes": ("budget",),
    "api:budget-change": ("budget", "=1"),
    "quickbooks_bridge:document": ("=Bill", "=17"),
    "invoices:payments_file": ("=csv",),
    "invoices:invoices_file": ("=csv",),
    "commitments:commitments_file": ("=csv",),
    "change_orders:change_orders_file": ("=csv",),
    "invoices:payment": ("payment",),
    "invoices:attach_to_payment": ("payment",),
    "invoices:payment_file": ("payment", "payment_file"),
    "invoices:remove_payment_file": ("payment", "payment_file"),
    "api:payment-detail": ("payment",),
    "api:payment-files": ("payment",),
    "api:payment-add-file": ("payment",),
    "api:payment-file": ("payment", "payment_file"),
    "quickbooks_bridge:tie_out": ("project",),
    "quickbooks_bridge:tie_out_file": ("project", "=csv"),
    "quickbooks_bridge:signed_tie_out": ("signed",),
    "api:tie-out-detail": ("project",),
    "api:tie-out-sign-off": ("project",),
    "quickbooks_bridge:month_end_file": ("=csv",),
    "quickbooks_bridge:signed_month_end": ("signed_month",),
    "quickbooks_bridge:signed_month_end_file": ("signed_month", "=csv"),
    "api:month-end-detail": ("=2026-01",),
    "api:month-end-sign": ("=2026-01",),
    "api:month-end-statement-detail": ("signed_month",),
    "quickbooks_bridge:vendor_sides": ("vendor",),
    "quickbooks_bridge:foreign_file": ("=csv",),
    "quickbooks_bridge:put_foreign_away": ("foreign",),
    "quickbooks_bridge:bring_foreign_back": ("foreign",),
    "api:foreign-document-put-away": ("foreign",),
    "api:foreign-document-bring-back": ("foreign",),
    "quickbooks_bridge:relink_one": ("finding",),
    "quickbooks_bridge:put_finding_away": ("finding",),
    "api:quickbooks-finding-link": ("finding",),
    "api:quickbooks-finding-put-away": ("finding",),
    "api:job-cost-detail": ("project",),
    "api:job-cost-transaction-detail": ("cost",),
    "api:job-cost-transaction-code": ("cost",),
    "api:job-cost-rule-detail": ("cost_rule",),
    "help:error": ("=6240",),
    "help:workflow": ("=w5",),
    "vendors:template_vendors": ("=csv",),
    "vendors:vendors_file": ("=csv",),
    "vendors:preview_vendors": ("absent",),
    "vendors:vendor": ("vendor",),
    "vendors:edit_vendor": ("vendor",),
    "vendors:set_vendor_active": ("vendor",),
    "commitments:line_template": ("=amount",),
    "commitments:commitment": ("commitment",),
    "commitments:edit_commitment": ("commitment",),
    "commitments:set_status": ("commitment",),
    "commitments:set_commitment_active": ("commitment",),
    "commitments:delete_commitment": ("commitment",),
    "commitments:correct": ("commitment",),
    "commitments:end_correction": ("commitment",),
    "commitments:people": ("commitment",),
    "commitments:contacts": ("commitment",),
    "commitments:distribution": ("commitment",),
    "commitments:invite_to_break_down": ("commitment",),
    "commitments:breakdown_link": ("breakdown_link",),
    "commitments:attach": ("commitment",),
    "commitments:attachment": ("commitment", "commitment_file"),
    "commitments:remove_attachment": ("commitment", "commitment_file"),
    "commitments:breakdown": ("commitment",),
    "commitments:line_breakdown": ("commitment", "=1"),
    "commitments:submit_breakdown": ("commitment",),
    "commitments:own_breakdown": ("own_breakdown",),
    "commitments:own_line_breakdown": ("own_breakdown", "=1"),
    "commitments:own_submit_breakdown": ("own_breakdown",),
    "commitments:approve_breakdown": ("commitment",),
    "commitments:return_breakdown": ("commitment",),
    "commitments:reopen_breakdown": ("commitment",),
    "api:commitment-detail": ("commitment",),
    "api:commitment-activate": ("commitment",),
    "api:commitment-deactivate": ("commitment",),
    "api:commitment-lines": ("commitment",),
    "api:commitment-set-status": ("commitment",),
    "api:commitment-attachments": ("commitment",),
    "api:commitment-attachment": ("commitment", "commitment_file"),
    "api:commitment-add-attachment": ("commitment",),
    "api:commitment-breakdown": ("commitment",),
    "api:commitment-break-down": ("commitment", "=1"),
    "api:commitment-submit-breakdown": ("commitment",),
    "api:commitment-approve-breakdown": ("commitment",),
    "api:commitment-return-breakdown": ("commitment",),
    "api:commitment-reopen-breakdown": ("commitment",),
    "api:commitment-contacts": ("commitment",),
    "api:commitment-distribution": ("commitment",),
    "api:commitment-invite-to-break-down": ("commitment",),
    "api:commitment-set-access": ("commitment",),
    "api:commitment-correct": ("commitment",),
    "api:commitment-end-correction": ("commitment",),
    "quickbooks_bridge:drift": ("drift",),
    "quickbooks_bridge:answer_drift": ("drift",),
    "api:drift-detail": ("drift",),
    "api:drift-answer": ("drift",),
    "quickbooks_bridge:retry_file": ("refused_file",),
    "api:quickbooks-file-detail": ("refused_file",),
    "api:quickbooks-file-retry": ("refused_file",),
    "quickbooks_bridge:onboarding_entry": ("onboarding_entry",),
    "quickbooks_bridge:opening_document": ("opening_document",),
    "quickbooks_bridge:link_document": ("opening_document",),
    "quickbooks_bridge:dismiss_document": ("opening_document",),
    "quickbooks_bridge:set_document_aside": ("opening_document",),
    "quickbooks_bridge:bring_document_back": ("opening_document",),
    "api:quickbooks-onboarding-entry-detail": ("onboarding_entry",),
    "api:quickbooks-opening-document-detail": ("opening_document",),
    "api:quickbooks-opening-document-candidates": ("opening_document",),
    "api:quickbooks-opening-document-link": ("opening_document",),
    "api:quickbooks-opening-document-dismiss": ("opening_document",),
    "api:quickbooks-opening-document-set-aside": ("opening_document",),
    "api:quickbooks-opening-document-bring-back": ("opening_document",),
    "quickbooks_bridge:add": ("ledger_name",),
    "quickbooks_bridge:link": ("ledger_name",),
    "quickbooks_bridge:archive": ("ledger_name",),
    "quickbooks_bridge:bring_back": ("ledger_name",),
    "quickbooks_bridge:dismiss": ("ledger_name",),
    "quickbooks_bridge:link_item": ("item",),
    "api:item-detail": ("item",),
    "api:person-detail": ("person",),
    "api:item-send": ("plain_item",),
    "api:item-retrieve": ("item",),
    "api:item-accept": ("item",),
    "api:item-reject": ("item",),
    "api:item-undo": ("item",),
    "api:item-retry": ("item",),
    "api:item-unlink": ("item",),
    "api:item-comments": ("item",),
    "api:notice-read": ("notice",),
    "api:cost-code-activate": ("cost_code",),
    "api:cost-code-deactivate": ("cost_code",),
    "api:cost-code-detail": ("cost_code",),
    "api:project-activate": ("project",),
    "api:project-add-cost-codes": ("project",),
    "api:project-cost-code": ("project", "cost_code"),
    "api:project-deactivate": ("project",),
    "api:project-detail": ("project",),
    "api:cost-code-file": ("absent",),
    "api:cost-code-import-file": ("absent",),
    "api:vendor-file": ("absent",),
    "api:vendor-import-file": ("absent",),
    "api:vendor-activate": ("vendor",),
    "api:vendor-deactivate": ("vendor",),
    "api:vendor-detail": ("vendor",),
    "api:quickbooks-candidate-add": ("ledger_name",),
    "api:quickbooks-candidate-archive": ("ledger_name",),
    "api:quickbooks-candidate-bring-back": ("ledger_name",),
    "api:quickbooks-candidate-link": ("ledger_name",),
    "api:quickbooks-candidate-dismiss": ("ledger_name",),
    "api:nothing_here": ("=elsewhere/",),
}

#: What is sent along; a value that names a text of the scene is replaced by it.
BODIES: dict[str, dict[str, Any]] = {
    "acceptance:accept": {"seen": "digest"},
    "acceptance:do_many": {"action": "accept"},
    "acceptance:choose_columns": {"column": "vendor", "query": "kind=vendor"},
    "acceptance:keep_view": {"name": "Mine", "query": "kind=vendor"},
    "api:item-many": {"action": "accept", "chosen": []},
    "acceptance:reject": {"comment": "Wrong name."},
    "acceptance:comment": {"text": "Is that the old address?"},
    "api:item-comments": {"text": "Is that the old address?"},
    "api:webhook-list": {"name": "Dashboard", "url": "https://a.example/hooks"},
    "api:webhook-detail": {"name": "Another name"},
    "api:notice-choices": {"choices": [{"about": "mention", "in_console": True, "by_mail": False}]},
    "quickbooks_bridge:answer_drift": {"answer": "ignore", "seen": "drift_state"},
    "api:drift-answer": {"answer": "ignore", "seen": "drift_state"},
    "change_orders:reject": {"remark": "Too dear."},
    "change_orders:reject_request": {"remark": "Too dear."},
    "api:change-order-list": {"commitment": "changed_commitment_id", "title": "More rock"},
    "api:change-order-detail": {"number": "CO-1", "edition": 2},
    "api:change-order-reject": {"remark": "Too dear."},
    "api:change-order-collect": {"requests": []},
    "api:change-request-list": {"commitment": "changed_commitment_id", "title": "More rock"},
    "api:change-request-detail": {"number": "COR-1", "edition": 4, "business_status": "in_review"},
    "api:change-request-reject": {"remark": "Too dear."},
    "api:change-request-collect": {"requests": []},
    "api:change-settings-detail": {"tiers": 3},
    "api:invoice-list": {"commitment": "applied_commitment_id"},
    "api:invoice-detail": {"edition": 2},
    "api:invoice-review": {"lines": []},
    "api:invoice-approve": {"business_status": "approved"},
    "api:invoice-release": {"edition": 2, "percent": "5"},
    "api:invoice-send": {"invoices": []},
    "api:retainage-detail": {"steps": []},
    "invoices:invite": {"commitments": "billed_commitment_id"},
    "invoices:answer_invite": {"answer": "yes"},
    "invoices:invite_link": {"answer": "yes"},
    "api:billing-period-list": {
        "project": "billed_project_id",
        "starts_on": "next_first",
        "ends_on": "next_last",
        "due_on": "next_last",
    },
    "api:billing-period-detail": {"starts_on": "today", "ends_on": "today", "due_on": "today"},
    "api:billing-invite-answer": {"accepts": True},
    "accounts:switch_company": {"company": "company"},
    "quickbooks_bridge:candidates": {"do": "archive", "chosen": "name_to_import"},
    "quickbooks_bridge:link": {"item": "vendor_item"},
    "quickbooks_bridge:begin_onboarding": {"since": "today"},
    "quickbooks_bridge:set_cap": {"documents": "5"},
    "quickbooks_bridge:link_document": {"item": "vendor_item"},
    "quickbooks_bridge:dismiss_document": {"item": "vendor_item"},
    "quickbooks_bridge:set_document_aside": {"why": "Rent."},
    "api:quickbooks-onboarding-begin": {"since": "today"},
    "api:quickbooks-onboarding-cap": {"documents": 5},
    "api:quickbooks-onboarding-link-exact": {"seen": "x"},
    "api:quickbooks-finding-link-all": {"seen": "x"},
    "api:quickbooks-opening-document-link": {"item": "vendor_item"},
    "api:quickbooks-opening-document-dismiss": {"item": "vendor_item"},
    "api:quickbooks-opening-document-set-aside": {"why": "Rent."},
    "commitments:set_status": {"status": "approved"},
    "api:commitment-list": {"project": "commitment_project", "type": "subcontract"},
    "api:commitment-detail": {
        "project": "commitment_project",
        "type": "subcontract",
        "number": "SC-9",
        "created_on": "2026-11-25",
        "edition": 1,
    },
    "api:commitment-lines": {"edition": 1, "lines": []},
    "api:commitment-set-status": {"business_status": "approved"},
    "api:commitment-break-down": {"parts": []},
    "api:commitment-return-breakdown": {"reason": ""},
    "api:commitment-contacts": {"contacts": []},
    "api:commitment-distribution": {"people": []},
    "api:commitment-set-access": {"is_private": False},
    "api:commitment-correct": {"reason": "The unit cost was wrong."},
    "api:item-accept": {"seen": "digest"},
    "api:item-reject": {"comment": "Wrong name."},
    "api:cost-code-list": {"code": "07-100", "description": "Roofing"},
    "api:cost-code-detail": {"code": "07-100", "description": "Roofing", "edition": 1},
    "api:project-list": {"name": "Pier 7"},
    "api:project-detail": {"name": "Pier 7", "edition": 1},
    "api:project-add-cost-codes": {"cost_codes": []},
    "api:vendor-list": {"name": "Pier Steel"},
    "api:vendor-detail": {"name": "Pier Steel", "edition": 1},
    "api:quickbooks-candidate-link": {"item": "vendor_item"},
    "api:quickbooks-candidate-dismiss": {"item": "vendor_item"},
    "api:quickbooks-candidate-exact": {"seen": "other pairs"},
    "api:quickbooks-candidate-add-chosen": {"names": []},
    "api:quickbooks-candidate-archive-chosen": {"names": []},
    "projects:cost": {"code": "code", "asks": "account"},
    "api:budget-list": {"project": "project_id"},
    "api:budget-detail": {"may_change_total": True, "edition": 1},
    "api:budget-lines": {"cost_code": "budgeted_code"},
    "api:budget-line": {"amount": "5.00", "edition": 1},
    "api:budget-type-direct-cost": {"amount": "5.00", "edition": 1},
    "api:budget-changes": {
        "made_on": "2026-11-02",
        "lines": [{"line": 1, "amount": "-5.00"}, {"line": 2, "amount": "5.00"}],
    },
    "api:job-cost-transaction-code": {"code": "code", "asks": "account"},
    "api:project-rules-list": {"adds_new_codes": True},
    "api:payment-detail": {"note": "The waiver is in."},
    "api:payment-schedule-list": {"hours": 4},
    "api:tie-out-sign-off": {"month": "2026-01-31", "seen": "other figures"},
    "api:month-end-sign": {"seen": "another list"},
    "quickbooks_bridge:put_foreign_away": {"note": "The rent."},
    "api:foreign-document-put-away": {"note": "The rent."},
    "quickbooks_bridge:put_finding_away": {"note": "Entered anew."},
    "api:quickbooks-finding-put-away": {"note": "Entered anew."},
}


@dataclass(frozen=True)
class Scene:
    """What the addresses name."""

    numbers: dict[str, int]
    texts: dict[str, str]

    def at(self, name: str) -> tuple[int | str, ...]:
        """The parts of the address of `name`."""
        return tuple(
            part[1:] if part.startswith("=") else self.numbers.get(part) or self.texts[part]
            for part in ADDRESSES.get(name, ())
        )

    def body(self, name: str) -> dict[str, Any]:
        """What is sent to `name`."""
        return {key: self.texts.get(str(value), value) for key, value in BODIES.get(name, {}).items()}


#: One row an address and method. A method that is not in here answers 405.
MATRIX = """
# address                              method max  ada  vic  alma ian  olga out
# What machines ask; the metrics need their own token
healthz                                GET   200  200  200  200  200  200  200
readyz                                 GET   200  200  200  200  200  200  200
metrics                                GET   404  404  404  404  404  404  404
# The frame and the look
home                                   GET   200  200  200  200  200  200  302
help:help                              GET   200  200  200  200  200  200  302
help:errors                            GET   200  200  200  200  200  200  302
help:error                             GET   302  302  302  302  302  302  302
help:workflow                          GET   200  200  200  200  200  200  302
help:first_steps                       POST  302  302  302  302  302  302  302
kit:theme                              POST  302  302  302  302  302  302  302
accounts:language                      POST  302  302  302  302  302  302  302
kit:components                         GET   200  200  200  200  200  200  200
kit:inbox_sample                       GET   200  200  200  200  200  200  200
kit:review_sample                      GET   200  200  200  200  200  200  200
kit:refused_sample                     GET   409  409  409  409  409  409  409
# Signing in; the answers of allauth
account_login                          GET   302  302  302  302  302  302  200
account_login                          POST  302  302  302  302  302  302  200
account_logout                         GET   200  200  200  200  200  200  302
account_logout                         POST  302  302  302  302  302  302  302
account_signup                         GET   302  302  302  302  302  302  200
account_signup                         POST  302  302  302  302  302  302  200
account_inactive                       GET   200  200  200  200  200  200  200
account_reauthenticate                 GET   200  200  200  200  200  200  302
account_reauthenticate                 POST  200  200  200  200  200  200  302
account_change_password                GET   200  200  200  200  200  200  302
account_change_password                POST  200  200  200  200  200  200  302
account_set_password                   GET   302  302  302  302  302  302  302
account_set_password                   POST  302  302  302  302  302  302  302
account_reset_password                 GET   200  200  200  200  200  200  200
account_reset_password                 POST  200  200  200  200  200  200  200
account_reset_password_done            GET   200  200  200  200  200  200  200
account_reset_password_from_key_done   GET   200  200  200  200  200  200  200
account_reset_password_from_key        GET   200  200  200  200  200  200  200
account_reset_password_from_key        POST  200  200  200  200  200  200  200
mfa_index                              GET   200  200  200  200  200  200  302
mfa_authenticate                       GET   302  302  302  302  302  302  302
mfa_authenticate                       POST  302  302  302  302  302  302  302
mfa_reauthenticate                     GET   302  302  302  302  302  302  302
mfa_reauthenticate                     POST  302  302  302  302  302  302  302
mfa_activate_totp                      GET   302  302  302  302  302  302  302
mfa_activate_totp                      POST  302  302  302  302  302  302  302
mfa_deactivate_totp                    GET   404  404  404  404  404  404  302
mfa_deactivate_totp                    POST  404  404  404  404  404  404  302
mfa_view_recovery_codes                GET   404  404  404  404  404  404  302
mfa_generate_recovery_codes            GET   302  302  302  302  302  302  302
mfa_generate_recovery_codes            POST  302  302  302  302  302  302  302
mfa_download_recovery_codes            GET   404  404  404  404  404  404  302
mfa_download_recovery_codes            POST  404  404  404  404  404  404  302
mfa_list_webauthn                      GET   200  200  200  200  200  200  302
mfa_add_webauthn                       GET   302  302  302  302  302  302  302
mfa_add_webauthn                       POST  302  302  302  302  302  302  302
mfa_reauthenticate_webauthn            GET   302  302  302  302  302  302  302
mfa_reauthenticate_webauthn            POST  302  302  302  302  302  302  302
mfa_remove_webauthn                    GET   302  302  302  302  302  302  302
mfa_remove_webauthn                    POST  302  302  302  302  302  302  302
mfa_edit_webauthn                      GET   302  302  302  302  302  302  302
mfa_edit_webauthn                      POST  302  302  302  302  302  302  302
socialaccount_connections              GET   200  200  200  200  200  200  302
socialaccount_connections              POST  200  200  200  200  200  200  302
socialaccount_signup                   GET   302  302  302  302  302  302  302
socialaccount_signup                   POST  302  302  302  302  302  302  302
socialaccount_login_cancelled          GET   200  200  200  200  200  200  200
socialaccount_login_error              GET   401  401  401  401  401  401  401
openid_connect_login                   GET   404  404  404  404  404  404  404
openid_connect_login                   POST  404  404  404  404  404  404  404
openid_connect_callback                GET   404  404  404  404  404  404  404
openid_connect_callback                POST  404  404  404  404  404  404  404
# People and tokens
accounts:people                        GET   403  403  403  200  403  403  302
accounts:invite                        GET   403  403  403  200  403  403  302
accounts:invite                        POST  403  403  403  422  403  403  302
accounts:person                        GET   403  403  403  200  403  403  302
accounts:person                        POST  403  403  403  422  403  403  302
accounts:deactivate                    POST  403  403  403  302  403  403  302
accounts:reactivate                    POST  403  403  403  302  403  403  302
accounts:invite_again                  POST  403  403  403  302  403  403  302
accounts:invitation                    GET   200  200  200  200  200  200  200
accounts:invitation                    POST  422  422  422  422  422  422  422
accounts:keys                          POST  204  204  204  204  204  204  302
accounts:switch_company                POST  302  302  302  302  302  404  302
accounts:tokens                        GET   200  200  200  200  403  200  302
accounts:tokens                        POST  422  422  422  422  403  422  302
accounts:revoke_token                  POST  302  404  404  302  404  404  302
# Inbox, review, decisions, journal
acceptance:inbox                       GET   200  200  200  200  200  200  302
acceptance:keep_view                   POST  302  302  302  302  302  302  302
acceptance:narrow                      GET   200  200  200  200  200  200  302
acceptance:choose_columns              POST  302  302  302  302  302  302  302
acceptance:forget_view                 POST  404  404  404  404  404  404  302
acceptance:inbox_file                  GET   200  200  200  200  200  200  302
acceptance:review                      GET   200  200  200  200  404  404  302
acceptance:choices                     POST  302  302  302  302  404  404  302
acceptance:held_up                     GET   200  200  200  200  403  200  302
api:held-up-list                       GET   200  200  200  200  403  200  401
acceptance:pile                        GET   200  200  404  200  404  200  302
acceptance:do_many                     POST  403  302  403  403  403  403  302
acceptance:turns                       GET   200  200  200  200  200  200  302
acceptance:undo_many                   POST  403  302  403  403  403  403  302
acceptance:rows                        GET   200  200  200  200  200  200  302
acceptance:send                        POST  302  403  403  302  404  404  302
acceptance:retrieve                    POST  302  403  403  302  404  404  302
acceptance:accept                      POST  403  302  403  403  404  404  302
acceptance:reject                      POST  403  302  403  403  404  404  302
acceptance:undo                        POST  403  409  403  403  404  404  302
acceptance:retry                       POST  403  409  403  403  404  404  302
acceptance:unlink                      POST  403  409  403  403  404  404  302
acceptance:comment                     POST  302  302  302  302  404  404  302
acceptance:notices                     GET   200  200  200  200  200  200  302
acceptance:bell                        GET   200  200  200  200  200  200  302
acceptance:open_notice                 GET   302  404  404  404  404  404  302
acceptance:read_notice                 POST  302  404  404  404  404  404  302
acceptance:read_notices                POST  302  302  302  302  302  302  302
acceptance:notice_choices              GET   200  200  200  200  200  200  302
acceptance:notice_choices              POST  302  302  302  302  302  302  302
acceptance:journal                     GET   403  200  403  200  403  403  302
acceptance:journal_file                GET   403  200  403  200  403  403  302
acceptance:settings                    GET   403  403  403  200  403  403  302
acceptance:settings                    POST  403  403  403  422  403  403  302
copying:sources                        GET   403  403  403  200  403  403  302
copying:download                       GET   403  403  403  200  403  403  302
copying:file                           POST  403  403  403  422  403  403  302
copying:company                        GET   403  403  403  404  403  403  302
copying:company                        POST  403  403  403  404  403  403  302
acceptance:webhooks                    GET   403  403  403  200  403  403  302
acceptance:new_webhook                 GET   403  403  403  200  403  403  302
acceptance:new_webhook                 POST  403  403  403  422  403  403  302
acceptance:webhook                     GET   403  403  403  200  403  403  302
acceptance:edit_webhook                GET   403  403  403  200  403  403  302
acceptance:edit_webhook                POST  403  403  403  422  403  403  302
acceptance:test_webhook                POST  403  403  403  302  403  403  302
acceptance:switch_webhook              POST  403  403  403  302  403  403  302
acceptance:change_webhook_secret       POST  403  403  403  200  403  403  302
acceptance:delete_webhook              POST  403  403  403  302  403  403  302
acceptance:send_again                  POST  403  403  403  302  403  403  302
# Projects and cost codes
projects:cost_codes                    GET   200  200  200  200  200  200  302
projects:cost_codes_file               GET   200  200  200  200  200  200  302
projects:projects_file                 GET   200  200  200  200  200  200  302
projects:new_cost_code                 GET   200  403  403  200  403  200  302
projects:new_cost_code                 POST  422  403  403  422  403  422  302
projects:import_cost_codes             GET   200  403  403  200  403  200  302
projects:import_cost_codes             POST  422  403  403  422  403  422  302
projects:template_cost_codes           GET   200  403  403  200  403  200  302
projects:preview_cost_codes            GET   404  404  404  404  404  404  302
projects:preview_cost_codes            POST  404  404  404  404  404  404  302
projects:cost_code                     GET   200  200  200  200  404  404  302
projects:edit_cost_code                GET   200  403  403  200  404  404  302
projects:edit_cost_code                POST  422  403  403  422  404  404  302
projects:set_cost_code_active          POST  302  403  403  302  404  404  302
projects:projects                      GET   200  200  200  200  200  200  302
projects:new_project                   GET   200  403  403  200  403  200  302
projects:new_project                   POST  422  403  403  422  403  422  302
projects:project                       GET   200  200  200  200  404  404  302
projects:edit_project                  GET   200  403  403  200  404  404  302
projects:edit_project                  POST  422  403  403  422  404  404  302
projects:set_project_active            POST  302  403  403  302  404  404  302
projects:project_codes                 GET   200  200  200  200  404  404  302
projects:project_codes                 POST  302  403  403  302  404  404  302
projects:copy_codes                    POST  302  403  403  302  404  404  302
projects:remove_code                   POST  302  403  403  302  404  404  302
# Commitments
commitments:commitments                GET   200  200  200  200  200  200  302
commitments:commitments_file           GET   200  200  200  200  200  200  302
commitments:new_commitment             GET   200  403  403  200  403  200  302
commitments:new_commitment             POST  422  403  403  422  403  422  302
commitments:line_template              GET   200  403  403  200  403  200  302
commitments:commitment                 GET   200  200  200  200  404  404  302
commitments:edit_commitment            GET   200  403  403  200  404  404  302
commitments:edit_commitment            POST  422  403  403  422  404  404  302
commitments:set_status                 POST  302  403  403  302  404  404  302
commitments:set_commitment_active      POST  302  403  403  302  404  404  302
commitments:delete_commitment          POST  302  403  403  302  404  404  302
commitments:correct                    GET   200  200  200  200  404  404  302
commitments:correct                    POST  409  403  403  409  404  404  302
commitments:end_correction             POST  409  403  403  409  404  404  302
commitments:people                     GET   200  403  403  200  404  404  302
commitments:people                     POST  302  403  403  302  404  404  302
commitments:contacts                   POST  302  403  403  302  404  404  302
commitments:distribution               POST  302  403  403  302  404  404  302
commitments:invite_to_break_down       POST  409  403  403  409  404  404  302
commitments:breakdown_link             GET   403  403  403  403  302  403  302
commitments:attach                     POST  422  403  403  422  404  404  302
commitments:attachment                 GET   200  200  200  200  404  404  302
commitments:remove_attachment          POST  302  403  403  302  404  404  302
commitments:breakdown                  GET   200  200  200  200  404  404  302
commitments:line_breakdown             GET   200  403  403  200  404  404  302
commitments:line_breakdown             POST  302  403  403  302  404  404  302
commitments:submit_breakdown           POST  409  403  403  409  404  404  302
commitments:own_breakdown              GET   404  404  404  404  200  404  302
commitments:own_line_breakdown         GET   404  404  404  404  200  404  302
commitments:own_line_breakdown         POST  404  404  404  404  302  404  302
commitments:own_submit_breakdown       POST  404  404  404  404  409  404  302
commitments:approve_breakdown          POST  409  403  403  409  404  404  302
commitments:return_breakdown           POST  422  403  403  422  404  404  302
commitments:reopen_breakdown           POST  409  403  403  409  404  404  302
# Job costs
projects:job_costs                     GET   200  200  200  200  403  200  302
projects:uncoded                       GET   200  200  200  200  403  200  302
projects:costs                         GET   200  200  200  200  403  200  302
projects:costs_file                    GET   200  200  200  200  403  200  302
projects:cost                          GET   200  200  200  200  404  404  302
projects:cost                          POST  302  302  403  302  404  404  302
projects:cost_rules                    GET   200  200  200  200  403  200  302
projects:remove_cost_rule              POST  302  302  403  302  404  404  302
budgets:job_costs                      GET   200  200  200  200  404  404  302
budgets:job_costs_file                 GET   200  200  200  200  403  404  302
quickbooks_bridge:read_job_costs       POST  409  409  403  409  403  409  302
quickbooks_bridge:webhooks             POST  401  401  401  401  401  401  401
quickbooks_bridge:look                 POST  409  409  403  409  403  409  302
quickbooks_bridge:document             GET   302  302  302  302  404  404  302
# Budgets: a locked one with two lines and a change
budgets:budgets                        GET   200  200  200  200  200  200  302
budgets:budget                         GET   200  200  200  200  404  404  302
budgets:budget_file                    GET   200  200  200  200  403  404  302
budgets:open                           POST  302  403  403  302  404  404  302
budgets:settings                       GET   200  403  403  200  404  404  302
budgets:settings                       POST  409  403  403  409  404  404  302
budgets:lock                           POST  409  403  403  409  404  404  302
budgets:unlock                         POST  302  403  403  302  404  404  302
budgets:new_line                       GET   200  403  403  200  404  404  302
budgets:new_line                       POST  422  403  403  422  404  404  302
budgets:line                           GET   200  200  200  200  404  404  302
budgets:line                           POST  409  403  403  409  404  404  302
budgets:company_rules                  GET   403  403  403  200  403  403  302
budgets:company_rules                  POST  403  403  403  422  403  403  302
budgets:direct_cost                    POST  409  403  403  409  404  404  302
budgets:remove_line                    POST  409  403  403  409  404  404  302
budgets:changes                        GET   200  200  200  200  404  404  302
budgets:transfer                       GET   200  403  403  200  404  404  302
budgets:transfer                       POST  422  403  403  422  404  404  302
budgets:several                        GET   200  403  403  200  404  404  302
budgets:several                        POST  422  403  403  422  404  404  302
budgets:take_back                      POST  302  403  403  302  404  404  302
budgets:import                         GET   200  403  403  200  404  404  302
budgets:import                         POST  422  403  403  422  404  404  302
budgets:template                       GET   200  403  403  200  404  404  302
budgets:preview                        GET   404  404  404  404  404  404  302
budgets:preview                        POST  404  404  404  404  404  404  302
# Vendors
vendors:vendors                        GET   200  200  200  200  200  200  302
vendors:vendors_file                   GET   200  200  200  200  200  200  302
vendors:new_vendor                     GET   200  403  403  200  403  200  302
vendors:new_vendor                     POST  422  403  403  422  403  422  302
vendors:import_vendors                 GET   200  403  403  200  403  200  302
vendors:import_vendors                 POST  422  403  403  422  403  422  302
vendors:template_vendors               GET   200  403  403  200  403  200  302
vendors:preview_vendors                GET   404  404  404  404  404  404  302
vendors:preview_vendors                POST  404  404  404  404  404  404  302
vendors:vendor                         GET   200  200  200  200  404  404  302
vendors:edit_vendor                    GET   200  403  403  200  404  404  302
vendors:edit_vendor                    POST  422  403  403  422  404  404  302
vendors:set_vendor_active              POST  409  403  403  409  404  404  302
# Change orders and the requests below them
change_orders:change_orders            GET   200  200  200  200  200  200  302
change_orders:change_orders_file       GET   200  200  200  200  200  200  302
change_orders:start                    GET   200  403  403  200  403  200  302
change_orders:change_order             GET   200  200  200  200  404  404  302
change_orders:edit_change_order        GET   200  403  403  200  404  404  302
change_orders:edit_change_order        POST  422  403  403  422  404  404  302
change_orders:approve                  POST  302  403  403  302  404  404  302
change_orders:reject                   POST  302  403  403  302  404  404  302
change_orders:collect                  POST  302  403  403  302  404  404  302
change_orders:take_out                 POST  302  403  403  302  404  404  302
change_orders:request                  GET   200  200  200  200  404  404  302
change_orders:edit_request             GET   200  403  403  200  404  404  302
change_orders:edit_request             POST  422  403  403  422  404  404  302
change_orders:approve_request          POST  302  403  403  302  404  404  302
change_orders:reject_request           POST  302  403  403  302  404  404  302
change_orders:collect_into_request     POST  302  403  403  302  404  404  302
change_orders:take_out_of_request      POST  302  403  403  302  404  404  302
change_orders:new_change_order         GET   200  403  403  200  403  404  302
change_orders:new_change_order         POST  422  403  403  422  403  404  302
change_orders:new_request              GET   200  403  403  200  403  404  302
change_orders:new_request              POST  422  403  403  422  403  404  302
change_orders:settings                 GET   200  403  403  200  404  404  302
change_orders:settings                 POST  422  403  403  422  404  404  302
# Billing: an open period in which Ian was asked to bill their commitment
invoices:billing                       GET   200  200  200  200  200  200  302
invoices:project_billing               GET   200  200  200  200  404  404  302
invoices:billing_settings              GET   200  403  403  200  404  404  302
invoices:billing_settings              POST  422  403  403  422  404  404  302
invoices:open_period                   GET   200  403  403  200  404  404  302
invoices:open_period                   POST  422  403  403  422  404  404  302
invoices:period                        GET   200  200  200  200  403  404  302
invoices:edit_period                   GET   200  403  403  200  403  404  302
invoices:edit_period                   POST  422  403  403  422  403  404  302
invoices:invite                        POST  302  403  403  302  403  404  302
invoices:billed_commitment             GET   404  404  404  404  200  404  302
invoices:answer_invite                 POST  403  403  403  403  302  404  302
invoices:invite_link                   GET   403  403  403  403  200  403  302
invoices:invite_link                   POST  403  403  403  403  302  403  302
# Invoices: a draft of Ian's commitment, made by Max, with something billed
invoices:invoices                      GET   200  200  200  200  200  200  302
invoices:invoices_file                 GET   200  200  200  200  200  200  302
invoices:new_invoice                   GET   404  404  404  404  404  404  302
invoices:new_invoice                   POST  404  404  404  404  404  404  302
invoices:send_several                  POST  302  403  403  302  403  302  302
invoices:invoice                       GET   200  200  200  200  200  404  302
invoices:edit_invoice                  GET   200  403  403  200  200  404  302
invoices:edit_invoice                  POST  409  403  403  409  409  404  302
invoices:submit                        POST  302  403  403  302  302  404  302
invoices:move                          POST  409  403  403  409  409  404  302
invoices:void                          POST  302  403  403  302  403  404  302
invoices:delete                        POST  302  403  403  302  302  404  302
invoices:release                       POST  422  403  403  422  422  404  302
invoices:review                        GET   200  403  403  200  403  404  302
invoices:review                        POST  409  403  403  409  403  404  302
invoices:set_status                    POST  422  403  403  422  403  404  302
invoices:return                        POST  409  403  403  409  403  404  302
invoices:correct                       GET   200  403  403  200  403  404  302
invoices:correct                       POST  409  403  403  409  403  404  302
invoices:end_correction                POST  409  403  403  409  403  404  302
invoices:attach                        POST  422  403  403  422  422  404  302
invoices:file                          GET   200  200  200  200  200  404  302
invoices:remove_file                   POST  302  403  403  302  403  404  302
invoices:print                         GET   200  200  200  200  200  404  302
invoices:pdf                           GET   200  200  200  200  200  404  302
invoices:retainage                     GET   200  403  403  200  404  404  302
invoices:retainage                     POST  302  403  403  302  404  404  302
# QuickBooks
# Payments issued
invoices:payments                      GET   200  200  200  200  200  200  302
invoices:payments_file                 GET   200  200  200  200  200  200  302
invoices:payment                       GET   200  200  200  200  404  404  302
invoices:payment                       POST  302  403  403  302  404  404  302
invoices:attach_to_payment             POST  422  403  403  422  404  404  302
invoices:payment_file                  GET   200  200  200  200  403  404  302
invoices:remove_payment_file           POST  302  403  403  302  404  404  302
quickbooks_bridge:payments             GET   200  200  200  200  403  200  302
quickbooks_bridge:payments             POST  403  403  403  422  403  403  302
quickbooks_bridge:read_payments        POST  409  409  403  409  403  409  302
api:payment-list                       GET   200  200  200  200  200  200  401
api:payment-detail                     GET   200  200  200  200  404  404  401
api:payment-detail                     PATCH 200  403  403  200  404  404  401
api:payment-files                      GET   200  200  200  200  403  404  401
api:payment-add-file                   POST  415  403  403  415  403  404  401
api:payment-file                       GET   200  200  200  200  403  404  401
api:payment-file                       DELETE 204 403  403  204  403  404  401
api:payment-reading-list               GET   200  200  200  200  200  200  401
api:payment-reading-list               POST  409  409  403  409  403  409  401
api:person-list                        GET   403  403  403  200  403  403  401
api:person-detail                      GET   403  403  403  200  403  403  401
api:company-settings-list              GET   403  403  403  200  403  403  401
api:company-settings-list              PATCH 403  403  403  200  403  403  401
api:settings-copies-list               GET   403  403  403  200  403  403  401
api:settings-copies-preview            POST  403  403  403  422  403  403  401
api:settings-copies-apply              POST  403  403  403  422  403  403  401
api:project-rules-list                 GET   403  403  403  200  403  403  401
api:project-rules-list                 PATCH 403  403  403  200  403  403  401
api:payment-schedule-list              GET   200  200  200  200  403  200  401
api:payment-schedule-list              POST  403  403  403  200  403  403  401
# Console and QuickBooks side by side
quickbooks_bridge:tie_out              GET   200  200  200  200  404  404  302
quickbooks_bridge:tie_out              POST  403  422  403  422  404  404  302
quickbooks_bridge:tie_out_file         GET   200  200  200  200  404  404  302
quickbooks_bridge:signed_tie_out       GET   200  200  200  200  403  404  302
api:tie-out-detail                     GET   200  200  200  200  404  404  401
api:tie-out-sign-off                   POST  403  409  403  409  404  404  401
api:tie-out-sign-off-list              GET   200  200  200  200  200  200  401
# What of a month is not in QuickBooks
quickbooks_bridge:month_end            GET   200  200  200  200  403  200  302
quickbooks_bridge:month_end            POST  403  422  403  422  403  403  302
quickbooks_bridge:month_end_file       GET   200  200  200  200  403  200  302
quickbooks_bridge:signed_month_end     GET   200  200  200  200  403  404  302
quickbooks_bridge:signed_month_end_file GET  200  200  200  200  403  404  302
api:month-end-detail                   GET   200  200  200  200  403  200  401
api:month-end-sign                     POST  403  409  403  409  403  403  401
api:month-end-statement-list           GET   200  200  200  200  200  200  401
api:month-end-statement-detail         GET   200  200  200  200  404  404  401
# What was changed in QuickBooks; an approver of the kind answers
quickbooks_bridge:drifts               GET   200  200  200  200  403  200  302
quickbooks_bridge:drift                GET   200  200  200  200  404  404  302
quickbooks_bridge:answer_drift         POST  403  302  403  403  404  404  302
api:drift-list                         GET   200  200  200  200  200  200  401
api:drift-detail                       GET   200  200  200  200  404  404  401
api:drift-answer                       POST  403  200  403  403  404  404  401
# The comparison with QuickBooks
quickbooks_bridge:reconciliation       GET   200  200  200  200  403  200  302
quickbooks_bridge:reconcile            POST  409  409  403  409  403  409  302
quickbooks_bridge:vendor_sides         GET   200  200  200  200  404  404  302
quickbooks_bridge:foreign              GET   200  200  200  200  403  200  302
quickbooks_bridge:foreign_file         GET   200  200  200  200  403  200  302
quickbooks_bridge:put_foreign_away     POST  403  302  403  302  404  404  302
quickbooks_bridge:bring_foreign_back   POST  403  302  403  302  404  404  302
api:reconciliation-run-list            GET   200  200  200  200  200  200  401
api:reconciliation-run-list            POST  409  409  403  409  403  409  401
api:reconciliation-row-list            GET   200  200  200  200  200  200  401
api:foreign-document-list              GET   200  200  200  200  200  200  401
api:foreign-document-put-away          POST  403  200  403  200  404  404  401
api:foreign-document-bring-back        POST  403  200  403  200  404  404  401
# What a restored backup does not know
quickbooks_bridge:ahead                GET   403  403  403  200  403  403  302
quickbooks_bridge:look_ahead           POST  403  403  403  409  403  403  302
quickbooks_bridge:relink_found         POST  403  403  403  409  403  403  302
quickbooks_bridge:relink_one           POST  403  403  403  409  403  403  302
quickbooks_bridge:put_finding_away     POST  403  403  403  302  403  403  302
api:quickbooks-finding-list            GET   403  403  403  200  403  403  401
api:quickbooks-finding-link-all        GET   403  403  403  200  403  403  401
api:quickbooks-finding-link-all        POST  403  403  403  409  403  403  401
api:quickbooks-finding-link            POST  403  403  403  409  403  403  401
api:quickbooks-finding-put-away        POST  403  403  403  200  403  403  401
quickbooks_bridge:connection           GET   200  200  200  200  403  200  302
quickbooks_bridge:connect              POST  403  403  403  409  403  403  302
quickbooks_bridge:callback             GET   403  403  403  409  403  403  302
quickbooks_bridge:disconnect           POST  403  403  403  302  404  404  302
quickbooks_bridge:reconnect            GET   200  200  200  200  403  200  302
quickbooks_bridge:disconnected         GET   200  200  200  200  403  200  302
quickbooks_bridge:halt                 POST  403  403  403  302  404  404  302
quickbooks_bridge:resume               POST  403  403  403  302  404  404  302
quickbooks_bridge:mode                 POST  403  403  403  422  404  404  302
quickbooks_bridge:search               GET   200  200  200  200  403  200  302
api:search-list                        GET   422  422  422  422  403  422  401
quickbooks_bridge:trends               GET   200  200  200  200  403  200  302
quickbooks_bridge:health               GET   403  403  403  200  403  403  302
api:quickbooks-health-list             GET   403  403  403  200  403  403  401
quickbooks_bridge:editions             GET   200  200  200  200  403  200  302
quickbooks_bridge:look_at_editions     POST  403  200  403  200  403  403  302
quickbooks_bridge:mappings             GET   200  200  200  200  403  200  302
quickbooks_bridge:mappings             POST  403  302  403  302  403  404  302
quickbooks_bridge:project_mapping      GET   200  200  200  200  403  404  302
quickbooks_bridge:project_mapping      POST  403  302  403  302  403  404  302
quickbooks_bridge:bill_setup           GET   200  200  200  200  403  200  302
quickbooks_bridge:check_bill_setup     POST  403  200  403  200  403  403  302
quickbooks_bridge:choose_bill_setup    POST  403  302  403  302  403  403  302
quickbooks_bridge:create_retainage_item POST  403  422  403  422  403  403  302
# Files of bills; who decides on invoices or maps lets a refused one go again
quickbooks_bridge:refused_files        GET   200  200  200  200  403  200  302
quickbooks_bridge:retry_file           POST  403  302  403  302  404  404  302
api:quickbooks-file-list               GET   200  200  200  200  200  200  401
api:quickbooks-file-detail             GET   200  200  200  200  404  404  401
api:quickbooks-file-retry              POST  403  200  403  200  404  404  401
quickbooks_bridge:support              POST  403  403  403  200  403  403  302
quickbooks_bridge:refresh              POST  302  302  302  302  404  404  302
quickbooks_bridge:candidates           GET   200  200  200  200  200  200  302
quickbooks_bridge:candidates           POST  403  302  403  403  403  403  302
quickbooks_bridge:link_all             POST  403  302  403  403  403  403  302
quickbooks_bridge:add                  POST  403  302  403  403  404  404  302
quickbooks_bridge:link                 POST  403  302  403  403  404  404  302
quickbooks_bridge:archive              POST  403  302  403  403  404  404  302
quickbooks_bridge:bring_back           POST  403  302  403  403  404  404  302
quickbooks_bridge:dismiss              POST  404  404  404  404  404  404  302
quickbooks_bridge:link_item            GET   200  200  200  200  404  404  302
# What stands in QuickBooks already
quickbooks_bridge:onboarding           GET   403  200  403  200  403  403  302
quickbooks_bridge:begin_onboarding     POST  403  403  403  302  403  403  302
quickbooks_bridge:read_opening         POST  403  409  403  409  403  403  302
quickbooks_bridge:sign_onboarding      POST  403  409  403  409  403  403  302
quickbooks_bridge:skip_onboarding      POST  403  403  403  409  403  403  302
quickbooks_bridge:dry_run              POST  403  302  403  302  403  403  302
quickbooks_bridge:set_cap              POST  403  403  403  302  403  403  302
quickbooks_bridge:lift_cap             POST  403  403  403  409  403  403  302
quickbooks_bridge:onboarding_entry     GET   403  200  403  200  403  403  302
quickbooks_bridge:link_exact_documents GET   403  200  403  200  403  403  302
quickbooks_bridge:link_exact_documents POST  403  409  403  409  403  403  302
quickbooks_bridge:opening_documents    GET   403  200  403  200  403  403  302
quickbooks_bridge:opening_document     GET   403  200  403  200  403  403  302
quickbooks_bridge:link_document        POST  403  302  403  403  403  403  302
quickbooks_bridge:dismiss_document     POST  403  302  403  403  403  403  302
quickbooks_bridge:set_document_aside   POST  403  302  403  403  403  403  302
quickbooks_bridge:bring_document_back  POST  403  302  403  403  403  403  302
api:quickbooks-onboarding-list         GET   403  200  403  200  403  403  401
api:quickbooks-onboarding-begin        POST  403  403  403  200  403  403  401
api:quickbooks-onboarding-read         POST  403  409  403  409  403  403  401
api:quickbooks-onboarding-link-exact   POST  403  409  403  409  403  403  401
api:quickbooks-onboarding-sign         POST  403  409  403  409  403  403  401
api:quickbooks-onboarding-skip         POST  403  403  403  409  403  403  401
api:quickbooks-onboarding-dry-run      POST  403  201  403  201  403  403  401
api:quickbooks-onboarding-cap          POST  403  403  403  201  403  403  401
api:quickbooks-onboarding-lift-cap     POST  403  403  403  409  403  403  401
api:quickbooks-onboarding-entry-list   GET   200  200  200  200  200  200  401
api:quickbooks-onboarding-entry-detail GET   404  200  404  200  404  404  401
api:quickbooks-opening-document-list   GET   200  200  200  200  200  200  401
api:quickbooks-opening-document-detail GET   404  200  404  200  404  404  401
api:quickbooks-opening-document-candidates GET 404 200 404  200  404  404  401
api:quickbooks-opening-document-link   POST  403  409  403  403  403  403  401
api:quickbooks-opening-document-dismiss POST 403  200  403  403  403  403  401
api:quickbooks-opening-document-set-aside POST 403 200 403  403  403  403  401
api:quickbooks-opening-document-bring-back POST 403 200 403 403  403  403  401
# The API
api:item-list                          GET   200  200  200  200  200  200  401
api:item-detail                        GET   200  200  200  200  404  404  401
api:item-many                          POST  403  200  403  403  403  403  401
api:item-turns                         GET   200  200  200  200  200  200  401
api:item-undo-many                     POST  403  200  403  403  403  403  401
api:item-accept                        POST  403  200  403  403  404  404  401
api:item-reject                        POST  403  200  403  403  404  404  401
api:item-undo                          POST  403  409  403  403  404  404  401
api:item-retry                         POST  403  409  403  403  404  404  401
api:item-send                          POST  200  403  403  200  404  404  401
api:item-retrieve                      POST  200  403  403  200  404  404  401
api:item-unlink                        POST  403  409  403  403  404  404  401
api:item-comments                      GET   200  200  200  200  404  404  401
api:item-comments                      POST  200  200  200  200  404  404  401
api:notice-list                        GET   200  200  200  200  200  200  401
api:notice-read                        POST  200  404  404  404  404  404  401
api:notice-read-all                    POST  200  200  200  200  200  200  401
api:notice-choices                     GET   200  200  200  200  200  200  401
api:notice-choices                     PUT   200  200  200  200  200  200  401
api:webhook-list                       GET   403  403  403  200  403  403  401
api:webhook-list                       POST  403  403  403  201  403  403  401
api:webhook-detail                     GET   403  403  403  200  403  403  401
api:webhook-detail                     PATCH 403  403  403  200  403  403  401
api:webhook-detail                     DELETE 403 403  403  204  403  403  401
api:webhook-test                       POST  403  403  403  200  403  403  401
api:webhook-switch-on                  POST  403  403  403  200  403  403  401
api:webhook-switch-off                 POST  403  403  403  200  403  403  401
api:webhook-change-secret              POST  403  403  403  200  403  403  401
api:webhook-delivery-list              GET   403  403  403  200  403  403  401
api:webhook-delivery-again             POST  403  403  403  200  403  403  401
api:journal-export                     GET   403  200  403  200  403  403  401
api:journal-list                       GET   403  200  403  200  403  403  401
api:schema                             GET   200  200  200  200  200  200  401
api:docs                               GET   200  200  200  200  200  200  401
api:cost-code-list                     GET   200  200  200  200  200  200  401
api:cost-code-list                     POST  201  403  403  201  403  201  401
api:cost-code-post-file                POST  415  403  403  415  403  415  401
api:cost-code-template                 GET   200  403  403  200  403  200  401
api:cost-code-file                     GET   404  403  403  404  403  404  401
api:cost-code-import-file              POST  404  403  403  404  403  404  401
api:cost-code-detail                   GET   200  200  200  200  404  404  401
api:cost-code-detail                   PUT   200  403  403  200  404  404  401
api:cost-code-detail                   PATCH 200  403  403  200  404  404  401
api:cost-code-activate                 POST  200  403  403  200  404  404  401
api:cost-code-deactivate               POST  200  403  403  200  404  404  401
api:project-list                       GET   200  200  200  200  200  200  401
api:project-list                       POST  201  403  403  201  403  201  401
api:project-detail                     GET   200  200  200  200  404  404  401
api:project-detail                     PUT   200  403  403  200  404  404  401
api:project-detail                     PATCH 200  403  403  200  404  404  401
api:project-activate                   POST  200  403  403  200  404  404  401
api:project-add-cost-codes             GET   200  200  200  200  404  404  401
api:project-add-cost-codes             POST  200  403  403  200  404  404  401
api:project-cost-code                  DELETE 204 403  403  204  404  404  401
api:project-deactivate                 POST  200  403  403  200  404  404  401
api:commitment-list                    GET   200  200  200  200  200  200  401
api:commitment-list                    POST  201  403  403  201  403  422  401
api:commitment-detail                  GET   200  200  200  200  404  404  401
api:commitment-detail                  PUT   200  403  403  200  404  404  401
api:commitment-detail                  PATCH 200  403  403  200  404  404  401
api:commitment-detail                  DELETE 204 403  403  204  404  404  401
api:commitment-activate                POST  200  403  403  200  404  404  401
api:commitment-deactivate              POST  200  403  403  200  404  404  401
api:commitment-lines                   GET   200  200  200  200  404  404  401
api:commitment-lines                   PUT   200  403  403  200  404  404  401
api:commitment-set-status              POST  200  403  403  200  404  404  401
api:commitment-attachments             GET   200  200  200  200  404  404  401
api:commitment-attachment              GET   200  200  200  200  404  404  401
api:commitment-attachment              DELETE 204 403  403  204  404  404  401
api:commitment-add-attachment          POST  415  403  403  415  404  404  401
api:commitment-breakdown               GET   200  200  200  200  404  404  401
api:commitment-break-down              PUT   200  403  403  200  404  404  401
api:commitment-submit-breakdown        POST  409  403  403  409  404  404  401
api:commitment-approve-breakdown       POST  409  403  403  409  404  404  401
api:commitment-return-breakdown        POST  422  403  403  422  404  404  401
api:commitment-reopen-breakdown        POST  409  403  403  409  404  404  401
api:commitment-contacts                GET   200  200  200  200  404  404  401
api:commitment-contacts                PUT   200  403  403  200  404  404  401
api:commitment-distribution            GET   200  200  200  200  404  404  401
api:commitment-distribution            PUT   200  403  403  200  404  404  401
api:commitment-invite-to-break-down    POST  409  403  403  409  404  404  401
api:commitment-set-access              PUT   200  403  403  200  404  404  401
api:commitment-correct                 POST  409  403  403  409  404  404  401
api:commitment-end-correction          POST  409  403  403  409  404  404  401
api:billing-settings-detail            GET   200  200  200  200  404  404  401
api:billing-settings-detail            PUT   200  403  403  200  404  404  401
api:billing-period-list                GET   200  200  200  200  200  200  401
api:billing-period-list                POST  201  403  403  201  404  404  401
api:billing-period-detail              GET   200  200  200  200  200  404  401
api:billing-period-detail              PUT   200  403  403  200  403  404  401
api:billing-period-statuses            GET   200  200  200  200  200  404  401
api:billing-period-send-invites        POST  200  403  403  200  403  404  401
api:billing-invite-list                GET   200  200  200  200  200  200  401
api:billing-invite-detail              GET   200  200  200  200  200  404  401
api:billing-invite-answer              POST  403  403  403  403  200  404  401
api:invoice-list                       GET   200  200  200  200  200  200  401
api:invoice-list                       POST  409  403  403  409  409  404  401
api:invoice-detail                     GET   200  200  200  200  200  404  401
api:invoice-detail                     PATCH 200  403  403  200  200  404  401
api:invoice-detail                     DELETE 204  403  403  204  204  404  401
api:invoice-submit                     POST  200  403  403  200  200  404  401
api:invoice-move                       POST  409  403  403  409  409  404  401
api:invoice-void                       POST  200  403  403  200  403  404  401
api:invoice-review                     POST  409  403  403  409  403  404  401
api:invoice-approve                    POST  409  403  403  409  403  404  401
api:invoice-give-back                  POST  409  403  403  409  403  404  401
api:invoice-release                    POST  200  403  403  200  200  404  401
api:invoice-correct                    POST  409  403  403  409  403  404  401
api:invoice-end-correction             POST  409  403  403  409  403  404  401
api:invoice-send                       POST  200  403  403  200  403  200  401
api:invoice-printed                    GET   200  200  200  200  200  404  401
api:invoice-pdf                        GET   200  200  200  200  200  404  401
api:invoice-files                      GET   200  200  200  200  200  404  401
api:invoice-add-file                   POST  415  403  403  415  415  404  401
api:invoice-file                       GET   200  200  200  200  200  404  401
api:invoice-file                       DELETE 204 403  403  204  403  404  401
api:retainage-detail                   GET   200  200  200  200  404  404  401
api:retainage-detail                   PUT   200  403  403  200  404  404  401
api:vendor-list                        GET   200  200  200  200  200  200  401
api:vendor-list                        POST  201  403  403  201  403  201  401
api:vendor-post-file                   POST  415  403  403  415  403  415  401
api:vendor-template                    GET   200  403  403  200  403  200  401
api:vendor-file                        GET   404  403  403  404  403  404  401
api:vendor-import-file                 POST  404  403  403  404  403  404  401
api:vendor-detail                      GET   200  200  200  200  404  404  401
api:vendor-detail                      PUT   409  403  403  409  404  404  401
api:vendor-detail                      PATCH 409  403  403  409  404  404  401
api:vendor-activate                    POST  200  403  403  200  404  404  401
api:vendor-deactivate                  POST  409  403  403  409  404  404  401
api:quickbooks-connection-list         GET   200  200  200  200  200  200  401
api:quickbooks-connection-halt         POST  403  403  403  200  404  404  401
api:quickbooks-connection-resume       POST  403  403  403  200  404  404  401
api:quickbooks-connection-read-names   POST  202  202  202  202  404  404  401
api:quickbooks-look-list               GET   200  200  200  200  200  200  401
api:quickbooks-look-list               POST  409  409  403  409  403  409  401
api:quickbooks-read-list               GET   200  200  200  200  200  200  401
api:quickbooks-link-list               GET   200  200  200  200  200  200  401
api:quickbooks-set-up-list             GET   200  200  200  200  403  200  401
api:quickbooks-set-up-check            POST  403  409  403  409  403  403  401
api:quickbooks-invoice-set-up-list     GET   200  200  200  200  403  200  401
api:quickbooks-invoice-set-up-check    POST  403  409  403  409  403  403  401
api:quickbooks-invoice-set-up-choose   POST  403  200  403  200  403  403  401
api:quickbooks-invoice-set-up-retainage-item POST 403 422 403 422 403 403 401
api:quickbooks-mappings-list           GET   200  200  200  200  403  200  401
api:quickbooks-mappings-choose         POST  403  200  403  200  403  403  401
api:quickbooks-mappings-preview        POST  403  200  403  200  403  403  401
api:quickbooks-project-mappings-detail GET   200  200  200  200  403  404  401
api:quickbooks-project-mappings-choose POST  403  200  403  200  403  403  401
api:quickbooks-project-mappings-preview POST 403  200  403  200  403  403  401
api:quickbooks-candidate-list          GET   200  200  200  200  200  200  401
api:quickbooks-candidate-add           POST  403  200  403  403  404  404  401
api:quickbooks-candidate-add-chosen    POST  403  200  403  403  403  403  401
api:quickbooks-candidate-archive-chosen POST 403  200  403  403  403  403  401
api:quickbooks-candidate-archive       POST  403  200  403  403  404  404  401
api:quickbooks-candidate-bring-back    POST  403  200  403  403  404  404  401
api:quickbooks-candidate-link          POST  403  200  403  403  404  404  401
api:quickbooks-candidate-dismiss       POST  403  200  403  403  404  404  401
api:quickbooks-candidate-exact         GET   200  200  200  200  200  200  401
api:quickbooks-candidate-exact         POST  403  409  403  403  403  403  401
api:budget-list                        GET   200  200  200  200  200  200  401
api:budget-list                        POST  201  403  403  201  403  422  401
api:budget-detail                      GET   200  200  200  200  404  404  401
api:budget-detail                      PATCH 200  403  403  200  404  404  401
api:budget-lock                        POST  409  403  403  409  404  404  401
api:budget-unlock                      POST  200  403  403  200  404  404  401
api:budget-post-file                   POST  415  403  403  415  404  404  401
api:budget-template                    GET   200  403  403  200  404  404  401
api:budget-file                        GET   404  403  403  404  404  404  401
api:budget-import-file                 POST  404  403  403  404  404  404  401
api:budget-lines                       GET   200  200  200  200  404  404  401
api:budget-lines                       POST  422  403  403  422  404  404  401
api:budget-line                        GET   200  200  200  200  404  404  401
api:budget-line                        PATCH 409  403  403  409  404  404  401
api:budget-type-direct-cost            PUT   409  403  403  409  404  404  401
api:budget-line                        DELETE 409 403  403  409  404  404  401
api:budget-changes                     GET   200  200  200  200  404  404  401
api:budget-changes                     POST  201  403  403  201  404  404  401
api:budget-change                      GET   200  200  200  200  404  404  401
api:budget-change                      DELETE 204 403  403  204  404  404  401
api:job-cost-detail                    GET   200  200  200  200  404  404  401
api:job-cost-transaction-list          GET   200  200  200  200  200  200  401
api:job-cost-transaction-detail        GET   200  200  200  200  404  404  401
api:job-cost-transaction-code          POST  201  201  403  201  404  404  401
api:job-cost-rule-list                 GET   200  200  200  200  200  200  401
api:job-cost-rule-detail               DELETE 204 204  403  204  404  404  401
api:job-cost-reading-list              GET   200  200  200  200  200  200  401
api:job-cost-reading-list              POST  409  409  403  409  403  409  401
api:change-order-list                  GET   200  200  200  200  200  200  401
api:change-order-list                  POST  201  403  403  201  404  404  401
api:change-order-detail                GET   200  200  200  200  404  404  401
api:change-order-detail                PUT   200  403  403  200  404  404  401
api:change-order-detail                PATCH 200  403  403  200  404  404  401
api:change-order-approve               POST  200  403  403  200  404  404  401
api:change-order-reject                POST  200  403  403  200  404  404  401
api:change-order-collect               POST  422  403  403  422  404  404  401
api:change-request-list                GET   200  200  200  200  200  200  401
api:change-request-list                POST  201  403  403  201  404  404  401
api:change-request-detail              GET   200  200  200  200  404  404  401
api:change-request-detail              PUT   200  403  403  200  404  404  401
api:change-request-detail              PATCH 200  403  403  200  404  404  401
api:change-request-approve             POST  200  403  403  200  404  404  401
api:change-request-reject              POST  200  403  403  200  404  404  401
api:change-request-collect             POST  422  403  403  422  404  404  401
api:change-request-take-out            POST  200  403  403  200  404  404  401
api:change-settings-detail             GET   200  200  200  200  404  404  401
api:change-settings-detail             PUT   200  403  403  200  404  404  401
api:nothing_here                       GET   404  404  404  404  404  404  404
api:nothing_here                       POST  404  404  404  404  404  404  404
"""


def rows() -> list[tuple[str, str, dict[str, int]]]:
    """The matrix, read: address, method, status by person."""
    lines = [line.split() for line in MATRIX.strip().splitlines() if not line.startswith("#")]
    found = [(name, method, dict(zip(PEOPLE, map(int, statuses), strict=True))) for name, method, *statuses in lines]
    otherwise = {(name, method): int(status) for name, method, status in map(str.split, GUS.strip().splitlines())}
    assert otherwise.keys() <= {(name, method) for name, method, _ in found}
    return [
        (name, method, people | {"gus": otherwise.get((name, method), people["vic"])}) for name, method, people in found
    ]

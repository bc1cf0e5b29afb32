from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from budgets.sources import register_page, register_source, register_use
        from change_orders.hindrances import register_hindrance as register_change_hindrance
        from commitments.followers import register_followers
        from commitments.hindrances import Deed, register_hindrance, register_line_hindrance
        from commitments.sections import register_section
        from invoices import commitment_hooks as hooks
        from invoices.kinds import INVOICE
        from invoices.payment_sections import payments_of_commitment, payments_of_invoice
        from invoices.periods import bill_like
        from invoices.sections import register_section as register_invoice_section
        from invoices.sources import invoiced_costs, invoices_that_use, page_of_invoices
        from procore_sync.acceptance.kinds import register
        from projects.beginnings import register_part

        register(INVOICE)
        register_part("invoices", bill_like)
        register_source("invoices", invoiced_costs)
        register_use("invoices", invoices_that_use)
        for figure in ("invoiced", "paid"):
            register_page(figure, page_of_invoices)
        register_section("invoices", hooks.invoices_section)
        register_section("payments", payments_of_commitment)
        register_invoice_section("payments", payments_of_invoice)
        register_followers("invoices", hooks.items_of_invoices)
        register_change_hindrance("invoices", hooks.hinders_change_order)
        for deed in (Deed.CORRECT, Deed.UNLINK, Deed.VOID):
            register_hindrance(deed, "invoices", hooks.hinders_commitment)
        register_line_hindrance("invoices", hooks.hinders_lines)

from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from commitments.sections import register_section
        from invoices.kinds import INVOICE
        from invoices.payment_sections import payments_of_commitment
        from procore_sync.acceptance.kinds import register

        register(INVOICE)
        register_section("payments", payments_of_commitment)

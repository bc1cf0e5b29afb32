from django.apps import AppConfig


class InvoicesConfig(AppConfig):
    name = "invoices"

    def ready(self) -> None:
        from invoices.kinds import INVOICE
        from procore_sync.acceptance.kinds import register

        register(INVOICE)

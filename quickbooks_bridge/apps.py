from django.apps import AppConfig


class QuickbooksBridgeConfig(AppConfig):
    name = "quickbooks_bridge"

    def ready(self) -> None:
        from invoices.file_standings import set_file_standings
        from invoices.payment_selectors import set_gone
        from invoices.terms import set_days_to_pay
        from procore_sync.acceptance.courier import set_courier
        from projects.job_costs import set_not_hidden
        from quickbooks_bridge.courier import QuickBooksCourier
        from quickbooks_bridge.file_selectors import standings_of
        from quickbooks_bridge.ledger_bills import GONE
        from quickbooks_bridge.names import days_to_pay
        from quickbooks_bridge.selectors import costs_not_hidden

        set_courier(QuickBooksCourier())
        set_days_to_pay(days_to_pay)
        set_file_standings(standings_of)
        set_gone(GONE)
        set_not_hidden(costs_not_hidden)

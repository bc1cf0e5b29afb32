from django.apps import AppConfig


class QuickbooksBridgeConfig(AppConfig):
    name = "quickbooks_bridge"

    def ready(self) -> None:
        from procore_sync.acceptance.courier import set_courier
        from quickbooks_bridge.courier import QuickBooksCourier

        set_courier(QuickBooksCourier())

from django.apps import AppConfig


class VendorsConfig(AppConfig):
    name = "vendors"

    def ready(self) -> None:
        from procore_sync.acceptance.kinds import register
        from vendors.kinds import VENDOR

        register(VENDOR)

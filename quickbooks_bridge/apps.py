from django.apps import AppConfig


class QuickbooksBridgeConfig(AppConfig):
    name = "quickbooks_bridge"

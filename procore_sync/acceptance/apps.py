from django.apps import AppConfig


class AcceptanceConfig(AppConfig):
    name = "procore_sync.acceptance"
    label = "acceptance"

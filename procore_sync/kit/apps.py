from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "procore_sync.kit"
    label = "kit"

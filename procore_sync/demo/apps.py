from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "procore_sync.demo"
    label = "demo"

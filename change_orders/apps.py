from django.apps import AppConfig


class ChangeOrdersConfig(AppConfig):
    name = "change_orders"

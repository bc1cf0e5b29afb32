from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "procore_sync.accounts"
    label = "accounts"

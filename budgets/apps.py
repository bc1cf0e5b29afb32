from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        from budgets.kinds import BUDGET
        from procore_sync.acceptance.kinds import register

        register(BUDGET)

from django.apps import AppConfig


class BudgetsConfig(AppConfig):
    name = "budgets"

    def ready(self) -> None:
        from budgets.kinds import BUDGET
        from budgets.operations import rename_budget
        from procore_sync.acceptance.kinds import register
        from projects.namesakes import register_renaming

        register(BUDGET)
        register_renaming("budgets", rename_budget)

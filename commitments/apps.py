from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "commitments"

    def ready(self) -> None:
        from budgets.sources import register_source
        from commitments.kinds import COMMITMENT
        from commitments.sources import commitment_costs
        from procore_sync.acceptance.kinds import register

        register(COMMITMENT)
        register_source("commitments", commitment_costs)

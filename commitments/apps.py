from django.apps import AppConfig


class CommitmentsConfig(AppConfig):
    name = "commitments"

    def ready(self) -> None:
        from budgets.sources import register_page, register_source, register_use
        from commitments.kinds import COMMITMENT
        from commitments.sources import commitment_costs, commitments_that_use, page_of_commitments
        from procore_sync.acceptance.kinds import register

        register(COMMITMENT)
        register_source("commitments", commitment_costs)
        register_use("commitments", commitments_that_use)
        register_page("committed", page_of_commitments)

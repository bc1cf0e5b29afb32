from django.apps import AppConfig


class ProjectsConfig(AppConfig):
    name = "projects"

    def ready(self) -> None:
        from procore_sync.acceptance.kinds import register
        from projects.kinds import COST_CODE, PROJECT

        register(COST_CODE)
        register(PROJECT)

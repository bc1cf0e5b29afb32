from django.apps import AppConfig


class ChangeOrdersConfig(AppConfig):
    name = "change_orders"

    def ready(self) -> None:
        from budgets.sources import register_source, register_use
        from change_orders import commitment_hooks as hooks
        from change_orders.kinds import CHANGE_ORDER
        from change_orders.sources import changes_that_use, commitments_coded, costs_of_changes
        from change_orders.tiers import change_like
        from commitments.followers import register_followers
        from commitments.hindrances import Deed, register_hindrance
        from commitments.sections import register_section
        from commitments.sources import register_coded
        from procore_sync.acceptance.kinds import register
        from projects.beginnings import register_part

        register(CHANGE_ORDER)
        register_part("change_orders", change_like)
        register_source("change_orders", costs_of_changes)
        register_use("change_orders", changes_that_use)
        register_coded("change_orders", commitments_coded)
        register_section("change_orders", hooks.changes_section)
        register_followers("change_orders", hooks.items_of_changes)
        for deed in (Deed.CORRECT, Deed.VOID, Deed.END):
            register_hindrance(deed, "change_orders", hooks.hinders_while_moving)
        register_hindrance(Deed.UNLINK, "change_orders", hooks.hinders_unlinking)

"""How the list of budgets is narrowed and sorted, for page and API alike."""

from projects.filters import Listing

BUDGET_LIST = Listing(
    search=("project__name", "project__number"),
    sort={
        "project": "project__name",
        "number": "project__number",
        "amount": "erp__amount",
        "lines": "line_count",
        "status": "erp__status",
        "changed": "erp__updated_at",
    },
    default="project__name",
)

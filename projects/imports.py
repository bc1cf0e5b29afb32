"""How files of cost codes are read."""

from procore_sync.kit.files import Column
from procore_sync.kit.text import same_name_key
from projects.matching import Codes
from projects.models import CostCode
from projects.operations import COST_CODES
from projects.rules import CostCodeDetails
from projects.sheets import REFERENCE, SheetKind

COST_CODE_SHEET: SheetKind[CostCode, CostCodeDetails] = SheetKind(
    columns=[
        Column("code", "Code", required=True, also=("cost code", "number", "code de coût")),
        Column("description", "Description", also=("name", "title")),
        REFERENCE,
    ],
    keeper=COST_CODES,
    name=lambda details: details.code,
    same=lambda details: same_name_key(details.code),
    likeness=Codes,
)

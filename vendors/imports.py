"""How files of vendors are read."""

from procore_sync.kit.files import Column
from procore_sync.kit.text import same_name_key
from projects.sheets import REFERENCE, SheetKind
from vendors.matching import Names
from vendors.models import Vendor
from vendors.operations import VENDORS
from vendors.rules import VendorDetails

VENDOR_SHEET: SheetKind[Vendor, VendorDetails] = SheetKind(
    columns=[
        Column(
            "name", "Name", required=True, also=("vendor", "vendor name", "company", "company name", "display name")
        ),
        Column("print_name", "Legal name", also=("print name", "name on checks", "print on check name")),
        Column("street", "Street", also=("address", "street address", "address line 1")),
        Column("city", "City", also=("town",)),
        Column("state", "State", also=("province", "state or province", "region")),
        Column("postal_code", "Postal code", also=("zip", "zip code", "postcode")),
        Column("country", "Country"),
        Column("phone", "Phone", also=("telephone", "phone number", "business phone", "main phone")),
        Column("fax", "Fax", also=("fax number", "business fax")),
        Column("email", "E-mail", also=("email address", "mail")),
        Column("website", "Website", also=("web", "url", "homepage")),
        Column("terms_hint", "Terms", also=("usual terms", "payment terms")),
        REFERENCE,
    ],
    keeper=VENDORS,
    name=lambda details: details.name,
    same=lambda details: same_name_key(details.name),
    likeness=Names,
)

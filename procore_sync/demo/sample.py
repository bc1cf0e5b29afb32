"""The sample contractor: its people, vendors, cost codes and projects, with the dirt of real registers."""

from __future__ import annotations

from datetime import date
from typing import Any

from procore_sync.acceptance.states import Status
from procore_sync.accounts.models import Role
from procore_sync.kit.kinds import Kind
from projects.models import Stage
from projects.rules import CostCodeDetails, ProjectDetails
from vendors.rules import VendorDetails

COMPANY = "Harbor Row Builders"
SLUG = "harbor-row"
MAIL = "harborrow.example"
CUSTOMER_MEANWHILE = "Pilgrim Masonry Restoration"
CHECKED_PROJECT = "Depot 9 Retrofit"
CHECKED_COMMITMENT = "SC-2601-007"
REALM = "9341450000000001"
PASSWORD = "harbor-row-2026"  # noqa: S105 - the sample people's, printed at the start of the demo

#: Kind and state of what there is to see when the demo is up.
SHOWN = {
    (kind, status)
    for kind, statuses in {
        Kind.COST_CODE: (Status.SYNCED, Status.NOT_SENT),
        Kind.VENDOR: (Status.SYNCED, Status.NOT_SENT, Status.SENT, Status.REJECTED, Status.RETRIEVED, Status.FAILED),
        Kind.PROJECT: (Status.SYNCED, Status.NOT_SENT, Status.SENT),
        Kind.BUDGET: (Status.SYNCED, Status.NOT_SENT, Status.SENT),
        Kind.COMMITMENT: (Status.SYNCED, Status.NOT_SENT, Status.SENT, Status.REJECTED, Status.FAILED),
        Kind.CHANGE_ORDER: (Status.SYNCED, Status.NOT_SENT, Status.SENT),
        Kind.INVOICE: (Status.SYNCED, Status.NOT_SENT, Status.SENT),
    }.items()
    for status in statuses
}

#: What new codes and vendors are booked with in QuickBooks, unless the approver picks something else.
DEFAULTS = {
    "income_account": "Construction Income",
    "expense_account": "Subcontractors",
    "terms": "Net 30",
    "retainage_item": "Retainage",
    "location": "Field",
}
#: The class of each project's bills, in the order of PROJECTS.
CLASSES = ("Residential", "Commercial", "Commercial")

LISTS = (Kind.COST_CODE, Kind.VENDOR, Kind.PROJECT)
MONEY = (Kind.BUDGET, Kind.COMMITMENT, Kind.CHANGE_ORDER, Kind.INVOICE)

#: name, address before the @, role, kinds they decide on
PEOPLE: list[tuple[str, str, Role, list[Kind]]] = [
    ("Max Moreau", "max", Role.PROJECT_MANAGER, []),
    ("Ada Chen", "ada", Role.ACCOUNTANT, [*LISTS, *MONEY]),
    ("Bea Novak", "bea", Role.ACCOUNTANT, [Kind.VENDOR]),
    ("Alma Ortiz", "alma", Role.ADMINISTRATOR, [*LISTS, *MONEY]),
    ("Vic Brandt", "vic", Role.VIEWER, []),
    ("Ian Kestrel", "ian", Role.INVOICE_CONTACT, []),
    ("Nora Brightwater", "nora", Role.INVOICE_CONTACT, []),
    ("Gus Granite", "gus", Role.INVOICE_CONTACT, []),
    ("Otto Beacon", "otto", Role.INVOICE_CONTACT, []),
    ("Rosa Blackstone", "rosa", Role.INVOICE_CONTACT, []),
    ("Paul Northgate", "paul", Role.INVOICE_CONTACT, []),
]
#: Invited, and has never signed in.
NEWEST = "otto"

COST_CODES = [
    CostCodeDetails(code, description)
    for code, description in (
        ("01-100", "General conditions"),
        ("01-500", "Temporary facilities"),
        ("02-220", "Site demolition"),
        ("02-300", "Earthwork"),
        ("03-300", "Cast-in-place concrete"),
        ("04-200", "Unit masonry"),
        ("05-100", "Structural steel"),
        ("05-500", "Metal fabrications"),
        ("06-100", "Rough carpentry"),
        ("07-500", "Membrane roofing"),
        ("08-100", "Doors and frames"),
        ("08-400", "Storefront"),
        ("09-250", "Drywall"),
        ("09-900", "Painting"),
        ("14-200", "Elevators"),
        ("15-400", "Plumbing"),
        ("15-700", "Ductwork"),
        ("16-100", "Electrical"),
        ("16-700", "Low voltage and data"),
        ("17-100", "Testing and commissioning"),
    )
]

#: The first of them, which are in QuickBooks.
CODES_SENT = 18


#: The provinces and territories of Canada that have vendors here.
_CANADIAN = {"QC", "ON", "NT"}


def _at(name: str, street: str, city: str, state: str, postal_code: str, **more: Any) -> VendorDetails:
    country = "CA" if state in _CANADIAN else "US"
    return VendorDetails(name, street=street, city=city, state=state, postal_code=postal_code, country=country, **more)


VENDORS = [
    _at("Brightwater Mechanical LLC", "40 Canal St", "Providence", "RI", "02903", phone="(401) 555-0142"),
    _at("Northgate Metal Supply", "118 Foundry Rd", "Worcester", "MA", "01608", email="orders@northgatemetal.example"),
    _at("Kestrel Concrete Inc.", "7 Quarry Ln", "Quincy", "MA", "02169", phone="617-555-0177"),
    _at("Société Électrique Lévesque", "55 rue Saint-Paul", "Québec", "QC", "G1K 3V8"),
    _at("Harborview Drywall & Plaster", "12 Dock Sq", "New Bedford", "MA", "02740"),
    _at("Ortiz Brothers Painting", "9 Elm St", "Pawtucket", "RI", "02860"),
    _at("O'Malley's Roofing, Inc.", "301 Ridge Ave", "Fall River", "MA", "02720"),
    _at("ACKLANDS GRAINGER", "90 West Beaver Creek", "Richmond Hill", "ON", "L4B 1E7"),
    _at("ACKLANDS GRAINGER INS", "90 West Beaver Creek", "Richmond Hill", "ON", "L4B 1E7"),
    _at("3D DATACOMM", "14 Colonnade Rd", "Ottawa", "ON", "K2E 7M6"),
    _at("3 D Data Comm", "14 Colonnade Road", "Ottawa", "ON", "K2E 7M6"),
    _at("A J HANNA CONSTRUCTION", "1 Airport Rd", "Yellowknife", "NT", "X1A 3T2"),
    _at("A J HANNA CONSTRUTION", "1 Airport Rd", "Yellowknife", "NT", "X1A 3T2"),
    _at("Lakeside Holdings", "200 Lake Ave", "Worcester", "MA", "01604"),
    _at("Granite State Elevator Co", "33 Elm St", "Manchester", "NH", "03101"),
    _at("Beacon Glass and Storefront", "78 Beacon St", "Boston", "MA", "02108"),
    _at("Pilgrim Masonry Restoration", "5 Court St", "Plymouth", "MA", "02360"),
    _at("Blackstone Earthworks", "410 Mill St", "Woonsocket", "RI", "02895"),
    _at("Cape Fear Carpentry (Rough & Finish)", "22 Main St", "Hyannis", "MA", "02601"),
    _at("Delgado & Sons Demolition", "67 Allens Ave", "Providence", "RI", "02905"),
    _at("Evergreen Scaffold Rental", "19 Pine St", "Attleboro", "MA", "02703"),
    _at("Fairhaven Fire Protection", "81 Water St", "Fairhaven", "MA", "02719"),
    _at("Gagné Électricité Ltée", "120 boul. Charest", "Québec", "QC", "G1K 3G6"),
    _at("Hudson Controls + Automation", "2 Hudson St", "Boston", "MA", "02111"),
    _at("Iron Horse Crane Service", "500 Rail Rd", "Springfield", "MA", "01103"),
    _at("J. P. Murphy Surveying", "44 State St", "Newburyport", "MA", "01950"),
    _at("Keystone Geotechnical Engineers", "16 Union Wharf", "Boston", "MA", "02109"),
    _at("Lévesque Electrical Company", "55 Saint Paul St", "Québec", "QC", "G1K 3V8"),
    _at("Merrimack Waterproofing", "3 River Rd", "Lowell", "MA", "01852"),
    _at("Narragansett Insulation Contractors Limited Liability Company", "71 Bay St", "Newport", "RI", "02840"),
    _at("Old Colony Paving", "8 Asphalt Way", "Taunton", "MA", "02780"),
    _at("Quabbin Landscape Supply", "27 Reservoir Rd", "Belchertown", "MA", "01007"),
    _at("Riverbend Plumbing & Heating", "95 River St", "Haverhill", "MA", "01830"),
    _at("SAINT-GOBAIN ABRASIVES", "1 New Bond St", "Worcester", "MA", "01606"),
    _at("Tri-County Portable Toilets", "13 County Rd", "Seekonk", "MA", "02771"),
    _at("Union Sprinkler 1st Choice", "36 Union Ave", "Framingham", "MA", "01702"),
    _at("Vineyard Millwork", "4 Beach Rd", "Vineyard Haven", "MA", "02568"),
    _at("Wachusett Window Works", "58 Mountain Rd", "Princeton", "MA", "01541"),
    _at("Yankee Testing Laboratories", "21 Lab Way", "Braintree", "MA", "02184"),
    _at("Zephyr HVAC Balancing", "10 Wind St", "Nahant", "MA", "01908"),
]

PROJECTS = [
    ProjectDetails(
        "Harbor Row Lofts",
        number="2601",
        stage=Stage.CONSTRUCTION,
        street="1 Harbor Row",
        city="Providence",
        state="RI",
        postal_code="02903",
        country="US",
        starts_on=date(2026, 3, 2),
        finishes_on=date(2027, 8, 31),
    ),
    ProjectDetails(
        "Mill Street Clinic",
        number="2604",
        stage=Stage.PRE_CONSTRUCTION,
        street="410 Mill St",
        city="Woonsocket",
        state="RI",
        postal_code="02895",
        country="US",
        starts_on=date(2027, 1, 11),
        finishes_on=date(2027, 12, 17),
    ),
    ProjectDetails(
        "Depot 9 Retrofit",
        number="2519",
        stage=Stage.POST_CONSTRUCTION,
        street="9 Depot Ave",
        city="Worcester",
        state="MA",
        postal_code="01604",
        country="US",
        starts_on=date(2025, 5, 5),
        finishes_on=date(2026, 10, 30),
    ),
]

"""The faults of reliability.md §3, by number."""

from tests.campaign.fault import Fault
from tests.campaign.faults import batches as batches
from tests.campaign.faults import calls as calls
from tests.campaign.faults import database as database
from tests.campaign.faults import delivery as delivery
from tests.campaign.faults import hosts as hosts
from tests.campaign.faults import ledger as ledger
from tests.campaign.faults import money as money
from tests.campaign.faults import people as people
from tests.campaign.faults import sign_in as sign_in
from tests.campaign.faults import webhooks as webhooks

FAULTS: dict[int, type[Fault]] = dict(sorted(Fault.known.items()))

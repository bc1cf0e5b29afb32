"""The list of commitments as a file."""

from __future__ import annotations

from commitments.filters import COMMITMENT_LIST
from commitments.models import Commitment
from commitments.selectors import commitments_for
from projects.list_files import ListFile, reference_of


def _vendor(commitment: Commitment) -> str:
    return commitment.vendor.name if commitment.vendor else ""


commitment_file: ListFile[Commitment] = ListFile(
    "commitments",
    COMMITMENT_LIST,
    commitments_for,
    (
        ("Number", lambda one: one.number),
        ("Type", lambda one: one.get_type_display()),
        ("Title", lambda one: one.title),
        ("Vendor", _vendor),
        ("Project", lambda one: one.project.name),
        ("Status", lambda one: one.get_status_display()),
        ("Date", lambda one: one.created_on),
        ("Amount", lambda one: one.erp.amount),
        ("Private", lambda one: "yes" if one.erp.is_private else "no"),
        ("Reference", reference_of),
    ),
)

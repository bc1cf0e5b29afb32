"""Drift: what somebody changes in QuickBooks of a document that we exported, and what is answered to it."""

from quickbooks_bridge.drift.examining import examine, gone, look_again

__all__ = ["examine", "gone", "look_again"]

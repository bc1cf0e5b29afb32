"""Sending, deciding, exporting: one way for every kind of record. Knows no invoice and no QuickBooks."""

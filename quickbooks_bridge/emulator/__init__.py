"""A QuickBooks Online look-alike for tests and the demo: own process, own storage, written from the protocol.

It imports nothing of ours and nothing of ours imports it; the two meet only over HTTP.
"""

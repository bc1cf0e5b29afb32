"""Addresses of other programs that are told what happens to records (docs/webhooks.md, docs/adr/0049)."""

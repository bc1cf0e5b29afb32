"""QuickBooks Online as one company's ledger: plain Python, no Django, nothing of ours.

Start at `api.Ledger`. Everything that goes wrong arrives as `faults.LedgerFault`.
"""

"""Taking on a company whose books have run already: what stands in QuickBooks is matched before anything is sent."""

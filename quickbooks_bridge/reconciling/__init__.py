"""Whether console and QuickBooks say the same: the nightly comparison, and what a restored backup does not know."""

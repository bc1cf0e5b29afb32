"""The double entry between the console and QuickBooks Online."""

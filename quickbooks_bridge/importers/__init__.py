"""From QuickBooks' name lists to ours: what is read, and what people make of it."""

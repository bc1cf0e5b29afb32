"""The fault campaign: `./console faults` breaks real processes on purpose and counts the books (docs/faults.md)."""

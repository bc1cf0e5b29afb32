"""Companies, their people, and the one place that answers "may I" and "which may I see"."""

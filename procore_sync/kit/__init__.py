"""Money, names, canonical documents, refusals: words that every app shares. No models."""

"""A small model of the engine, explored whole, and the real engine led through the same steps (docs/proof.md)."""

"""How dates and numbers are written in each language, where Django would have it otherwise."""

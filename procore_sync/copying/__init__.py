"""Settings of a company for another one: from a company or a file. It belongs to the composition."""

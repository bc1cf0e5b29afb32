"""Help: the catalogue of errors, a page a workflow, and a person's first steps. It belongs to the composition."""

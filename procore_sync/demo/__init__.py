"""A sample contractor, so that every view has something in it. Composition: imports anyone, is imported by nobody."""

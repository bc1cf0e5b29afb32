"""What a developer's machine needs and production does not: the demo, the test run and the check.

Part of the composition: it may start anything, and no app imports it.
"""

"""A day in minutes, for processes of their own: what the console waits for by itself comes COMPRESSION times sooner.

The clocks are the real ones, the database's too, so what is compressed are the pauses: beat's schedule, how often
QuickBooks is read, how early a token is renewed. Not compressed are how long a call may take, a lease that has to be
longer than one, and QuickBooks' limits of calls. Set DJANGO_SETTINGS_MODULE to `tests.compressed.settings`.
"""

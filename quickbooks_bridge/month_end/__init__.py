"""The month-end list: what of a month is not in QuickBooks, and who has signed that they know it."""

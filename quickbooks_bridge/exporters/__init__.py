"""From a frozen document to a QuickBooks payload: pure, one module a kind."""

"""Noticing what changes in QuickBooks: webhooks, sweeps, looking for what nobody told of, within a budget of reads."""

"""The journal as a signed file for auditors, which can be checked without the database (docs/acceptance.md)."""

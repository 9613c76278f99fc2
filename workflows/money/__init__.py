"""Lines of the fund ledger, of a case and of a project."""

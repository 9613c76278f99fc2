"""Money: the ledger, and lines on a case."""

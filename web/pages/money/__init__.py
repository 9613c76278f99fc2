"""Money: the ledger, its totals, lines on a case."""

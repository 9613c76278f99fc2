"""Money coordinated: an append-only ledger of allocations by stage, and who shares in the credit."""

"""`make load`: what an office's days ask of the whole service, and whether it holds (reliability.md §6)."""

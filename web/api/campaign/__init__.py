"""The campaign: its records, what was done, figures, bulletins."""

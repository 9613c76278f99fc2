"""Papers by templates, and the archive of a year."""

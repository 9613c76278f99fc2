"""The help pages: words, keys, and what this software does not record."""

"""Places, units and categories."""

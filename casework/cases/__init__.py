"""Villagers' difficulties: what is stored of a case, what may be done to it, what can be asked about it."""

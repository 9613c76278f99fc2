"""Supervised matters."""

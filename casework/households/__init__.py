"""Households that members are linked to."""

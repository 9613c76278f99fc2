"""The HTTP API under /api/v1: operations declare themselves (operations.py), rooms.py names all of them."""

"""Supervised matters: the board, one matter, its forms and papers."""

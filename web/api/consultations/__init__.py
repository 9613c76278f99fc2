"""Consultations: brought and moved, dates, polls, venues, minutes, what came of them."""

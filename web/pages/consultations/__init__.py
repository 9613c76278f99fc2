"""Consultations: the list, one record and its steps, dates, polls, venues, plans, papers."""

"""Consultations (有事来协商): topics, venues and bookings, participants, minutes, and what was agreed."""

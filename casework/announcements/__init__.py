"""Announcements (通知) of the office, and the receipt (回执) each addressee owes for them."""

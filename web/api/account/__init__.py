"""What is the caller's own: what waits for them, and their calendars."""

"""Coming in and what is one's own: log-in, password, second factor, single sign-on, settings, calendars."""

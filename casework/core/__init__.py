"""What every other room leans on: settings, clock, calendars, errors, ids, money, personal data, database."""

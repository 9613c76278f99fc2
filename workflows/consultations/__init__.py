"""What is written of a consultation beside its steps: topics, dates, polls, minutes, what comes after."""

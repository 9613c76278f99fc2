"""Cases counted: statistics by the numbers that are kept, what falls due soon, the year."""

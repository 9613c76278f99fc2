"""How long personal data are kept, what is due to go, and the rounds in which two administrators let it go."""

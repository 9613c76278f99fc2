"""What comes in and who gets it: intake, the triage desk, what many report."""

"""The parts units have in cases: who is asked beside, and how it passes to others."""

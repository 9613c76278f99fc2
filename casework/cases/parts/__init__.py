"""The parts units have in cases: who leads and led, who is asked beside, and how it passes to others."""

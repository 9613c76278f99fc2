"""What the memory of a process is told: when to look for garbage, and to give large blocks back."""

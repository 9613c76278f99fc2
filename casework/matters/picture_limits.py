"""How large a picture may be, and how its reader says no. Numbers only, shared by both sides of the process wall."""

PIXELS = 25_000_000
MEMORY_BYTES = 768 * 1024 * 1024
CPU_SECONDS, WALL_SECONDS = 20, 40
OUTPUT_BYTES = 60 * 1024 * 1024
# Exit codes of `python -m casework.matters.images`.
UNREADABLE, TOO_MANY_PIXELS = 3, 4

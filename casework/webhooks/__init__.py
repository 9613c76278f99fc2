"""What other systems are told by themselves: who wants to know what, and every message to them with its fate."""

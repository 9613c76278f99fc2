"""Industries that committees and offices are linked to, with their parks and agricultural entities."""

"""Other systems: what they send by Open311, webhooks and robots that are told."""

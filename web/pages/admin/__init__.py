"""What administrators see: accounts, audit, calendar, lists, the installation, robots, webhooks, retention."""

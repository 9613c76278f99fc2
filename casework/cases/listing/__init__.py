"""Cases in lists: pages of them, what is collected for a page, the worst of them, and filters somebody saved."""

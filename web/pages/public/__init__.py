"""What opens without an account, and the inboxes of what came that way."""

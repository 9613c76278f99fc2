"""What a session has to write: rows not sent yet, one statement of them, and sending while others are made."""

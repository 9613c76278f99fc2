"""What administrators tie the office to: webhooks and robots of group chats."""

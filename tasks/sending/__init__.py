"""What leaves the house: mail, text messages, robots of groups, webhooks, links."""

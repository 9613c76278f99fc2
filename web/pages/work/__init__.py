"""Where a day begins: my work, the leader's page, notices, help."""

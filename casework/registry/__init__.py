"""Who and where: regions, organisations, categories, people with their accounts and grants."""

"""The office's own pages: working days, assignment rules, snippets, categories, jobs, settings, audit list.

Accounts and profiles have pages of their own; nothing here touches a case except by way of workflows.
"""

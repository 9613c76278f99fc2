"""The four steps of taking a ledger in, and the links that take ledgers out.

Reading and writing the files lives in casework/exchange; landing them in workflows.
"""

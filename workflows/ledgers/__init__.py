"""The office's files in and out: rows become records that have lived, records become rows again.

`importing.run` and `exporting.run` are the doors. One module a kind of file says what its rows mean; cells are read
by casework/exchange, places and units are written by casework/registry, and a case lives through the engine like any
other.
"""

"""From what casework knows to what the templates show: shapes of web/templates/README.md, in the reader's language.

Builders take rows and give plain values; they ask the database nothing and decide nothing.
"""

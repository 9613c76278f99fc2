"""The pages of the office: one module a room, each with a `blueprint` that stands in web/app.py's table."""

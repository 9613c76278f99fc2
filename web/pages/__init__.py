"""The pages of the office: a room a matter; each module has a `blueprint` that stands in web/app.py's table."""

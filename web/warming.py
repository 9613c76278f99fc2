"""What a process does once for its first callers, done before its workers are forked: they share it ever after.

Done later, each worker would keep its own copy of the words of dates, of translations and of what is set up at the
first request, and the first caller of each would wait for it.
"""

from babel.dates import format_skeleton
from flask import Flask

from casework.core import clock
from web.locales import BABEL_LOCALES


def warm(app: Flask) -> None:
    """Compile every template and show the log-in page in every language; a database that is down changes nothing."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    today = clock.now().date()
    host = next(iter(app.config["TRUSTED_HOSTS"] or ()), "localhost").lstrip(".")
    client = app.test_client()
    for language, code in BABEL_LOCALES.items():
        format_skeleton("MMMEd", today, locale=code)
        client.get("/login", base_url=f"http://{host}", headers={"Accept-Language": language})

"""What a process does once for its first callers.

Before its workers are forked: they share it ever after. Done later, each worker would keep its own copy of the words of
dates, of translations and of what is set up at the first request, and the first caller of each would wait for it. The
questions of the leader's pages are drawn up then too; a process without workers, which shall answer soon, does that a
moment after its start, beside its first answers.
"""

import threading

from babel.dates import format_skeleton
from flask import Flask

from casework.core import clock
from casework.core.actors import Actor, Grant
from casework.core.ids import new_id
from casework.core.office import Office
from casework.registry.identities import Identity
from web import identity
from web.locales import BABEL_LOCALES
from web.views import codes

# The pages that ask the longest questions: to draw one up takes longer than to answer it.
_LEADERS_PAGES = ("/campaign", "/overview")
_PAUSE = 1.0


def warm(app: Flask) -> None:
    """Compile every template, show the log-in page in every language; a database that is down changes nothing."""
    for name in app.jinja_env.list_templates(extensions=["html"]):
        app.jinja_env.get_template(name)
    today = clock.now().date()
    client = app.test_client()
    for language, code in BABEL_LOCALES.items():
        format_skeleton("MMMEd", today, locale=code)
        client.get("/login", base_url=_base_url(app), headers={"Accept-Language": language})
    # A sheet for Monday bears one.
    codes.data_uri(_base_url(app), scale=1, border=1)


def rehearse_soon(app: Flask) -> None:
    """Rehearse a moment after the process has begun, while it answers already."""
    later = threading.Timer(_PAUSE, rehearse, (app,))
    later.daemon = True
    later.start()


def rehearse(app: Flask) -> bool:
    """Open the leader's pages as some leader of the county would, so that their questions are drawn up.

    Returns whether they were shown; a database that is down is answered like any fault, and is not asked again.
    """
    office: Office = app.extensions["casework"]
    actor = Actor(new_id(), "", (Grant("chair", region=office.settings.region),))
    for path in _LEADERS_PAGES:
        with app.test_request_context(path, base_url=_base_url(app)):
            identity.assume(Identity(actor, user_name="", must_change=False, preferences={}))
            if app.full_dispatch_request().status_code >= 400:
                return False
    return True


def _base_url(app: Flask) -> str:
    return "http://" + next(iter(app.config["TRUSTED_HOSTS"] or ()), "localhost").lstrip(".")

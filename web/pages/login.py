"""Coming in and going out: log-in, log-out, the forced change of a password, the language of this browser."""

from flask import Blueprint, redirect, request
from werkzeug.wrappers import Response

from web import locales
from web.access import open_to_all

blueprint = Blueprint("login", __name__)


@blueprint.get("/language/<code>")
@open_to_all("a choice of this browser alone, kept in its own cookie")
def choose_language(code: str) -> Response:
    """Keep the language for this browser and go back to the page."""
    locales.choose(code)
    return redirect(safe_next(request.args.get("next")))


def safe_next(target: str | None, *, default: str = "/") -> str:
    """Return `target` if it is a path of this office, else `default`: nobody is led away from here."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")) or len(target) > 2000:
        return default
    return default if any(ord(character) < 33 or character == "\\" for character in target) else target

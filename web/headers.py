"""What every answer carries: content security policy, no sniffing, no framing, no copies of what is personal.

What is to be saved is shut in a sandbox here and nowhere else, so that no route can forget it.
"""

from collections.abc import Mapping

from flask import Request, Response

from web import identity
from web.form_cookies import FOR_ONE_CALLER
from web.routing import Application

# Nothing inline is ever needed.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
# What is in a file is never run in the office's own name.
SAVED_POLICY = "default-src 'none'; sandbox"
_ALWAYS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(self)",
}
_SAME_FOR_ALL = ("static", "icons", "palettes.show_sheet")
_HSTS = "max-age=31536000; includeSubDomains"


def init(app: Application) -> None:
    """Set the headers on every answer; a view that sets one of them itself keeps its own."""
    https = app.extensions["casework"].settings.https
    always = {**_ALWAYS, "Strict-Transport-Security": _HSTS} if https else _ALWAYS
    app.always = tuple(always.items())

    @app.on_answer
    def _keep_no_copies(asked: Request, response: Response) -> Response:
        if _is_personal(asked):
            response.headers["Cache-Control"] = "no-store"
            response.headers.add("Vary", FOR_ONE_CALLER)
        if response.headers.get("Content-Disposition", "").startswith("attachment"):
            response.headers["Content-Security-Policy"] = SAVED_POLICY
        return response


def _is_personal(asked: Request) -> bool:
    """Say whether the answer is for one caller only, known or not: all but files that are the same for everybody."""
    return asked.endpoint not in _SAME_FOR_ALL and (
        identity.identity_already_known() is not None or identity.is_bearer() or identity.is_browser()
    )

"""What every answer carries: content security policy, no sniffing, no framing, no copies of what is personal."""

from flask import Flask, Response, request

from web import identity, unit

# Nothing inline is ever needed.
POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; object-src 'none'; "
    "base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
_ALWAYS = {
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


def init(app: Flask) -> None:
    """Set the headers on every answer; a view that sets one of them itself keeps its own."""

    @app.after_request
    def _set(response: Response) -> Response:
        for name, value in _ALWAYS.items():
            response.headers.setdefault(name, value)
        if unit.office().settings.https:
            response.headers.setdefault("Strict-Transport-Security", _HSTS)
        if _is_personal():
            response.headers["Cache-Control"] = "no-store"
            response.headers.add("Vary", "Cookie, Authorization")
        return response


def _is_personal() -> bool:
    """Say whether the answer is for one caller only, known or not: all but files that are the same for everybody."""
    return request.endpoint not in _SAME_FOR_ALL and (
        identity.identity_already_known() is not None or identity.is_bearer() or identity.is_browser()
    )

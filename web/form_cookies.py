"""The signed cookie in which a browser keeps its forms' token and what it was last shown: Flask's own, made sparingly.

Flask makes a signer anew for every request, and reads the cookies of who sent none; half of all requests are programs'.
"""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from itsdangerous import URLSafeTimedSerializer

# What an answer for one caller says of itself (web/headers.py).
FOR_ONE_CALLER = "Cookie, Authorization"


class FormCookies(SecureCookieSessionInterface):
    """Flask's signed cookies; what signs with a key is made once."""

    _signing: tuple[object, URLSafeTimedSerializer | None] = (None, None)

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Return what signs; it keeps nothing of what it signed."""
        key, signer = self._signing
        if key != app.secret_key:
            signer = super().get_signing_serializer(app)
            self._signing = app.secret_key, signer
        return signer

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; nothing where none came."""
        return super().open_session(app, request) if "HTTP_COOKIE" in request.environ else self.session_class()

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Hand the browser what it is to keep; nothing where an answer without any says already whom it is for."""
        if session or session.modified or response.headers.get("Vary") != FOR_ONE_CALLER:
            super().save_session(app, session, response)

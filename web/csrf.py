"""Forms cannot be sent for somebody by another site: a token in the form, or `X-CSRFToken`, for whom a cookie lets in.

A bearer token travels in no cookie, so programs need no form token.
"""

from flask import Flask, request
from flask_wtf.csrf import CSRFProtect

from web import access, identity, locales, unit

_protect = CSRFProtect()


def init(app: Flask) -> None:
    """Check every request that may write and was let in by a browser's cookie."""
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=None)
    _protect.init_app(app)

    @app.before_request
    def _check() -> None:
        if request.method in unit.SAFE_METHODS or request.endpoint is None or identity.is_bearer():
            return
        declared = access.access_of(app.view_functions[request.endpoint])
        if declared is not None and not declared.csrf:
            return
        # Who is unknown gets to hear that first: a missing token would only send them the wrong way. Where only known
        # callers pass, none has a cookie's rights to misuse; a browser that lost its log-in is led to it and back.
        for_known = declared is not None and declared.permission is not None
        if (for_known or locales.is_program()) and identity.identity_or_none() is None:
            return
        _protect.protect()

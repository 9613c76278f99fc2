"""What every application of an office is made of but its rooms: one frame for the log-in page and for all of it."""

from collections.abc import Callable, Sequence

from flask import Blueprint
from werkzeug.middleware.proxy_fix import ProxyFix

from casework.core import logs
from casework.core.office import Office
from casework.keeping.start import require_definitions
from web import (
    assets,
    bodies,
    crowding,
    csrf,
    drawing,
    errors,
    headers,
    health,
    identity,
    lateness,
    locales,
    packing,
    tracing,
    typed_days,
    unit,
)
from web.routing import Application


def make(
    office: Office, blueprints: Sequence[tuple[Blueprint, str]], *, frame: Sequence[Callable[[Application], None]] = ()
) -> Application:
    """Make an application of some rooms, each with the path it begins at; `frame`: what their own frame asks for.

    Starts nothing and touches no database.
    """
    logs.use_logging()
    settings = office.settings
    app = Application("web", static_folder="static", template_folder="templates")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_NAME="__Host-casework_form" if settings.https else "casework_form",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.https,
        TRUSTED_HOSTS=list(settings.trusted_hosts) or None,
        TEMPLATES_AUTO_RELOAD=False,
        LOGIN_DELAY_FACTOR=1,
        PREFERRED_URL_SCHEME="https" if settings.https else "http",
    )
    # Answers keep the order their makers gave them, and Chinese stays readable.
    app.json.sort_keys = False  # type: ignore[attr-defined]  # the default provider has it
    app.json.ensure_ascii = False  # type: ignore[attr-defined]  # the default provider has it
    if settings.proxies:
        # Without a proxy these headers are a caller's own invention: addresses would be free to choose.
        hops = settings.proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]  # Flask's documented way
    require_definitions(office)
    _join(app, office)
    for init in frame:
        init(app)
    for blueprint, prefix in blueprints:
        app.register_blueprint(blueprint, url_prefix=prefix or None)
    for endpoint, view in app.view_functions.items():
        app.view_functions[endpoint] = unit.whole(view)
    return app


def _join(app: Application, office: Office) -> None:
    # Registered first, so it is done last: with what all others made of the answer.
    packing.init(app)
    unit.init(app, office)
    tracing.init(app)
    crowding.init(app)
    bodies.init(app)
    assets.init(app)
    locales.init(app, zone=str(office.settings.zone))
    drawing.init(app)
    csrf.init(app)
    typed_days.init(app)
    identity.init(app)
    headers.init(app)
    lateness.init(app)
    errors.init(app)
    health.init(app)

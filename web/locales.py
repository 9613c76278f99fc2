"""The reader's language: zh, or en for who chose it.

Pages follow the choice made on the page or in the profile; a program's `Accept-Language` is followed too. A browser's
is not, nor that of a page's script: an English Windows in a Chinese office is no wish to read English.
"""

from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from babel.support import NullTranslations, Translations
from flask import Flask, request
from flask import session as form_session
from flask_babel import Babel
from markupsafe import Markup

from casework.core.i18n import LOCALES, UnknownMessage, say
from web import identity, unit

BABEL_LOCALES = {"zh": "zh_CN", "en": "en"}
CHOICE = "lang"
FOR_PROGRAMS = ("/api/", "/open311/", "/metrics", "/healthz", "/readyz")


def locale() -> str:
    """Return the reader's language, `zh` or `en`; asked hundreds of times a page, so it is kept once it is certain."""
    found = unit.language()
    if found is None:
        found = _told()
        # Who is calling may choose otherwise than a page without them: certain only when they have been looked up.
        if identity.has_been_asked():
            unit.note_language(found)
    return found


def _told() -> str:
    chosen = form_session.get(CHOICE)
    if chosen in LOCALES:
        return str(chosen)
    if not _is_page() and is_program():
        return _accepted() or _own() or "zh"
    return _own() or "zh"


def _is_page() -> bool:
    # A page's own script asks for JSON and is read by whoever reads the page.
    return identity.is_browser() or "Sec-Fetch-Site" in request.headers


def _accepted() -> str | None:
    if "HTTP_ACCEPT_LANGUAGE" not in request.environ:
        return None
    # By the first part of each tag: en-GB is English, although zh stands there in full.
    wanted = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next((tag for tag in wanted if tag in LOCALES), None)


def _own() -> str | None:
    # Only of a caller already looked up: an error page must not ask a database that is away.
    known = identity.identity_already_known()
    return known.actor.locale if known is not None and known.actor.locale in LOCALES else None


def choose(code: str) -> None:
    """Keep the language for this browser."""
    if code in LOCALES:
        form_session[CHOICE] = code
        unit.note_language(None)


def is_program() -> bool:
    """Say whether the answer should be JSON: paths for programs, bearers of tokens, whoever prefers JSON to HTML."""
    if request.path.startswith(FOR_PROGRAMS) or identity.is_bearer():
        return True
    accepts = request.accept_mimetypes
    return bool(accepts) and accepts.best_match(["text/html", "application/json"]) == "application/json"


def words(code: str, **params: Any) -> str:
    """Say a sentence of casework/locale/messages in the reader's language; an unknown code stands for itself."""
    try:
        return say(code, locale=locale(), **params)
    except UnknownMessage:
        return code


def local(instant: datetime) -> datetime:
    """Return an instant in the office's zone."""
    return instant.astimezone(unit.office().settings.zone)


def init(app: Flask, *, zone: str) -> None:
    """Translate templates by gettext and render times in the office's zone."""
    app.config.update(
        BABEL_DEFAULT_LOCALE="zh_CN", BABEL_DEFAULT_TIMEZONE=zone, BABEL_TRANSLATION_DIRECTORIES="translations"
    )
    Babel(app, locale_selector=lambda: BABEL_LOCALES[locale()])
    # The same catalogues as Flask-Babel's, which looks for context, locale and folder again at every word of a page.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined] # of the i18n extension
        lambda text: _catalogue(locale()).ugettext(text),
        lambda one, many, n: _catalogue(locale()).ungettext(one, many, n),
        newstyle=True,
    )
    app.jinja_env.globals["_"] = _told_in_a_page


def _told_in_a_page(text: str, /, **values: Any) -> Markup:
    """Return a text of a template as the extension's own `_` would; a page asks for two hundred of them."""
    if not values:
        return _plain(locale(), text)
    pattern = _pattern(locale(), text)
    # In a number is nothing to escape; to look for it takes ten times as long as to put the number in.
    if all(type(value) is int for value in values.values()):
        return Markup(str.__mod__(pattern, values))  # noqa: S704 - our own words and numbers
    return pattern % values


@cache
def _plain(code: str, text: str) -> Markup:
    return _pattern(code, text) % {}


@cache
def _pattern(code: str, text: str) -> Markup:
    return Markup(_catalogue(code).ugettext(text))  # noqa: S704 - our own words


@cache
def _catalogue(code: str) -> NullTranslations:
    return Translations.load(str(Path(__file__).parent / "translations"), [BABEL_LOCALES[code]])

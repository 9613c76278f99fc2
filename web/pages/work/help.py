"""The help page: how a matter goes, the words of the trade as data, keys, and what this software does not record."""

from importlib import metadata

from flask import Blueprint, render_template

from casework.registry import glossary, office_settings
from web import frames, unit
from web.access import needs
from web.locales import locale, words
from web.views.counting import framed

blueprint = Blueprint("help", __name__)

_API = "/api/docs"


@blueprint.get("/help")
@needs("profile.change")
def show() -> str:
    """Show the help."""
    phone = office_settings.value_of(unit.session(), office_settings.PUBLIC_PHONE)
    return render_template(
        "help.html",
        frame=framed("help"),
        glossary=[
            {"word": each.word, "english": each.english, "text": each.text[locale()]} for each in glossary.entries()
        ],
        contact={"text": words("help.contact"), "tel": phone or None},
        feedback_url=None,
        api_url=_API if frames.has_page(_API) else None,
        version=_version(),
    )


def _version() -> str:
    try:
        return metadata.version("casework")
    except metadata.PackageNotFoundError:
        # Run from a folder that was never installed.
        return "–"

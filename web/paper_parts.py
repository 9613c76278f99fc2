"""What the pages of templates and of printed papers share: who prints, files handed out, links to the papers of a
matter."""

from collections.abc import Sequence
from typing import Any

from flask import Response, make_response, request, url_for

from casework.templates import kinds
from web import identity, unit
from web.handing_out import save_as
from web.locales import locale, words
from workflows.papers.paper_desk import Desk

BUILT_IN = "built-in"
MEDIA = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
}


def county() -> str:
    """Return the code of the county this office serves."""
    return unit.office().settings.region


def desk() -> Desk:
    """Return who prints, in this request."""
    return Desk(unit.session(), identity.actor(), unit.at(), county(), base_url())


def base_url() -> str:
    """Return the address of this office's site, which codes on paper begin with."""
    return request.url_root.rstrip("/")


def file_of(content: bytes, name: str, format: str = "docx") -> Response:
    """Return a paper as a file to be saved."""
    response = make_response(content)
    response.headers["Content-Type"] = MEDIA[format]
    save_as(response, name)
    return response


def links_of(matter: str, number: str, *, without: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the papers of a matter by the office's own templates, as links."""
    return [
        {
            "text": words("papers.menu", paper=each.label[locale()]),
            "url": url_for("paper_prints.fetch", code=each.code, reference=number),
            "icon": "file-earmark-text",
        }
        for each in kinds.of_matter(matter)
        if each.code not in without
    ]

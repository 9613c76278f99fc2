"""The document of the API, and the same for people: one plain page without any script."""

from flask import Blueprint, Response, json, render_template

from web import frames
from web.access import open_to_all
from web.api import openapi
from web.api.operations import OPERATIONS, blueprint

pages = Blueprint("api_docs", __name__)


@blueprint.get("/openapi.json")
@open_to_all("the document tells how to call, nothing of what is kept")
def openapi_json() -> Response:
    """Give the OpenAPI document."""
    return Response(json.dumps(openapi.document(), ensure_ascii=False), mimetype="application/json")


@pages.get("/docs")
@open_to_all("the same as the document, for people")
def show_docs() -> str:
    """List every operation on one page."""
    kinds: dict[str, list[object]] = {}
    for each in OPERATIONS:
        kinds.setdefault(each.kind, []).append(each)
    return render_template("api/docs.html", bare=frames.bare(), kinds=kinds, base=openapi.BASE)

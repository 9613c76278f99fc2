"""Style sheets and scripts, kept by browsers until they change: every address carries a mark of what is there.

Offices have slow lines: a page asks for a dozen files, and none of them again before the next upgrade.
"""

import hashlib
from pathlib import Path
from typing import Any

from flask import Request, Response

from web.access import open_to_all
from web.routing import Application

FOR_A_YEAR = "public, max-age=31536000, immutable"
_ICONS = "vendor/icons.svg"
_MARK = 8


def init(app: Application) -> None:
    """Mark the addresses of static files and let what carries the mark be kept."""
    folder = Path(app.static_folder or "")
    mark, drawings = _mark(folder), (folder / _ICONS).read_bytes()

    @app.get("/i/<mark_there>.svg", endpoint="icons")
    @open_to_all("drawings of icons, the same for everybody")
    def _icons(mark_there: str) -> Response:
        # A list says this address a hundred times: with a long one they were a tenth of the page.
        response = Response(drawings, mimetype="image/svg+xml")
        if mark_there == mark:
            response.headers["Cache-Control"] = FOR_A_YEAR
        return response

    app.jinja_env.globals["icons_url"] = f"/i/{mark}.svg"

    @app.url_defaults
    def _add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", mark)

    @app.on_answer
    def _keep(asked: Request, response: Response) -> Response:
        if asked.endpoint == "static" and asked.args.get("v") == mark and response.status_code == 200:
            response.headers["Cache-Control"] = FOR_A_YEAR
        return response


def _mark(folder: Path) -> str:
    """Sum up names, sizes and times of the files: cheap at every start, other after every upgrade."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:_MARK]

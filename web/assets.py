"""Style sheets and scripts, kept by browsers until they change: every address carries a mark of what is there.

Offices have slow lines: a page asks for a dozen files, and none of them again before the next upgrade.
"""

import hashlib
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

FOR_A_YEAR = "public, max-age=31536000, immutable"


def init(app: Flask) -> None:
    """Mark the addresses of static files and let what carries the mark be kept."""
    mark = _mark(Path(app.static_folder or ""))

    @app.url_defaults
    def _add_mark(endpoint: str, values: dict[str, Any]) -> None:
        if endpoint == "static":
            values.setdefault("v", mark)

    @app.after_request
    def _keep(response: Response) -> Response:
        if request.endpoint == "static" and request.args.get("v") == mark and response.status_code == 200:
            response.headers["Cache-Control"] = FOR_A_YEAR
        return response


def _mark(folder: Path) -> str:
    """Sum up names, sizes and times of the files: cheap at every start, other after every upgrade."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    told = [f"{path.relative_to(folder)} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]

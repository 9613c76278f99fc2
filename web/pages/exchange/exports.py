"""A long ledger on its way out: how far it is, stopping it, and the file, for who asked for it alone."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, send_file, url_for

from casework.core.errors import NotFound
from casework.exchange import uploads
from casework.exchange.uploads import Upload
from casework.matters import jobs
from casework.matters.tables import Job
from web import frames, identity, unit
from web.access import needs
from web.locales import words
from web.pages import desks
from web.pages.exchange import exchange_parts
from web.views.counting import framed
from workflows.ledgers import exporting, taken_out

blueprint = Blueprint("exports", __name__)

_SECONDS = 2
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/ledgers/exports/<token>")
@needs(exporting.PERMISSION, anywhere=True)
def show(token: str) -> Response:
    """Show how far it is; asked again every other second until the file is there."""
    kept = _kept(token)
    template = "exchange/_taking_out.html" if desks.is_in_place() else "exchange/taking_out.html"
    shown: dict[str, Any] = {"out": _out(kept)}
    if not desks.is_in_place():
        shown |= {"frame": framed("ledgers"), "back_url": url_for("exchange.show")}
    return make_response(render_template(template, **shown))


@blueprint.get("/ledgers/exports/<token>/file.xlsx")
@needs(exporting.PERMISSION, anywhere=True)
def fetch(token: str) -> Response:
    """Hand the file out."""
    kept = _kept(token)
    path = taken_out.path_of(unit.office().settings.home, kept)
    if path is None:
        raise NotFound("upload")
    return send_file(path, mimetype=_XLSX, as_attachment=True, download_name=kept.name, max_age=0)


@blueprint.post("/ledgers/exports/<token>/stop")
@needs(exporting.PERMISSION, anywhere=True)
def stop(token: str) -> Response:
    """Stop it; no file is kept."""
    kept = _kept(token)
    if jobs.stop(unit.session(), UUID(kept.job), at=unit.at()):
        frames.say(words("exports.stopped"))
    return make_response(redirect(url_for("exchange.show"), 303))


def _kept(token: str) -> Upload:
    kept = uploads.get(unit.office().settings.home, token, person_id=identity.person_id())
    # A file on its way in has a job too, and no way out.
    if kept.job is None or kept.mapping:
        raise NotFound("upload")
    return kept


def _out(kept: Upload) -> dict[str, Any]:
    with unit.looking() as session:
        job = jobs.state_of(session, UUID(kept.job))
    is_done = taken_out.path_of(unit.office().settings.home, kept) is not None
    waits = not is_done and jobs.is_under_way(job)
    done, whole = _far(job)
    return {
        "title": exchange_parts.title_of(kept.kind),
        "text": words("exports.running" if waits else "exports.done" if is_done else "exports.failed"),
        "waits": waits,
        "n": f"{done:,}",
        "total": f"{whole:,}" if whole else None,
        "share": 100 * done // whole if whole else 0,
        "url": url_for("exports.show", token=kept.token),
        "stop_url": url_for("exports.stop", token=kept.token),
        "file_url": url_for("exports.fetch", token=kept.token) if is_done else None,
        "seconds": _SECONDS,
    }


def _far(job: Job | None) -> tuple[int, int]:
    said = {} if job is None else job.progress
    return int(said.get("done", 0)), int(said.get("whole", 0))

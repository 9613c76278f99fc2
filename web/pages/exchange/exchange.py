"""The four steps of taking a ledger in (file, columns, trial reading, landing), and taking ledgers out.

Reading and writing the files lives in casework/exchange; what rows become in workflows/ledgers. An import is written in
chunks that each stand for themselves, so no view here holds a transaction of its own while one runs.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, send_file, url_for

from casework.core.errors import FieldError, Invalid, NotFound, Refused
from casework.exchange import remapping, uploads
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.sheets import Book
from casework.exchange.uploads import Upload
from casework.exchange.writer import write_table
from casework.matters import held, jobs
from casework.matters.tables import Job
from casework.permissions import may_anywhere
from casework.registry import audit_list, office_settings
from web import bodies, frames, handing_in, identity, unit
from web.access import needs
from web.errors import sentences
from web.forms import field, with_mistakes
from web.handing_out import save_as
from web.locales import locale, words
from web.pages import desks
from web.pages.exchange import dispatches
from web.pages.exchange import exchange_parts as parts
from web.views.counting import framed
from workflows.ledgers import exporting, importing, taken_out, uploaded
from workflows.ledgers.writing.kinds import LEDGERS

blueprint = Blueprint("exchange", __name__)

_IMPORT, _EXPORT = importing.PERMISSION, exporting.PERMISSION
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/ledgers")
@needs(_IMPORT, anywhere=True)
def show() -> Response:
    """Show step one: which ledger, which file; what was imported lately; what can be taken out."""
    return _first()


@blueprint.post("/ledgers")
@needs(_IMPORT, anywhere=True)
@bodies.takes_up_to(uploads.LARGEST // bodies.MIB + 1)
def upload() -> Response:
    """Take a file in and lead to its columns."""
    kind, sent = request.form.get("kind", ""), request.files.get("file")
    mistakes = [] if kind in LEDGERS else [FieldError("kind", "required")]
    if sent is None or not sent.filename:
        mistakes.append(FieldError("file", "required"))
    if mistakes or sent is None:
        return _first(mistakes, kind=kind, status=422)
    try:
        kept = uploads.keep(
            _home(), sent.stream, name=sent.filename or "", kind=kind, person_id=identity.person_id(), at=unit.at()
        )
    except Refused as refused:
        return _first([], kind=kind, told=sentences(refused.refusals), status=409)
    try:
        with uploads.file_of(_home(), kept).open("rb") as file:
            held.require_clean(handing_in.scanner(), file)
        reading = remapping.read_headings(_book(kept), column_set(kind), said=_said(kind))
    except Refused as refused:
        uploads.drop(_home(), kept)
        return _first([], kind=kind, told=sentences(refused.refusals), status=409)
    uploads.put(_home(), replace(kept, mapping={g.heading: g.key or "" for g in reading.guesses}))
    return _to(url_for("exchange.show_columns", token=kept.token))


@blueprint.get("/ledgers/imports/<token>")
@needs(_IMPORT, anywhere=True)
def show_columns(token: str) -> Response:
    """Show step two: which column is which."""
    return _columns_page(_upload(token))


@blueprint.post("/ledgers/imports/<token>")
@needs(_IMPORT, anywhere=True)
def try_out(token: str) -> Response:
    """Read the whole file by the columns as they were said, and keep nothing of it."""
    kept = _upload(token)
    mapping = dict(kept.mapping)
    for number, heading in enumerate(kept.mapping):
        mapping[heading] = request.form.get(f"c{number}", mapping[heading])
    kept = replace(kept, mapping=mapping, trial=None)
    if _work(kept) is not None:
        return _to(url_for("exchange.show_progress", token=token))
    try:
        remapping.check(mapping, column_set(kept.kind))
        done = _do(kept, dry_run=True)
    except Invalid as mistake:
        return _columns_page(kept, mistakes=mistake.errors, status=422)
    except Refused as refused:
        return _columns_page(kept, told=sentences(refused.refusals), status=409)
    if request.form.get("remember") == "1":
        with unit.office().db.transaction() as session:
            office_settings.keep_columns(session, kept.kind, mapping, actor=identity.actor(), at=unit.at())
    return _to(url_for("exchange.show_trial" if done.trial is not None else "exchange.show_progress", token=token))


@blueprint.get("/ledgers/imports/<token>/trial")
@needs(_IMPORT, anywhere=True)
def show_trial(token: str) -> Response:
    """Show step three: what would land, and only the rows with faults."""
    kept = _upload(token)
    if kept.trial is None:
        return _to(url_for("exchange.show_columns", token=kept.token))
    return _columns_page(kept)


@blueprint.post("/ledgers/imports/<token>/land")
@needs(_IMPORT, anywhere=True)
def land(token: str) -> Response:
    """Let the good rows land. Done twice it changes nothing more."""
    kept = _upload(token)
    if kept.landed is None and _work(kept) is None:
        if kept.trial is None:
            return _to(url_for("exchange.show_columns", token=kept.token))
        try:
            kept = _do(kept, dry_run=False)
        except Refused as refused:
            return _columns_page(kept, told=sentences(refused.refusals), status=409)
    return _to(url_for("exchange.show_landed" if kept.landed is not None else "exchange.show_progress", token=token))


@blueprint.get("/ledgers/imports/<token>/progress")
@needs(_IMPORT, anywhere=True)
def show_progress(token: str) -> Response:
    """Show how far a long file is; asked again every other second, and at the end led on."""
    kept = _upload(token)
    job = _work(kept)
    if job is None:
        return _onward(kept)
    progress = parts.progress_of(kept, job)
    if desks.is_in_place():
        return make_response(render_template("exchange/_progress.html", progress=progress))
    return _page(kept.kind, "trial" if progress["trial"] else "landed", progress=progress, landed=None)


@blueprint.post("/ledgers/imports/<token>/stop")
@needs(_IMPORT, anywhere=True)
def stop(token: str) -> Response:
    """Stop a long file: of a trial nothing stays, of a landing the chunks that have landed whole."""
    kept = _upload(token)
    job = _work(kept)
    if job is not None and jobs.stop(unit.session(), job.id, at=unit.at()):
        done = int(job.progress.get("done", 0))
        frames.say(words("exchange.stopped_trial" if job.payload["dry_run"] else "exchange.stopped", n=done))
    return _onward(kept)


def _onward(kept: Upload) -> Response:
    """Lead on from a work that has ended: to what came of it, or back to where it was asked for."""
    step = "show_landed" if kept.landed is not None else "show_trial" if kept.trial is not None else "show_columns"
    path = url_for(f"exchange.{step}", token=kept.token)
    if not desks.is_in_place():
        return _to(path)
    response = make_response("", 200)
    response.headers["HX-Redirect"] = path
    return response


@blueprint.get("/ledgers/imports/<token>/landed")
@needs(_IMPORT, anywhere=True)
def show_landed(token: str) -> Response:
    """Show step four: what has landed, in numbers."""
    kept = _upload(token)
    if kept.landed is None:
        return _to(url_for("exchange.show_columns", token=kept.token))
    told, names = kept.landed, ("created", "updated", "unchanged", "warnings", "refused")
    landed = {
        "strong": words("exchange.landed", count=told["created"] + told["updated"]),
        "text": words("exchange.landed_text" if told["refused"] else "exchange.landed_whole", count=told["refused"]),
        "figures": [{"n": told[name], "url": None, "sub": words(f"exchange.{name}")} for name in names],
        "final": words("exchange.final") if told["created"] + told["updated"] else None,
        "list_url": parts.list_url(kept.kind),
        "marked_url": parts.marked_url(kept, told),
    }
    return _page(kept.kind, "landed", progress=None, landed=landed)


@blueprint.get("/ledgers/imports/<token>/marked.xlsx")
@needs(_IMPORT, anywhere=True)
def marked(token: str) -> Response:
    """Hand the file back with the errors marked."""
    kept = _upload(token)
    path = uploads.marked_of(_home(), kept)
    if not path.is_file():
        raise NotFound("upload")
    name = f"{Path(kept.name).stem}-{words('exchange.marked_name')}.xlsx"
    return _file(path, name)


@blueprint.get("/ledgers/blank/<kind>.xlsx")
@needs(_IMPORT, anywhere=True)
def blank(kind: str) -> Response:
    """Hand out an empty table with the headings of a kind."""
    columns = _known(kind)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "blank.xlsx"
        write_table(path, headings=columns.headings, rows=[], kinds=columns.cell_kinds, sheet=columns.title)
        return _bytes(path, f"{columns.title}.xlsx")


@blueprint.post("/ledgers/export")
@needs(_EXPORT, anywhere=True)
def take_out() -> Response:
    """Hand out a whole ledger; that it was taken out is written down."""
    kind = request.form.get("kind", "")
    if kind not in exporting.NAMELESS:
        # What names people leaves the house by two persons (personal_exports.py).
        return _first([FieldError("kind", "required")], status=422)
    with unit.office().db.transaction() as session:
        kept = None
        if taken_out.size_of(session, kind) > taken_out.AT_ONCE:
            asked: dict[str, Any] = {"actor": identity.actor(), "locale": locale(), "at": unit.at()}
            kept = taken_out.ask(session, unit.office(), kind, **asked)
    if kept is not None:
        return _to(url_for("exports.show", token=kept.token))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"{kind}.xlsx"
        exporting.run(unit.office(), kind, path, actor=identity.actor(), at=unit.at(), locale=locale())
        return _bytes(path, f"{column_set(kind).title}-{unit.today().isoformat()}.xlsx")


def _home() -> Path:
    return unit.office().settings.home


def _upload(token: str) -> Upload:
    return uploads.get(_home(), token, person_id=identity.person_id())


def _known(kind: str) -> ColumnSet:
    if kind not in LEDGERS:
        raise NotFound("kind")
    return column_set(kind)


def _said(kind: str) -> Mapping[str, str]:
    with unit.looking() as session:
        return office_settings.columns_said(session, kind)


def _book(kept: Upload) -> Book:
    return uploaded.book_of(unit.office(), kept)


def _do(kept: Upload, *, dry_run: bool) -> Upload:
    """Try or land a short file at once, and ask the worker for a long one.

    Raises:
        Refused: the file as a whole cannot be read, or needed columns are missing.
    """
    told: dict[str, Any] = {"dry_run": dry_run, "actor": identity.actor(), "at": unit.at(), "locale": locale()}
    if uploaded.rows_of(_book(kept)) <= uploaded.AT_ONCE:
        return uploaded.run(unit.office(), kept, **told)
    with unit.office().db.transaction() as session:
        asked = uploaded.ask(session, kept, **told)
        # Noted before any worker can take the work: what it notes comes after.
        uploads.put(_home(), asked)
    return asked


def _work(kept: Upload) -> Job | None:
    """Return the work on a file as long as it is under way."""
    if kept.job is None:
        return None
    with unit.looking() as session:
        job = jobs.state_of(session, UUID(kept.job))
    return job if jobs.is_under_way(job) else None


def _first(
    mistakes: Sequence[FieldError] = (), *, kind: str = "", told: str | None = None, status: int = 200
) -> Response:
    fields, summary = with_mistakes(
        [
            field("kind", "exchange.kind", kind="select", value=kind, options=parts.kinds_of(LEDGERS)),
            field("file", "exchange.file", kind="file", accept=".xlsx,.xls,.et,.csv", hint="exchange.file_hint"),
        ],
        mistakes,
    )
    if told is not None:
        fields[1]["error"] = told
        summary.append({"field": "file", "label": fields[1]["label"], "text": told})
    with unit.looking() as session:
        lately = audit_list.recent(session, "ledger.imported")
    chosen = kind if kind in LEDGERS else None
    upload = {
        "url": url_for("exchange.upload"),
        "kinds": fields[0],
        "file": fields[1],
        "errors": summary,
        "template_url": url_for("exchange.blank", kind=chosen) if chosen else None,
        "limit_text": words("exchange.limit", rows=f"{uploaded.MOST_ROWS:,}", size=uploads.LARGEST // bodies.MIB),
        "recent": [
            {
                "name": row.facts["file"],
                "when": frames.told_instant(row.at),
                "text": words("exchange.recent", title=parts.title_of(row.facts["kind"]), **row.facts),
                "url": parts.list_url(row.facts["kind"]),
            }
            for row in lately
        ],
        "blanks": [
            {"url": url_for("exchange.blank", kind=code), "text": title} for code, title in parts.kinds_of(LEDGERS)
        ],
    }
    export, upwards, leads = None, None, None
    if may_anywhere(identity.actor(), _EXPORT):
        nameless = [each for each in exporting.SOURCES if each in exporting.NAMELESS]
        kinds = [{"value": code, "label": title} for code, title in parts.kinds_of(nameless)]
        export = {"url": url_for("exchange.take_out"), "kinds": kinds}
        upwards, leads = dispatches.card(), url_for("personal_exports.show")
    return _page(None, "file", upload=upload, export=export, upwards=upwards, personal_url=leads, status=status)


def _columns_page(
    kept: Upload, *, mistakes: Sequence[FieldError] = (), told: str | None = None, status: int = 200
) -> Response:
    if kept.landed is not None:
        return _to(url_for("exchange.show_landed", token=kept.token))
    columns, book = column_set(kept.kind), _book(kept)
    reading = remapping.read_headings(book, columns, said=kept.mapping)
    place = words("exchange.place", file=kept.name, sheet=reading.sheet, row=reading.row)
    context: dict[str, Any] = {
        "file_text": place,
        "columns": parts.columns_of(kept, columns, reading.guesses),
        "faults_told": [
            *(words(f"field.{each.code}", **each.params) for each in mistakes),
            *(each for each in (told, kept.told) if each),
        ],
    }
    if kept.trial is None:
        return _page(kept.kind, "columns", status=status, **context)
    trial = kept.trial
    context["totals"] = [
        {
            "n": trial[name],
            "label": words(f"exchange.total.{name}"),
            "sub": words(f"exchange.total_sub.{name}"),
            "url": "#sheet-h" if name in ("warnings", "refused") and trial[name] else None,
            "late": name == "refused" and trial[name] > 0,
            "tone": "amber" if name == "warnings" and trial[name] else None,
        }
        for name in ("created", "updated", "unchanged", "warnings", "refused")
    ]
    context["sheet"] = parts.sheet_of(kept, book, columns)
    context["land"] = parts.landing_of(kept)
    return _page(kept.kind, "trial", status=status, progress=None, **context)


def _page(kind: str | None, step: str, *, status: int = 200, **context: Any) -> Response:
    shown = render_template(
        "exchange/import.html",
        frame=framed("ledgers"),
        back_url=url_for("exchange.show"),
        kind_label=parts.title_of(kind) if kind else words("exchange.title"),
        step=step,
        **context,
    )
    return make_response(shown, status)


def _file(path: Path, name: str) -> Response:
    return send_file(path, mimetype=_XLSX, as_attachment=True, download_name=name)


def _bytes(path: Path, name: str) -> Response:
    """Hand out a small or passing file whole, so that nothing of it stays behind."""
    response = make_response(path.read_bytes())
    response.headers["Content-Type"] = _XLSX
    return save_as(response, name)


def _to(path: str) -> Response:
    return make_response(redirect(path, 303 if request.method == "POST" else 302))

"""The audit taken out as a table, for whoever may: that it was taken out is a row of it."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flask import Blueprint, Response, request

from casework.core.errors import FieldError, Invalid
from casework.exchange.writer import Kind, write_table
from casework.registry import audit, audit_list
from casework.registry import queries as registry
from casework.registry.tables import AuditEvent
from web import identity, unit
from web.access import needs
from web.handing_out import save_as
from web.locales import local, locale, words
from web.pages.admin import admin
from web.views import auditing

blueprint = Blueprint("admin_audit", __name__)

FORMATS = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
# As much as one table may hold; what is older is taken out by its days.
MOST = 100_000
_COLUMNS = ("event", "code", "person", "when", "facts")


@blueprint.post("/admin/audit/export")
@needs("audit.export", anywhere=True)
def take_out() -> Response:
    """Hand out the rows that the filter of the address finds, newest first.

    Raises:
        Invalid: the filter or the format.
    """
    wanted, mistakes = admin.wanted(admin.asked())
    kind = request.form.get("format", "")
    if kind not in FORMATS:
        mistakes.append(FieldError("format", "required"))
    if mistakes:
        raise Invalid(mistakes)
    session = unit.session()
    rows = audit_list.events(session, wanted, limit=MOST)
    facts = {"rows": len(rows), "format": kind, **{name: value for name, value in admin.asked().items() if value}}
    audit.record(session, event="audit.exported", actor=identity.actor(), at=unit.at(), facts=facts)
    names = registry.people_by_id(session, auditing.people_in(rows))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"audit.{kind}"
        write_table(
            path,
            headings=[words(f"admin.audit.head.{each}") for each in _COLUMNS],
            rows=(_row(row, names) for row in rows),
            kinds=(Kind.TEXT, Kind.IDENTIFIER, Kind.TEXT, Kind.MOMENT, Kind.TEXT),
            sheet=words("admin.audit.title"),
            locale=locale(),
        )
        return _handed_out(path.read_bytes(), kind, today=unit.today())


def _row(row: AuditEvent, names: Any) -> tuple[Any, ...]:
    who = names.get(row.person_id, words("admin.system")) if row.person_id else words("admin.system")
    return (auditing.kind_of(row.event), row.event, who, local(row.at), auditing.facts_of(row, names))


def _handed_out(content: bytes, kind: str, *, today: date) -> Response:
    response = Response(content, content_type=FORMATS[kind])
    name = f"{words('admin.audit.title')}-{today.isoformat()}.{kind}"
    save_as(response, name)
    response.headers["Cache-Control"] = "no-store"
    return response

"""Papers by the office's templates: kinds and tags, a template sent, judged or taken into use, a paper written."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Response, request, url_for
from werkzeug.exceptions import UnsupportedMediaType

from casework.core.errors import FieldError, Invalid, invalid
from casework.core.ids import parse_id
from casework.matters.attachments import safe_name
from casework.permissions import Subject
from casework.templates import kinds, package, queries
from casework.templates.kinds import Kind, Tag
from casework.templates.queries import Version
from web import bodies, handing_in, identity, unit
from web import paper_parts as parts
from web.api import asked, parameters
from web.api.operations import MULTIPART, Parameter, Reply, operation
from web.api.papers import paper_schemas
from web.api.papers.paper_schemas import KindList, KindOut, PaperOut, TagOut, VersionOut
from web.locales import local
from workflows import records
from workflows.papers import papers

_MEBIBYTES = package.FILE_BYTES // bodies.MIB + 1
_VERSION = Parameter("version", {"type": "string", "minLength": 1, "maxLength": 36}, "of this version, or `built-in`")
_MATTER = Parameter(
    "matter", {"type": "string", "minLength": 1, "maxLength": 64}, "about the matter of this number or id"
)
_FORMAT = Parameter("format", {"type": "string", "enum": list(papers.FORMATS)}, "docx if left out")


@operation(
    "GET",
    "/papers",
    permission=papers.READ,
    anywhere=True,
    summary="List the kinds of papers",
    answers={200: KindList},
)
def list_kinds() -> Reply:
    """List every kind and which version of its template is in force; none: the built-in form."""
    used = queries.all_in_force(unit.session())
    items = [KindOut(**_kind(each, used.get(each.code))) for each in kinds.kinds().values()]
    return Reply(KindList(items=items, next=None))


@operation(
    "GET",
    "/papers/<paper>",
    permission=papers.READ,
    anywhere=True,
    summary="Show a kind of paper",
    answers={200: PaperOut},
    problems=(404,),
)
def show_kind(paper: str) -> Reply:
    """Show the versions of its template and the tags they may carry."""
    return Reply(_out(kinds.kind_of(paper)))


@operation(
    "POST",
    "/papers/<paper>/versions",
    permission=papers.WRITE,
    anywhere=True,
    summary="Send a template",
    request_model=paper_schemas.TemplateIn,
    media=MULTIPART,
    answers={201: PaperOut},
    problems=(404, 409),
    max_mebibytes=_MEBIBYTES,
)
def send_version(paper: str) -> Reply:
    """Judge a template, keep it as the next version, and use it from now on."""
    name, content = _sent("note")
    # Nothing stays open while a child process judges the file.
    unit.session().rollback()
    papers.upload(
        unit.session,
        paper,
        content,
        file_name=safe_name(name, ending=".docx"),
        note=request.form.get("note", ""),
        actor=identity.actor(),
        county=parts.county(),
        at=unit.at(),
    )
    where = url_for("api.papers_show_kind", paper=paper)
    return Reply(_out(kinds.kind_of(paper)), 201, {"Location": where})


@operation(
    "POST",
    "/papers/<paper>/check",
    permission=papers.WRITE,
    anywhere=True,
    summary="Judge a template",
    request_model=paper_schemas.TemplateFile,
    media=MULTIPART,
    answers={200: paper_schemas.Judged},
    problems=(404, 409),
    max_mebibytes=_MEBIBYTES,
)
def check_version(paper: str) -> Reply:
    """Fill a template with examples without keeping it; 409 says what is wrong with it and how to mend it."""
    kind = kinds.kind_of(paper)
    records.require(identity.actor(), papers.WRITE, Subject(parts.county()))
    _, content = _sent()
    unit.session().rollback()
    papers.judge(content, kind)
    return Reply(paper_schemas.Judged(sound=True, tags=[tag.name for tag in kind.tags.values()]))


@operation(
    "POST",
    "/papers/<paper>/use",
    permission=papers.WRITE,
    anywhere=True,
    summary="Take a version into use",
    request_model=paper_schemas.UseIn,
    answers={200: PaperOut},
    problems=(404, 409),
)
def use_version(paper: str) -> Reply:
    """Let an earlier version, or with null the built-in form, be in force."""
    kind = kinds.kind_of(paper)
    template_id = _wanted(bodies.json_object())
    papers.take_into_use(
        unit.session(), paper, template_id, actor=identity.actor(), county=parts.county(), at=unit.at()
    )
    return Reply(_out(kind))


@operation(
    "GET",
    "/papers/<paper>/template",
    permission=papers.READ,
    anywhere=True,
    summary="Fetch a template",
    answers={200: None},
    problems=(404,),
    parameters=(_VERSION,),
)
def fetch_template(paper: str) -> Response:
    """Hand out the template in force, or another version, to be edited in Word."""
    kind = kinds.kind_of(paper)
    content = papers.content_of(unit.session(), kind, _version(kind))
    return parts.file_of(content, f"{kind.label['zh']}.docx")


@operation(
    "GET",
    "/papers/<paper>/preview",
    permission=papers.READ,
    anywhere=True,
    summary="Try a template",
    answers={200: None},
    problems=(404, 409),
    parameters=(_VERSION, _MATTER),
)
def preview_paper(paper: str) -> Response:
    """Write the paper of a matter by any version; without a matter, with the examples of the tags."""
    kind = kinds.kind_of(paper)
    content = papers.preview(parts.desk(), paper, _version(kind), request.args.get("matter", "")[:64])
    return parts.file_of(content, f"{kind.label['zh']}.docx")


@operation(
    "GET",
    "/papers/<paper>/document",
    permission=papers.PRINT,
    anywhere=True,
    summary="Write a paper",
    answers={200: None},
    problems=(404, 409),
    parameters=(_MATTER, _FORMAT),
)
def write_paper(paper: str) -> Response:
    """Write the paper of a matter by the template in force; PDF by built-in forms only."""
    kind = kinds.kind_of(paper)
    format, matter = parameters.all_of(asked.choice("format", papers.FORMATS, papers.FORMATS[0]), _asked_matter)
    content = papers.print_one(parts.desk(), paper, matter, format, home=unit.office().settings.home)
    return parts.file_of(content, f"{kind.label['zh']}-{matter}.{format}", format)


def _sent(*beside: str) -> tuple[str, bytes]:
    """Return name and content of the one file of a request."""
    if request.mimetype != MULTIPART:
        raise UnsupportedMediaType
    errors = bodies.unknown_parts(*beside, file="file")
    files = request.files.getlist("file")
    if len(files) != 1:
        errors.append(FieldError("file", "once_only" if files else "required"))
    if errors:
        raise Invalid(errors)
    content = files[0].stream.read(package.FILE_BYTES + 1)
    handing_in.judge(content)
    return files[0].filename or "", content


def _wanted(raw: Mapping[str, Any]) -> UUID | None:
    errors = [FieldError(name, "unknown_field") for name in raw if name != "version"]
    found = None
    if "version" not in raw:
        errors.append(FieldError("version", "required"))
    elif raw["version"] is not None:
        found = parse_id(raw["version"]) if isinstance(raw["version"], str) else None
        if found is None:
            errors.append(FieldError("version", "not_an_id"))
    if errors:
        raise Invalid(errors)
    return found


def _version(kind: Kind) -> UUID | None:
    given = request.args.get("version")
    if given is None:
        return queries.in_force(unit.session(), kind.code)
    if given == parts.BUILT_IN:
        return None
    found = parse_id(given)
    if found is None:
        raise invalid("version", "not_an_id")
    return found


def _asked_matter() -> str:
    given = request.args.get("matter", "").strip()
    if not given:
        raise invalid("matter", "required")
    return given[:64]


def _kind(kind: Kind, in_force: UUID | None) -> dict[str, Any]:
    label = dict(kind.label)
    return {"code": kind.code, "label": label, "of": kind.of, "outside": kind.outside, "in_force": in_force}


def _out(kind: Kind) -> PaperOut:
    session = unit.session()
    versions = [_version_out(each) for each in queries.versions(session, kind.code)]
    tags = [_tag(each) for each in kind.tags.values()]
    return PaperOut(**_kind(kind, queries.in_force(session, kind.code)), versions=versions, tags=tags)


def _version_out(each: Version) -> VersionOut:
    row = each.row
    return VersionOut(
        id=row.id,
        number=row.number,
        file=row.file_name,
        size=row.size,
        sha256=row.sha256,
        note=row.note,
        sent_by=each.sent_by,
        sent_at=local(row.uploaded_at),
        in_force=each.in_force,
    )


def _tag(tag: Tag) -> TagOut:
    return TagOut(name=tag.name, meaning=dict(tag.meaning), example=tag.example, items=list(tag.items.values()))

"""The archive package of a year: what ended in it as papers, a list, a first page and checksums, in one ZIP.

It opens on any machine without this software (domain.md §5). Which of the three variants it is stands on its first
page; the whole one is for the office alone, and every package is written down in the audit.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, TypedDict
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from casework.bulletins import printing
from casework.bulletins import queries as bulletins
from casework.cases.figures import yearly
from casework.core.database import Session
from casework.core.errors import refused
from casework.core.i18n import say
from casework.core.office import Office
from casework.documents.model import Official
from casework.exchange.writer import Cell, Kind, replacing, require_place, write_table
from casework.matters import anchors, attachments, ended
from casework.matters.tables import Attachment
from casework.registry import audit
from workflows.papers.archive_matters import PARTS, Part
from workflows.papers.archive_pages import HEADINGS, KINDS, PLAIN, PUBLIC, Entry, Teller, first_page
from workflows.papers.paper_values import office_name

_FORMATS = ("pdf", "docx")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_NAME_LENGTH = 80
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a package holds."""

    cases: int
    supervisions: int
    consultations: int
    bulletins: int
    files: int
    size: int


@dataclass(slots=True)
class _Package:
    """The ZIP as it grows, with the checksum of everything in it."""

    zip: ZipFile
    home: Path
    sums: dict[str, str] = field(default_factory=dict)

    def put(self, name: str, content: bytes, *, packed: bool = True) -> str:
        self.sums[name] = hashlib.sha256(content).hexdigest()
        self.zip.writestr(name, content, ZIP_DEFLATED if packed else ZIP_STORED)
        return name

    def put_document(self, stem: str, made: Official) -> dict[str, str]:
        return {
            form.upper(): quote(self.put(f"{stem}.{form}", printing.write(made, form, home=self.home), packed=False))
            for form in _FORMATS
        }


def archive(
    office: Office, year: int, path: Path, *, variant: str, at: datetime, on_progress: Progress | None = None
) -> Archived:
    """Write the package of a year that is over, mode 0600 unless it is the public one.

    Raises:
        Refused: `archive_year`, `archive_file_kind`, `export_not_writable`.
    """
    zone = office.settings.zone
    if not 1990 <= year < at.astimezone(zone).year:
        raise refused("archive_year", year=year)
    if path.suffix.lower() != ".zip":
        raise refused("archive_file_kind")
    require_place(path)
    tell = on_progress or (lambda _done, _total: None)
    with replacing(path) as draft, office.db.reading() as session, ZipFile(draft, "w") as package:
        made = _fill(session, office, _Package(package, office.settings.home), year, variant, at, tell)
    if variant != PUBLIC:
        path.chmod(0o600)
    facts = {"year": year, "variant": variant, "cases": made.cases}
    facts |= {"supervisions": made.supervisions, "consultations": made.consultations}
    with office.db.transaction() as session:
        audit.record(session, event="archive.made", actor=None, at=at, facts=facts)
    return replace(made, size=path.stat().st_size)


def _fill(  # noqa: PLR0917 - one call
    session: Session, office: Office, package: _Package, year: int, variant: str, at: datetime, tell: Progress
) -> Archived:
    region, zone = office.settings.region, office.settings.zone
    since, until = (datetime(each, 1, 1, tzinfo=zone) for each in (year, year + 1))
    span: _Span = {"region": region, "since": since, "until": until}
    beside = () if variant == PUBLIC else PARTS
    tell(0, yearly.count(session, **span) + sum(ended.count(session, each.kind, **span) for each in beside))
    desk = _Desk(session, package, Teller(session, variant), office.settings.attachments, tell)
    told = {"cases": _cases(desk, span), **{each.name: _matters(desk, each, span) for each in beside}}
    folder = office.settings.attachments
    signed = _bulletins(package, session, region, year, folder=folder, at=at)
    lists = [Entry(f"{name}.xlsx", "", {"XLSX": f"{name}.xlsx"}) for name in told]
    parts = {say("archive.list"): lists}
    parts |= {say(f"archive.{name}"): entries for name, entries in told.items()}
    parts[say("archive.bulletins")] = signed
    counts = {each.name: len(told.get(each.name, ())) for each in PARTS}
    name = office_name(session, region)
    notes = [say(f"archive.variant.{variant}"), say("archive.how"), *_anchor(session)]
    package.put("index.html", first_page(say("archive.title", office=name, year=year), notes, parts).encode())
    about = {
        "year": year,
        "variant": variant,
        "made_at": at.isoformat(),
        "cases": len(told["cases"]),
        **counts,
        "files": desk.files,
    }
    package.put("manifest.json", json.dumps(about, ensure_ascii=False, indent=1).encode())
    sums = "".join(f"{digest}  {each}\n" for each, digest in sorted(package.sums.items()))
    package.zip.writestr("SHA256SUMS", sums.encode())
    return Archived(len(told["cases"]), counts["supervisions"], counts["consultations"], len(signed), desk.files, 0)


class _Span(TypedDict):
    region: str
    since: datetime
    until: datetime


@dataclass(slots=True)
class _Desk:
    """What the filing of one matter after the other works with."""

    session: Session
    package: _Package
    teller: Teller
    folder: Path
    tell: Progress
    files: int = 0

    def file(self, stem: str, matter: Any, document: Callable[[Sequence[Attachment]], Official]) -> Entry:
        """Put a matter into the package with its attachments, where the variant has them."""
        kept = attachments.of_matter(self.session, matter.id) if self.teller.variant == PLAIN else ()
        self.files += len(kept)
        links = self.package.put_document(stem, document(kept))
        for number, each in enumerate(kept, start=1):
            source = attachments.path_of(self.folder, each.sha256)
            if source.is_file():
                name = _UNSAFE.sub("_", each.name)[-_NAME_LENGTH:]
                place = f"{stem.rpartition('/')[0]}/attachments/{number:02d}-{name}"
                self.package.put(place, source.read_bytes(), packed=False)
        return Entry(matter.number, self.teller.seen(matter.title), links)


def _cases(desk: _Desk, span: _Span) -> list[Entry]:
    teller, entries, rows = desk.teller, [], []
    for case in yearly.ended(desk.session, **span):
        if teller.variant != PUBLIC or case.public_summary:
            made = desk.file(f"cases/{case.number}/case", case, partial(teller.document, case))
            entries.append(made)
            rows.append(teller.row(case))
        desk.tell(1, 0)
    _list(desk.package, "cases", HEADINGS, KINDS, rows)
    return entries


def _matters(desk: _Desk, part: Part, span: _Span) -> list[Entry]:
    teller, entries, rows = desk.teller, [], []
    for matter in ended.ended(desk.session, part.kind, **span):
        stem = f"{part.name}/{matter.number}/{part.name[:-1]}"
        entries.append(desk.file(stem, matter, partial(part.document, teller, matter)))
        rows.append(part.row(teller, matter))
        desk.tell(1, 0)
    _list(desk.package, part.name, tuple(part.columns), tuple(part.columns.values()), rows)
    return entries


def _bulletins(
    package: _Package, session: Session, region: str, year: int, *, folder: Path, at: datetime
) -> list[Entry]:
    found = bulletins.signed_between(session, region=region, since=date(year, 1, 1), until=date(year + 1, 1, 1))
    return [
        Entry(
            row.document_no or row.number,
            row.title,
            package.put_document(
                f"bulletins/{row.number}", printing.of_bulletin(session, row, attachments=folder, at=at)
            ),
        )
        for row in found
    ]


def _list(
    package: _Package, name: str, columns: Sequence[str], kinds: Sequence[Kind], rows: Sequence[tuple[Cell, ...]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.xlsx"
        headings = [say(f"archive.{column}") for column in columns]
        write_table(path, headings=headings, rows=rows, kinds=kinds, sheet=say(f"archive.{name}"))
        package.put(path.name, path.read_bytes(), packed=False)


def _anchor(session: Session) -> list[str]:
    last = anchors.latest(session)
    return [] if last is None else [say("archive.anchor", day=last.day.isoformat(), root=last.root)]

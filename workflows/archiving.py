"""The archive package of a year: what ended in it as papers, a list, a first page and checksums, in one ZIP.

It opens on any machine without this software (domain.md §5). Which of the three variants it is stands on its first
page; the whole one is for the office alone, and every package is written down in the audit.
"""

import hashlib
import json
import re
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

from casework.bulletins import printing
from casework.bulletins import queries as bulletins
from casework.cases import yearly
from casework.cases.tables import Case
from casework.core.database import Session
from casework.core.errors import refused
from casework.core.i18n import say
from casework.core.office import Office
from casework.documents.model import Official
from casework.exchange.writer import Cell, replacing, require_place, write_table
from casework.matters import anchors, attachments
from casework.matters.tables import Attachment
from casework.registry import audit
from workflows.archive_pages import HEADINGS, KINDS, PLAIN, PUBLIC, Entry, Teller, first_page
from workflows.paper_values import office_name

_FORMATS = ("pdf", "docx")
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_NAME_LENGTH = 80
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Archived:
    """What a package holds."""

    cases: int
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
    with office.db.transaction() as session:
        audit.record(session, event="archive.made", actor=None, at=at, facts=facts)
    return Archived(made.cases, made.bulletins, made.files, path.stat().st_size)


def _fill(  # noqa: PLR0917 - one call
    session: Session, office: Office, package: _Package, year: int, variant: str, at: datetime, tell: Progress
) -> Archived:
    region, zone = office.settings.region, office.settings.zone
    since, until = (datetime(each, 1, 1, tzinfo=zone) for each in (year, year + 1))
    tell(0, yearly.count(session, region=region, since=since, until=until))
    teller, files = Teller(session, variant), 0
    entries: list[Entry] = []
    rows: list[tuple[Cell, ...]] = []
    for case in yearly.ended(session, region=region, since=since, until=until):
        if variant != PUBLIC or case.public_summary:
            kept = attachments.of_matter(session, case.id) if variant == PLAIN else ()
            entries.append(_case(package, teller, case, kept, folder=office.settings.attachments))
            rows.append(teller.row(case))
            files += len(kept)
        tell(1, 0)
    signed = _bulletins(package, session, region, year, folder=office.settings.attachments)
    lists = [Entry("cases.xlsx", "", {"XLSX": _list(package, rows)})]
    parts = {say("archive.list"): lists, say("archive.cases"): entries, say("archive.bulletins"): signed}
    name = office_name(session, region)
    notes = [say(f"archive.variant.{variant}"), say("archive.how"), *_anchor(session)]
    package.put("index.html", first_page(say("archive.title", office=name, year=year), notes, parts).encode())
    about = {"year": year, "variant": variant, "made_at": at.isoformat(), "cases": len(entries), "files": files}
    package.put("manifest.json", json.dumps(about, ensure_ascii=False, indent=1).encode())
    sums = "".join(f"{digest}  {each}\n" for each, digest in sorted(package.sums.items()))
    package.zip.writestr("SHA256SUMS", sums.encode())
    return Archived(len(entries), len(signed), files, 0)


def _case(package: _Package, teller: Teller, case: Case, kept: Sequence[Attachment], *, folder: Path) -> Entry:
    stem = f"cases/{case.number}"
    links = package.put_document(f"{stem}/case", teller.document(case, kept))
    for number, each in enumerate(kept, start=1):
        source = attachments.path_of(folder, each.sha256)
        if source.is_file():
            name = _UNSAFE.sub("_", each.name)[-_NAME_LENGTH:]
            package.put(f"{stem}/attachments/{number:02d}-{name}", source.read_bytes(), packed=False)
    return Entry(case.number, teller.seen(case.title), links)


def _bulletins(package: _Package, session: Session, region: str, year: int, *, folder: Path) -> list[Entry]:
    found = bulletins.signed_between(session, region=region, since=date(year, 1, 1), until=date(year + 1, 1, 1))
    return [
        Entry(
            row.document_no or row.number,
            row.title,
            package.put_document(f"bulletins/{row.number}", printing.of_bulletin(session, row, attachments=folder)),
        )
        for row in found
    ]


def _list(package: _Package, rows: Sequence[tuple[Cell, ...]]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cases.xlsx"
        headings = [say(f"archive.{name}") for name in HEADINGS]
        write_table(path, headings=headings, rows=rows, kinds=KINDS, sheet=say("archive.cases"))
        return package.put("cases.xlsx", path.read_bytes(), packed=False)


def _anchor(session: Session) -> list[str]:
    last = anchors.latest(session)
    return [] if last is None else [say("archive.anchor", day=last.day.isoformat(), root=last.root)]

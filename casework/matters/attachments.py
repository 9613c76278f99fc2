"""Files put to a matter: taken in, judged by their content, kept under their SHA-256, handed out again.

A file is complete and on the disk before a row names it: written aside, flushed, renamed, its folder flushed, then the
row (reliability.md F17). Taking it in (`stage`) needs no database, so that nobody waits for a slow upload. What it is
says its content, not its name; pictures are written anew in a process of their own (`images`) and lose what the camera
noted. Not here: who may add or read one, and what the history says of it (workflows/cases/attaching.py).
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, BinaryIO
from uuid import UUID

import puremagic
from sqlalchemy import select

import casework
from casework.core import texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, NoRoom, NotFound, invalid, refused
from casework.core.ids import new_id
from casework.core.scanning import Scanner
from casework.core.upserts import insert_into
from casework.matters import held, packages
from casework.matters import picture_limits as limits
from casework.matters.tables import Attachment, Blob

MIB = 1024 * 1024
LARGEST = 20 * MIB
# Below this much free room, or this share of the disk, nothing is taken in any more (reliability.md F9).
ROOM_BYTES, ROOM_SHARE = 1024 * MIB, 0.05
NAME_BYTES = 255
FIELD = "file"
_CHUNK = 256 * 1024
_LONGEST_ENDING = 10
_HEAD = 4096
_WALL_SECONDS = limits.WALL_SECONDS + 5

# Kind → media type and the endings a name may have.
KINDS = {
    "pdf": ("application/pdf", (".pdf",)),
    "jpg": ("image/jpeg", (".jpg", ".jpeg")),
    "png": ("image/png", (".png",)),
    "xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (".xlsx",)),
    "docx": ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", (".docx",)),
    "txt": ("text/plain", (".txt",)),
}
_MAIN_PARTS = {"xl/workbook.xml": "xlsx", "word/document.xml": "docx"}
_DEVICES = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")
_UNFIT = re.compile(r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]')


class TooLarge(CaseworkError):
    """The file is larger than what is kept (413)."""

    code = "too_large"


@dataclass(frozen=True, slots=True)
class Staged:
    """A file that lies complete in the store and awaits its row."""

    sha256: str
    size: int
    media_type: str
    name: str


def stage(stream: BinaryIO | IO[bytes], *, name: str, folder: Path, scanner: Scanner | None = None) -> Staged:
    """Take a file into the store under `folder`. What a scanner did not judge may be held back (held.py).

    Raises:
        TooLarge: above 20 MiB.
        NoRoom: the disk is nearly full.
        ScannerAway: the virus scanner gives no verdict, and such files are refused.
        Infected: it found something.
        Invalid: empty, of no kind that is kept, damaged, or its name says another kind.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _require_room(folder)
    with tempfile.NamedTemporaryFile(dir=folder, prefix="new-") as draft:
        _copy(stream, draft)
        draft.flush()
        kind = _kind_of(draft)
        media_type, endings = KINDS[kind]
        clean = safe_name(name, ending=endings[0])
        if not clean.lower().endswith(endings):
            raise invalid(FIELD, "file_ending", kind=kind)
        judged = scanner is None or held.is_judged(scanner, draft)
        if kind in ("jpg", "png"):
            with tempfile.NamedTemporaryFile(dir=folder, prefix="new-") as bare:
                _write_anew(draft, bare)
                return _settle(bare, folder=folder, media_type=media_type, name=clean, judged=judged)
        return _settle(draft, folder=folder, media_type=media_type, name=clean, judged=judged)


def add(
    session: Session,
    staged: Staged,
    *,
    matter_id: UUID,
    actor: Actor,
    at: datetime,
    caption: str = "",
    id: UUID | None = None,
) -> Attachment:
    """Write the row of a staged file; `id`: the number that its sender gave it, not yet taken."""
    blob = {"sha256": staged.sha256, "size": staged.size, "media_type": staged.media_type, "created_at": at}
    session.execute(insert_into(session, Blob).values(blob).on_conflict_do_nothing())
    row = Attachment(
        id=id or new_id(),
        matter_id=matter_id,
        sha256=staged.sha256,
        name=staged.name,
        size=staged.size,
        media_type=staged.media_type,
        caption=caption,
        added_by=actor.person_id,
        created_at=at,
    )
    session.put(row)
    return row


def of_matter(session: Session, matter_id: UUID) -> Sequence[Attachment]:
    """Return the attachments of a matter, oldest first."""
    return session.scalars(
        select(Attachment).where(Attachment.matter_id == matter_id).order_by(Attachment.created_at, Attachment.id)
    ).all()


def sent_before(session: Session, id: UUID | None, *, matter_id: UUID, actor: Actor) -> Attachment | None:
    """Return what came by this number of the sender's own before; None: nothing did.

    Raises:
        Refused: the number is that of another file.
    """
    row = None if id is None else session.get(Attachment, id)
    if row is not None and (row.matter_id, row.added_by) != (matter_id, actor.person_id):
        raise refused("id_taken")
    return row


def get(session: Session, *, matter_id: UUID, attachment_id: UUID) -> Attachment:
    """Return one attachment of a matter.

    Raises:
        NotFound: the matter has no such attachment.
    """
    row = session.get(Attachment, attachment_id)
    if row is None or row.matter_id != matter_id:
        raise NotFound("attachment")
    return row


def path_of(folder: Path, sha256: str) -> Path:
    """Return where a content lies."""
    return folder / sha256[:2] / sha256[2:4] / sha256


def safe_name(name: str, *, ending: str) -> str:
    """Make a name that every system keeps and shows as it is: one line, no path, at most 255 bytes with its ending."""
    last = texts.ascii_code(name).replace("\\", "/").rpartition("/")[2]
    plain = _UNFIT.sub("", last).strip()
    stem, dot, tail = plain.rpartition(".")
    if not dot or len(tail) > _LONGEST_ENDING:
        stem, tail = plain, ""
    stem, tail = stem.strip(". "), tail.strip(". ")
    if not stem or texts.is_blank(stem) or _DEVICES.match(stem):
        stem = "file"
    suffix = f".{tail}" if tail else ending if stem == "file" else ""
    cut = stem.encode()[: NAME_BYTES - len(suffix.encode())].decode("utf-8", "ignore").strip(". ")
    return f"{cut}{suffix}"


def _require_room(folder: Path) -> None:
    usage = shutil.disk_usage(folder)
    if usage.free < min(ROOM_BYTES, usage.total * ROOM_SHARE) + LARGEST:
        raise NoRoom


def _copy(stream: BinaryIO | IO[bytes], out: IO[bytes]) -> None:
    size = 0
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge
        out.write(chunk)
    if size == 0:
        raise invalid(FIELD, "file_empty")


def _kind_of(file: IO[bytes]) -> str:
    file.seek(0)
    head = file.read(_HEAD)
    try:
        endings = {found.extension for found in puremagic.magic_string(head)}
    except (puremagic.PureError, ValueError):
        endings = set()
    if head.startswith(b"PK\x03\x04"):
        return _kind_of_package(file)
    for kind, (_media_type, known) in KINDS.items():
        if kind not in ("xlsx", "docx", "txt") and endings.intersection(known):
            return kind
    if _is_text(file):
        return "txt"
    raise invalid(FIELD, "file_kind", kinds=", ".join(KINDS))


def _kind_of_package(file: IO[bytes]) -> str:
    """Tell a workbook from a letter by its directory alone; anything else packed, and what is hostile, is refused."""
    try:
        with zipfile.ZipFile(file) as package:
            names = set(package.namelist())
            kind = next((kind for part, kind in _MAIN_PARTS.items() if part in names), None)
            if kind is None or "[Content_Types].xml" not in names:
                raise invalid(FIELD, "file_kind", kinds=", ".join(KINDS))
            packages.judge(package)
    except packages.Hostile:
        raise invalid(FIELD, "file_hostile") from None
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, NotImplementedError, RuntimeError):
        raise invalid(FIELD, "file_damaged") from None
    return kind


def _is_text(file: IO[bytes]) -> bool:
    file.seek(0)
    raw = file.read()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        return not any(character < " " and character not in "\t\n\r\f" for character in text)
    return False


def _write_anew(source: IO[bytes], out: IO[bytes]) -> None:
    source.seek(0)
    command = (sys.executable, "-P", "-s", "-m", "casework.matters.images")
    environment = {
        "PYTHONPATH": str(Path(casework.__file__).parent.parent),
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
    }
    try:
        done = subprocess.run(
            command,
            stdin=source.fileno(),
            stdout=out.fileno(),
            stderr=subprocess.DEVNULL,
            timeout=_WALL_SECONDS,
            env=environment,
            cwd="/",
            check=False,
        )
        code = done.returncode
    except subprocess.TimeoutExpired:
        code = limits.UNREADABLE
    if code == limits.TOO_MANY_PIXELS:
        raise invalid(FIELD, "file_pixels", max=limits.PIXELS // 1_000_000)
    if code != 0 or os.fstat(out.fileno()).st_size == 0:
        raise invalid(FIELD, "file_damaged")


def _settle(file: IO[bytes], *, folder: Path, media_type: str, name: str, judged: bool) -> Staged:
    """Flush a file to the disk and give it its lasting name."""
    digest, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    sha256 = digest.hexdigest()
    path = path_of(folder, sha256)
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.fsync(file.fileno())
        # Linked, not renamed: the temporary file may then end as it always does.
        draft = path.with_name(f"{sha256}.{new_id()}")
        os.link(file.name, draft)
        draft.replace(path if judged else held.waiting(path))
    # Also where somebody else has just put it there: they may not have come to this yet, and the row must not be first.
    for each in (path.parent, path.parent.parent, folder, folder.parent):
        _flush_folder(each)
    return Staged(sha256, size, media_type, name)


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

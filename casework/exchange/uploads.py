"""Files handed in by the browser between the steps of an import: kept under a random name, for a day at most.

One folder an upload: the file under its own cleaned name, the file with the errors marked, and what has been decided
so far. Only who handed it in finds it again. Nothing of it is backed up or counted as a record.
"""

import json
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO, Any, BinaryIO
from uuid import UUID

from casework.core import errors
from casework.core.errors import NotFound
from casework.matters.attachments import safe_name

LARGEST = 50 * 1024 * 1024
KEPT_FOR = timedelta(days=1)
_TOKEN = re.compile(r"[0-9a-f]{32}")
_FACTS, _MARKED = "facts.json", "marked.xlsx"
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Upload:
    """One file on its way in. `mapping`: heading → key, "" for none; `trial` and `landed`: what a run told.

    `job`: the work that reads or lands a long file; `told`: why the last such work refused the file as a whole.
    """

    token: str
    kind: str
    name: str
    person_id: str
    at: str
    mapping: Mapping[str, str] = field(default_factory=dict)
    trial: Mapping[str, Any] | None = None
    landed: Mapping[str, Any] | None = None
    job: str | None = None
    told: str | None = None


def keep(home: Path, stream: BinaryIO | IO[bytes], *, name: str, kind: str, person_id: UUID, at: datetime) -> Upload:
    """Keep a file that was handed in; those older than a day are removed by the way.

    Raises:
        Refused: `file_too_large` above 50 MB, `file_empty`.
    """
    sweep(home, at=at)
    token = secrets.token_hex(16)
    folder = _folder(home) / token
    folder.mkdir(parents=True, mode=0o700)
    upload = Upload(token, kind, safe_name(name, ending=".xlsx"), str(person_id), at.isoformat())
    size = 0
    with (folder / upload.name).open("wb") as out:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > LARGEST:
                break
            out.write(chunk)
    if not 0 < size <= LARGEST:
        shutil.rmtree(folder)
        raise errors.refused("upload_too_large" if size else "upload_empty", limit=LARGEST // 1024**2)
    put(home, upload)
    return upload


def prepare(home: Path, *, name: str, kind: str, person_id: UUID, at: datetime) -> Upload:
    """Make the place of a file on its way out: who asked for it finds it again, a day later it is removed."""
    sweep(home, at=at)
    token = secrets.token_hex(16)
    (_folder(home) / token).mkdir(parents=True, mode=0o700)
    upload = Upload(token, kind, safe_name(name, ending=".xlsx"), str(person_id), at.isoformat())
    put(home, upload)
    return upload


def get(home: Path, token: str, *, person_id: UUID) -> Upload:
    """Return an upload of this person.

    Raises:
        NotFound: there is none, it has been removed, or it is somebody else's.
    """
    if not _TOKEN.fullmatch(token):
        raise NotFound("upload")
    try:
        facts = json.loads((_folder(home) / token / _FACTS).read_text("utf-8"))
    except (FileNotFoundError, json.JSONDecodeError):
        raise NotFound("upload") from None
    upload = Upload(**facts)
    if upload.person_id != str(person_id):
        raise NotFound("upload")
    return upload


def put(home: Path, upload: Upload) -> None:
    """Write down what has been decided about an upload."""
    path = _folder(home) / upload.token / _FACTS
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(upload), ensure_ascii=False), "utf-8")
    draft.replace(path)


def file_of(home: Path, upload: Upload) -> Path:
    """Return where the file lies.

    Raises:
        NotFound: it has landed and was removed.
    """
    path = place_of(home, upload)
    if not path.is_file():
        raise NotFound("upload")
    return path


def place_of(home: Path, upload: Upload) -> Path:
    """Return where the file belongs, there or not."""
    return _folder(home) / upload.token / upload.name


def mapped_of(home: Path, upload: Upload) -> Path:
    """Return where the copy with our headings belongs; it bears the file's own stem, for the trace it leaves."""
    folder = _folder(home) / upload.token / "mapped"
    folder.mkdir(exist_ok=True, mode=0o700)
    return folder / f"{Path(upload.name).stem}.xlsx"


def marked_of(home: Path, upload: Upload) -> Path:
    """Return where the file with the errors marked belongs."""
    return _folder(home) / upload.token / _MARKED


def landed(home: Path, upload: Upload, told: Mapping[str, Any]) -> Upload:
    """Note that the file has landed and remove it; what was told and the marked file stay for the rest of the day."""
    file_of(home, upload).unlink()
    shutil.rmtree(_folder(home) / upload.token / "mapped", ignore_errors=True)
    done = replace(upload, landed=told)
    put(home, done)
    return done


def drop(home: Path, upload: Upload) -> None:
    """Remove an upload that cannot be used."""
    shutil.rmtree(_folder(home) / upload.token, ignore_errors=True)


def sweep(home: Path, *, at: datetime) -> int:
    """Remove what was handed in more than a day ago; return how many."""
    removed = 0
    for folder in _folder(home).glob("*") if _folder(home).is_dir() else ():
        try:
            since = datetime.fromisoformat(json.loads((folder / _FACTS).read_text("utf-8"))["at"])
        except (FileNotFoundError, json.JSONDecodeError, KeyError, ValueError):
            since = datetime.fromtimestamp(folder.stat().st_mtime, at.tzinfo) if folder.exists() else at
        if since <= at - KEPT_FOR:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def _folder(home: Path) -> Path:
    return home / "uploads"

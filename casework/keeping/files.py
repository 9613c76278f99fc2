"""Attachments: the rows against the files they name, and the files against the rows (I18 of reliability.md §3)."""

import hashlib
import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import or_, select

from casework.keeping.view import View
from casework.matters import held
from casework.matters.attachments import path_of
from casework.matters.tables import Attachment, Blob

UNCLAIMED_AFTER = timedelta(hours=24)
_DIGEST = re.compile(r"[0-9a-f]{64}")
_CHUNK = 1024 * 1024


def stored(view: View, folder: Path) -> Iterator[str]:
    """I18: every attachment has its content, every content its file, unchanged; no file is left without a row."""
    unlike = or_(Blob.sha256.is_(None), Blob.size != Attachment.size, Blob.media_type != Attachment.media_type)
    yield from view.ids(select(Attachment.id).outerjoin(Blob, Blob.sha256 == Attachment.sha256).where(unlike))
    known: set[str] = set()
    for sha256, size in view.stream(select(Blob.sha256, Blob.size)):
        known.add(sha256)
        if not _DIGEST.fullmatch(sha256) or not _is_kept(path_of(folder, sha256), sha256=sha256, size=size):
            yield sha256
    yield from _unclaimed(folder, known, at=view.at)


def _is_kept(path: Path, *, sha256: str, size: int) -> bool:
    return is_whole(path, sha256=sha256, size=size) or held.is_explained(path)


def is_whole(path: Path, *, sha256: str, size: int) -> bool:
    """Say whether a file is there with the size and content it should have."""
    try:
        return path.stat().st_size == size and digest_of(path) == sha256
    except OSError:
        return False


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file, in hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _unclaimed(folder: Path, known: set[str], *, at: datetime) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        for name in names:
            if not _DIGEST.fullmatch(name) or name in known:
                continue
            # A file comes before its row, so a young one may yet get it.
            try:
                written = (Path(place) / name).stat().st_mtime
            except FileNotFoundError:
                continue
            if written < (at - UNCLAIMED_AFTER).timestamp():
                yield name

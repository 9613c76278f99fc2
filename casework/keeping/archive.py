"""The one file of a backup: a ZIP any program opens, or the same sealed with a passphrase (sealing.py).

    rows/<table>.copy    the rows, in the text format of PostgreSQL's COPY (rows.py)
    attachments/<sha256> their contents
    workflows/<name>     the office's own definitions
    keys/…               key ring and secret, unless they were left out
    manifest.json        what is in here, with the SHA-256 of every member; written last

The ZIP's closing comment is the SHA-256 of everything before it, so that any changed byte shows.
"""

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from casework.core.errors import refused
from casework.keeping.sealing import Opener, Sealer, is_sealed

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

FORMAT = 1
MANIFEST = "manifest.json"
CHUNK = 1024 * 1024
_LABEL = b"sha256:"
_COMMENT = len(_LABEL) + 64
_PLACEHOLDER = _LABEL + b"0" * 64
_DEFLATE_LEVEL = 3


@dataclass(frozen=True, slots=True)
class TableShape:
    """A table as it was saved: its columns in order with the kind of each (rows.py), and how many rows."""

    columns: Sequence[tuple[str, str]]
    rows: int


@dataclass(slots=True)
class Manifest:
    """What a backup holds. `members` is name → (bytes, SHA-256), `missing` attachments that had no whole file."""

    made_at: str
    engine: str
    revision: str
    zone: str
    key_check: str
    has_keys: bool
    tables: dict[str, TableShape] = field(default_factory=dict)
    members: dict[str, tuple[int, str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)

    def as_bytes(self) -> bytes:
        """Write it as JSON."""
        return json.dumps({"format": FORMAT, **asdict(self)}, ensure_ascii=False, indent=1).encode()

    @classmethod
    def read(cls, raw: bytes) -> "Manifest":
        """Read it from JSON.

        Raises:
            Refused: `backup_damaged`, or `backup_newer` when a later version of the program made it.
        """
        try:
            content: Mapping[str, Any] = json.loads(raw)
            number = content["format"]
            values = {name: content[name] for name in cls.__slots__}
            values["tables"] = {
                name: TableShape([(column, kind) for column, kind in shape["columns"]], int(shape["rows"]))
                for name, shape in content["tables"].items()
            }
            values["members"] = {name: (int(size), str(digest)) for name, (size, digest) in content["members"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):
            raise refused("backup_damaged") from None
        if number != FORMAT:
            raise refused("backup_newer")
        return cls(**values)


class _Closing(io.RawIOBase):
    """Passes bytes on and puts the digest of all of them where the placeholder stands at the very end."""

    def __init__(self, file: IO[bytes] | io.RawIOBase) -> None:
        super().__init__()
        self._file = file
        self._digest = hashlib.sha256()
        self._waiting = b""

    def writable(self) -> bool:
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        every = self._waiting + bytes(data)
        passed, self._waiting = every[:-_COMMENT], every[-_COMMENT:]
        self._digest.update(passed)
        self._file.write(passed)
        return memoryview(data).nbytes

    def finish(self) -> None:
        if self._waiting != _PLACEHOLDER:
            raise RuntimeError("the archive does not end with its comment")
        self._file.write(_LABEL + self._digest.hexdigest().encode())


class Writer:
    """Writes the members of a backup one after the other."""

    def __init__(self, package: zipfile.ZipFile, manifest: Manifest) -> None:
        """Take a package; what is written is noted in `manifest`."""
        self._package = package
        self.manifest = manifest

    @contextmanager
    def member(self, name: str, *, packed: bool = True) -> Iterator[Callable[[bytes], None]]:
        """Open a member and lend what writes to it."""
        digest, size = hashlib.sha256(), 0
        # A bare ZipInfo means stored as it is, which suits pictures and PDFs; a name takes the package's compression.
        with self._package.open(name if packed else zipfile.ZipInfo(name), "w", force_zip64=True) as out:

            def write(data: bytes) -> None:
                nonlocal size
                digest.update(data)
                size += len(data)
                out.write(data)

            yield write
        self.manifest.members[name] = (size, digest.hexdigest())

    def add(self, name: str, content: bytes) -> None:
        """Write a small member whole."""
        with self.member(name) as write:
            write(content)


@contextmanager
def writing(file: IO[bytes], manifest: Manifest, *, passphrase: str = "") -> Iterator[Writer]:
    """Write a backup into `file`; the manifest goes in last."""
    sealer = Sealer(file, passphrase=passphrase) if passphrase else None
    closing = _Closing(sealer or file)
    with zipfile.ZipFile(closing, "w", zipfile.ZIP_DEFLATED, compresslevel=_DEFLATE_LEVEL) as package:
        yield Writer(package, manifest)
        with package.open(MANIFEST, "w") as out:
            out.write(manifest.as_bytes())
        package.comment = _PLACEHOLDER
    closing.finish()
    if sealer is not None:
        sealer.finish()


@dataclass(frozen=True, slots=True)
class Reader:
    """A backup that has been found whole."""

    package: zipfile.ZipFile
    manifest: Manifest
    digest: str

    @contextmanager
    def member(self, name: str) -> Iterator[IO[bytes]]:
        """Open a member for reading."""
        with self.package.open(name) as file:
            yield file

    def read(self, name: str) -> bytes:
        """Read a small member whole."""
        return self.package.read(name)

    def under(self, folder: str) -> list[str]:
        """Return the names of the members in a folder."""
        return [name for name in self.manifest.members if name.startswith(f"{folder}/")]


@contextmanager
def reading(path: Path, *, passphrase: str = "", on_progress: Callable[[int], None] | None = None) -> Iterator[Reader]:
    """Open a backup after every byte of it was checked; `on_progress` is told how many more were.

    Raises:
        Refused: `backup_unreadable`, `backup_no_backup`, `backup_sealed` (no passphrase is set), `backup_passphrase`,
            `backup_damaged`, `backup_newer`.
    """
    try:
        file = path.open("rb")
    except OSError as fault:
        raise refused("backup_unreadable", path=str(path), why=fault.strerror) from None
    with file:
        sealed = is_sealed(file)
        if sealed and not passphrase:
            raise refused("backup_sealed")
        plain: Any = io.BufferedReader(Opener(file, passphrase=passphrase), CHUNK) if sealed else file
        digest = _require_whole(plain, on_progress)
        try:
            package = zipfile.ZipFile(plain)
            manifest = Manifest.read(package.read(MANIFEST))
        except (zipfile.BadZipFile, zlib.error, KeyError, NotImplementedError, OSError):
            raise refused("backup_damaged") from None
        with package:
            _require_members(package, manifest)
            yield Reader(package, manifest, digest)


def _require_whole(file: IO[bytes], on_progress: Callable[[int], None] | None) -> str:
    size = file.seek(0, io.SEEK_END) - _COMMENT
    file.seek(0)
    if file.read(2) != b"PK" or size < 0:
        raise refused("backup_no_backup")
    file.seek(0)
    digest, left = hashlib.sha256(), size
    while left:
        chunk = file.read(min(CHUNK, left))
        if not chunk:
            raise refused("backup_damaged")
        digest.update(chunk)
        left -= len(chunk)
        if on_progress is not None:
            on_progress(len(chunk))
    if file.read() != _LABEL + digest.hexdigest().encode():
        raise refused("backup_damaged")
    return digest.hexdigest()


def _require_members(package: zipfile.ZipFile, manifest: Manifest) -> None:
    names = package.namelist()
    if sorted(names) != sorted([*manifest.members, MANIFEST]):
        raise refused("backup_damaged")
    try:
        for name, (size, wanted) in manifest.members.items():
            digest = hashlib.sha256()
            if package.getinfo(name).file_size != size:
                raise refused("backup_damaged")
            with package.open(name) as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
            if digest.hexdigest() != wanted:
                raise refused("backup_damaged")
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise refused("backup_damaged") from None

"""A log of everything SQLite writes and flushes, and what a power cut at any point of it leaves on the disk.

The log is taken at SQLite's own door to the system, its VFS: two functions of the default one are led through here, and
three of every file it opens. A cut keeps what was flushed; of what was not it keeps nothing, or what the dice say: whole
writes, writes torn at a sector, in any order, as a disk with a cache of its own does.
"""

import contextlib
import ctypes
import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pysqlite3._sqlite3 as driver

SECTOR = 512
_POINTER = ctypes.sizeof(ctypes.c_void_p)
_METHODS = 18
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
_DELETE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int)
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = [
        ("version", ctypes.c_int),
        ("file_size", ctypes.c_int),
        ("longest_path", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
    ]


class _Methods(ctypes.Structure):
    # The version, then the functions in the order of SQLite's header; ours are the third, fourth and fifth.
    _fields_ = [("version", ctypes.c_int), ("functions", ctypes.c_void_p * _METHODS)]


_WRITES, _TRUNCATES, _SYNCS = 2, 3, 4


@dataclass(frozen=True)
class Event:
    """`kind`: create, write, truncate, delete, sync, or `told` when a client was told that something is kept."""

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""
    told: object = None


@dataclass
class Log:
    """Everything that happened to the files of one folder, in its order."""

    folder: Path
    base: Mapping[str, bytes] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.base = {path.name: path.read_bytes() for path in self.folder.iterdir() if not path.name.endswith("-shm")}

    def tell(self, something: object) -> None:
        """Note that a client was told."""
        self.events.append(Event("told", told=something))

    def note(self, kind: str, path: str, at: int = 0, data: bytes = b"") -> None:
        """Note what happened to a file, if it is one of this folder."""
        if Path(path).parent == self.folder:
            self.events.append(Event(kind, Path(path).name, at, data))


_keep: list[Any] = []


@contextmanager
def logging_writes(log: Log) -> Iterator[None]:
    """Lead what SQLite does to its files through the log, for databases that are opened inside."""
    find = ctypes.CDLL(driver.__file__).sqlite3_vfs_find
    find.restype = ctypes.c_void_p
    vfs = _Vfs.from_address(find(None))
    old_open, old_delete = vfs.open, vfs.delete
    assert old_open is not None and old_delete is not None
    opens, deletes = _opening(log, old_open), _deleting(log, old_delete)
    # What was opened inside may be closed later; what it calls must still be there then.
    _keep.extend((opens, deletes))
    vfs.open, vfs.delete = (ctypes.cast(each, ctypes.c_void_p).value for each in (opens, deletes))
    try:
        yield
    finally:
        vfs.open, vfs.delete = old_open, old_delete


def _opening(log: Log, old: int) -> Any:
    real = _OPEN(old)

    def opens(vfs: int, name: int, file: int, flags: int, out: int) -> int:
        path = ctypes.string_at(name).decode() if name else ""
        is_new = bool(path) and not Path(path).exists()
        code = real(vfs, name, file, flags, out)
        if code == 0 and path:
            if is_new:
                log.note("create", path)
            _lead_through(log, file, path)
        return code

    return _OPEN(opens)


def _deleting(log: Log, old: int) -> Any:
    real = _DELETE(old)

    def deletes(vfs: int, name: bytes, flush: int) -> int:
        log.note("delete", name.decode())
        code = real(vfs, name, flush)
        if flush and code == 0:
            log.note("sync", name.decode())
        return code

    return _DELETE(deletes)


def _lead_through(log: Log, file: int, path: str) -> None:
    """Give an open file functions that note first and then do what the old ones do."""
    place = ctypes.c_void_p.from_address(file)
    assert place.value is not None
    methods = _Methods.from_buffer_copy((ctypes.c_char * ctypes.sizeof(_Methods)).from_address(place.value))
    write, truncate, sync = (
        kind(methods.functions[n]) for kind, n in ((_WRITE, _WRITES), (_TRUNCATE, _TRUNCATES), (_SYNC, _SYNCS))
    )

    def writes(it: int, data: int, size: int, at: int) -> int:
        log.note("write", path, at, ctypes.string_at(data, size))
        return int(write(it, data, size, at))

    def truncates(it: int, size: int) -> int:
        log.note("truncate", path, size)
        return int(truncate(it, size))

    def syncs(it: int, flags: int) -> int:
        code = int(sync(it, flags))
        log.note("sync", path)
        return code

    ours = (_WRITE(writes), _TRUNCATE(truncates), _SYNC(syncs))
    for n, each in zip((_WRITES, _TRUNCATES, _SYNCS), ours, strict=True):
        methods.functions[n] = ctypes.cast(each, ctypes.c_void_p).value
    _keep.append((methods, ours, write, truncate, sync))
    place.value = ctypes.addressof(methods)


Chance = Callable[[Event], Event | None]


def nothing_more(_event: Event) -> None:
    """Lose all that was not flushed."""
    return


def by_chance(seed: int) -> Chance:
    """Lose half of what was not flushed, and tear a quarter of what is kept at a sector."""
    dice = random.Random(seed)

    def keep(event: Event) -> Event | None:
        if dice.random() < 0.5:
            return None
        if event.kind == "write" and len(event.data) > SECTOR and dice.random() < 0.25:
            sectors = len(event.data) // SECTOR
            return Event("write", event.path, event.at, event.data[: SECTOR * dice.randrange(1, sectors + 1)])
        return event

    return keep


class Disk:
    """What lies flushed after a part of the log, and what is still on its way."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._files: dict[str, bytearray] = {name: bytearray(content) for name, content in log.base.items()}
        self._pending: dict[str, list[Event]] = {}
        self.told: list[object] = []

    def cuts(self) -> Iterator[int]:
        """Walk through the log; stop before and after every flush."""
        for n, event in enumerate(self._log.events):
            if event.kind == "sync":
                yield n
            self._take(event)
            if event.kind == "sync":
                yield n
        yield len(self._log.events)

    def leave(self, folder: Path, keep: Chance) -> None:
        """Write into an empty folder what a cut now leaves."""
        files = {name: bytearray(content) for name, content in self._files.items()}
        for events in self._pending.values():
            for event in events:
                kept = keep(event)
                if kept is not None:
                    _apply(files, kept)
        for name, content in files.items():
            (folder / name).write_bytes(content)

    def _take(self, event: Event) -> None:
        if event.kind == "told":
            self.told.append(event.told)
        elif event.kind == "sync":
            for each in self._pending.pop(event.path, ()):
                _apply(self._files, each)
        else:
            self._pending.setdefault(event.path, []).append(event)


def _apply(files: dict[str, bytearray], event: Event) -> None:
    if event.kind == "delete":
        files.pop(event.path, None)
        return
    content = files.setdefault(event.path, bytearray())
    if event.kind == "truncate":
        del content[event.at :]
    elif event.kind == "write":
        content.extend(bytes(max(0, event.at - len(content))))
        content[event.at : event.at + len(event.data)] = event.data


def emptied(folder: Path) -> Path:
    """Return the folder with nothing in it."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
    return folder

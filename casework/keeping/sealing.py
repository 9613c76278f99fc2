"""A file sealed with a passphrase: AES-256-GCM in chunks, so that it is written in one pass and read at any place.

    magic (8) · salt (16) · nonce prefix (7) · check (16) · chunks of 64 KiB, each with its tag (16)

The key comes of the passphrase by Argon2id. A chunk's nonce is prefix, number and whether it is the last one (the
STREAM construction), its associated data the header: a chunk that is changed, moved, dropped or cut off does not open.
`check` tells a wrong passphrase from a damaged file.
"""

import hmac
import io
import os
import struct
from typing import IO, TYPE_CHECKING

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.core.errors import refused

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

MAGIC = b"CWSEAL\x01\n"
_SALT, _PREFIX, _CHECK, _TAG, _KEY = 16, 7, 16, 16, 32
_HEADER = len(MAGIC) + _SALT + _PREFIX + _CHECK
_CHUNK = 64 * 1024
# RFC 9106 §4, the second recommended set with one lane: 64 MiB and three passes.
_PASSES, _KIBIBYTES, _LANES = 3, 64 * 1024, 1


def is_sealed(file: IO[bytes]) -> bool:
    """Say whether a file begins as a sealed one does; its place is left at the beginning."""
    file.seek(0)
    head = file.read(len(MAGIC))
    file.seek(0)
    return head == MAGIC


class Sealer(io.RawIOBase):
    """Writes a sealed file; it is whole only after `finish`."""

    def __init__(self, file: IO[bytes], *, passphrase: str) -> None:
        """Write the header."""
        super().__init__()
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        key, check = _derive(passphrase, salt)
        self._header = MAGIC + salt + self._prefix + check
        self._cipher = AESGCM(key)
        self._file = file
        self._number = 0
        self._waiting = bytearray()
        file.write(self._header)

    def writable(self) -> bool:
        """Say yes."""
        return True

    def write(self, data: "ReadableBuffer", /) -> int:
        """Take bytes; full chunks go out, all but the last one."""
        self._waiting += data
        while len(self._waiting) > _CHUNK:
            self._put(bytes(self._waiting[:_CHUNK]), is_last=False)
            del self._waiting[:_CHUNK]
        return memoryview(data).nbytes

    def finish(self) -> None:
        """Write what is left as the last chunk."""
        self._put(bytes(self._waiting), is_last=True)

    def _put(self, chunk: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, is_last=is_last)
        self._file.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class Opener(io.RawIOBase):
    """Reads a sealed file at any place."""

    def __init__(self, file: IO[bytes], *, passphrase: str) -> None:
        """Read the header.

        Raises:
            Refused: `backup_passphrase` (it is another one), `backup_damaged`.
        """
        super().__init__()
        self._file = file
        self._header = file.read(_HEADER)
        sealed = file.seek(0, io.SEEK_END) - _HEADER
        self._chunks = -(-sealed // (_CHUNK + _TAG))
        self._size = sealed - self._chunks * _TAG
        if len(self._header) < _HEADER or self._chunks < 1 or self._size < (self._chunks - 1) * _CHUNK:
            raise refused("backup_damaged")
        at = len(MAGIC)
        key, check = _derive(passphrase, self._header[at : at + _SALT])
        self._prefix = self._header[at + _SALT : at + _SALT + _PREFIX]
        if not hmac.compare_digest(check, self._header[-_CHECK:]):
            raise refused("backup_passphrase")
        self._cipher = AESGCM(key)
        self._place = 0
        self._open = (-1, b"")

    def readable(self) -> bool:
        """Say yes."""
        return True

    def seekable(self) -> bool:
        """Say yes."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Go to a place of the plain content."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def tell(self) -> int:
        """Return the place in the plain content."""
        return self._place

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read from one chunk.

        Raises:
            Refused: `backup_damaged`.
        """
        view = memoryview(buffer).cast("B")
        number, start = divmod(self._place, _CHUNK)
        if self._place >= self._size:
            # The last chunk is looked at even when nothing is left of it, so that a cut file never reads as whole.
            self._chunk(self._chunks - 1)
            return 0
        part = self._chunk(number)[start : start + len(view)]
        view[: len(part)] = part
        self._place += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if self._open[0] != number:
            self._file.seek(_HEADER + number * (_CHUNK + _TAG))
            data = self._file.read(_CHUNK + _TAG)
            nonce = _nonce(self._prefix, number, is_last=number == self._chunks - 1)
            try:
                self._open = (number, self._cipher.decrypt(nonce, data, self._header))
            except (InvalidTag, ValueError):
                raise refused("backup_damaged") from None
        return self._open[1]


def _nonce(prefix: bytes, number: int, *, is_last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, is_last)


def _derive(passphrase: str, salt: bytes) -> tuple[bytes, bytes]:
    made = hash_secret_raw(
        passphrase.encode("utf-8", "surrogateescape"),
        salt,
        time_cost=_PASSES,
        memory_cost=_KIBIBYTES,
        parallelism=_LANES,
        hash_len=_KEY + _CHECK,
        type=Type.ID,
    )
    return made[:_KEY], made[_KEY:]

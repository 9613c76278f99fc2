"""The file that holds the keys of an installation: what stands in it, and how it is read and replaced.

One JSON file, mode 0600, outside the database. It is replaced whole or not at all, one process at a time; whoever
encrypts with a key can be sure it is on the disk. Not here: encrypting with the keys (casework.core.encryption).
"""

import base64
import binascii
import fcntl
import hmac
import json
import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.core.unsafe import Unsafe, one

KEYRING_FILE = "keyring.json"
TAG_BYTES = 16
_FORMAT = 1
_INDEX_KEY_BYTES = 32


class UnsafeKeyring(Unsafe):
    """The key ring is missing, readable for others, damaged or of an unknown kind; the service does not start."""


class Aead(Protocol):
    """Authenticated encryption, as `cryptography` shapes it."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes: ...


class _Sm4Gcm:
    """SM4 (GB/T 32907) in Galois/counter mode, in the manner of `AESGCM`: the tag follows the ciphertext."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        worker = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        worker.authenticate_additional_data(associated_data or b"")
        return worker.update(data) + worker.finalize() + worker.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes | None) -> bytes:
        cut = len(data) - TAG_BYTES
        worker = Cipher(self._algorithm, modes.GCM(nonce, data[cut:])).decryptor()
        worker.authenticate_additional_data(associated_data or b"")
        return worker.update(data[:cut]) + worker.finalize()


# suite → bytes of its key, and the cipher made of one
_SUITES: Mapping[str, tuple[int, type[AESGCM] | type[_Sm4Gcm]]] = {
    "international": (32, AESGCM),
    "gm": (16, _Sm4Gcm),
}


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """What the file holds, with the ciphers made once. Without repr, so that no key reaches a log.

    `suites` and `data` go by the id of a data key, `index` by that of an index key.
    """

    suites: Mapping[str, str]
    data: Mapping[str, bytes]
    active: str
    index: Mapping[str, bytes]
    active_index: str
    ciphers: Mapping[str, Aead] = field(init=False)
    # By the id of an index key, what makes its indexes, to be copied for each.
    macs: Mapping[str, hmac.HMAC] = field(init=False)

    def __post_init__(self) -> None:
        ciphers = {key_id: _SUITES[self.suites[key_id]][1](key) for key_id, key in self.data.items()}
        object.__setattr__(self, "ciphers", ciphers)
        macs = {key_id: hmac.new(key, digestmod="sha256") for key_id, key in self.index.items()}
        object.__setattr__(self, "macs", macs)

    def with_data_key(self, suite: str) -> "Keys":
        """Add a fresh, active data key."""
        key_id = _new_key_id("k")
        key = secrets.token_bytes(_SUITES[suite][0])
        return replace(self, suites={**self.suites, key_id: suite}, data={**self.data, key_id: key}, active=key_id)

    def with_index_key(self) -> "Keys":
        """Add a fresh, active index key."""
        key_id = _new_key_id("x")
        return replace(self, index={**self.index, key_id: secrets.token_bytes(_INDEX_KEY_BYTES)}, active_index=key_id)


def fresh_keys(suite: str) -> Keys:
    """Make the keys of a new installation: one data key of `suite` and one index key."""
    return Keys({}, {}, "", {}, "").with_data_key(suite).with_index_key()


def read_keys(path: Path) -> Keys:
    """Read the file.

    Raises:
        UnsafeKeyring: it is missing, others may read it, or it cannot be understood.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read()
    except FileNotFoundError:
        raise UnsafeKeyring(one("keyring_missing", path=path)) from None
    except OSError as fault:
        raise UnsafeKeyring(one("keyring_unread", path=path, why=fault.strerror)) from None
    if mode & 0o077:
        raise UnsafeKeyring(one("keyring_open", path=path, mode=f"{mode:o}"))
    try:
        return _understood(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the cause: its text could quote a key.
        raise UnsafeKeyring(one("keyring_damaged", path=path)) from None


def _understood(content: Mapping[str, Any]) -> Keys:
    data, index = content["data"], content["index"]
    keys = Keys(
        suites={key_id: entry["suite"] for key_id, entry in data["keys"].items()},
        data={key_id: from_base64(entry["key"]) for key_id, entry in data["keys"].items()},
        active=data["active"],
        index={key_id: from_base64(text) for key_id, text in index["keys"].items()},
        active_index=index["active"],
    )
    holds = (
        content["format"] == _FORMAT
        and keys.active in keys.data
        and keys.active_index in keys.index
        and all(len(key) == _SUITES[keys.suites[key_id]][0] for key_id, key in keys.data.items())
        and all(len(key) == _INDEX_KEY_BYTES for key in keys.index.values())
    )
    if not holds:
        raise ValueError
    return keys


def write_keys(path: Path, *, keys: Keys) -> None:
    """Replace the file at once or not at all, and be sure it is on the disk before anything is encrypted with it."""
    data = {key_id: {"suite": keys.suites[key_id], "key": to_base64(key)} for key_id, key in keys.data.items()}
    index = {key_id: to_base64(key) for key_id, key in keys.index.items()}
    content = {
        "format": _FORMAT,
        "data": {"active": keys.active, "keys": data},
        "index": {"active": keys.active_index, "keys": index},
    }
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump(content, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    with _folder(path.parent) as handle:
        os.fsync(handle)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process or thread at a time change the ring in `folder`."""
    with _folder(folder) as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextmanager
def _folder(folder: Path) -> Iterator[int]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)


_URL_SAFE = bytes.maketrans(b"+/", b"-_")


def to_base64(data: bytes) -> str:
    """Write bytes in URL-safe base64 without padding."""
    return binascii.b2a_base64(data, newline=False).translate(_URL_SAFE).rstrip(b"=").decode()


def from_base64(text: str) -> bytes:
    """Decode the one way `to_base64` writes; `b""` for anything else, so that no two texts mean the same bytes."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if to_base64(data) == text else b""


def _new_key_id(kind: str) -> str:
    # Random, so that two installations never mean different keys by one name.
    return kind + secrets.token_hex(4)

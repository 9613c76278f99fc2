"""Encrypted columns, blind indexes, and the key ring they need.

A value is `v1:key_id:nonce:ciphertext` and bound to its cell: moved to another table, column or row it does not open
(reliability.md §4.1). A blind index finds equal values without opening them and is as secret as they are. The ring is
one file outside the database; losing it loses the data, so backups carry it. Not here: who may see a plain value, and
the walk through the tables that re-encrypts after a rotation.
"""

import base64
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
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from casework.core.texts import ascii_code

KEYRING_FILE = "keyring.json"
_FORMAT = 1
_VERSION = "v1"
_NONCE_BYTES = 12
_TAG_BYTES = 16
_INDEX_KEY_BYTES = 32
_CHECKED = b"casework key check"


class UnsafeKeyring(Exception):
    """The key ring is missing, readable for others, damaged or of an unknown kind; the service does not start."""


class WrongKey(Exception):
    """A key that is needed is not in this ring: it is another installation's or an older copy."""


class Tampered(Exception):
    """A stored value does not open in this cell: it was changed, cut, or moved here from elsewhere."""


class _Aead(Protocol):
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
        cut = len(data) - _TAG_BYTES
        worker = Cipher(self._algorithm, modes.GCM(nonce, data[cut:])).decryptor()
        worker.authenticate_additional_data(associated_data or b"")
        return worker.update(data[:cut]) + worker.finalize()


# suite → bytes of its key, and the cipher made of one
_SUITES: Mapping[str, tuple[int, type[AESGCM] | type[_Sm4Gcm]]] = {
    "international": (32, AESGCM),
    "gm": (16, _Sm4Gcm),
}


@dataclass(frozen=True, slots=True, repr=False)
class _Keys:
    """What the file holds, with the ciphers made once. Without repr, so that no key reaches a log."""

    suites: Mapping[str, str]
    data: Mapping[str, bytes]
    active: str
    index: Mapping[str, bytes]
    active_index: str
    ciphers: Mapping[str, _Aead] = field(init=False)

    def __post_init__(self) -> None:
        ciphers = {key_id: _SUITES[self.suites[key_id]][1](key) for key_id, key in self.data.items()}
        object.__setattr__(self, "ciphers", ciphers)

    def with_data_key(self, suite: str) -> "_Keys":
        """Add a fresh, active data key."""
        key_id = _new_key_id("k")
        key = secrets.token_bytes(_SUITES[suite][0])
        return replace(self, suites={**self.suites, key_id: suite}, data={**self.data, key_id: key}, active=key_id)

    def with_index_key(self) -> "_Keys":
        """Add a fresh, active index key."""
        key_id = _new_key_id("x")
        return replace(self, index={**self.index, key_id: secrets.token_bytes(_INDEX_KEY_BYTES)}, active_index=key_id)


class Keyring:
    """The keys of one installation: data keys and index keys, of each kind one is active.

    Safe to share between threads. A key that another process has added is found by reading the file again.
    """

    def __init__(self, path: Path) -> None:
        """Read the ring in the file `path`.

        Raises:
            UnsafeKeyring: there is none, others may read it, or it cannot be understood.
        """
        self.path = path
        self._keys = _read(path)

    @classmethod
    def open(cls, folder: Path, *, suite: str = "international") -> "Keyring":
        """Open the ring in `folder`; none is made once, and another `suite` than its own gets a new active key.

        Raises:
            UnsafeKeyring: others may read it, or it cannot be understood.
        """
        path = folder / KEYRING_FILE
        with _locked(folder):
            keys = _read(path) if path.exists() else None
            if keys is None:
                _write(path, _Keys({}, {}, "", {}, "").with_data_key(suite).with_index_key())
            elif keys.suites[keys.active] != suite:
                _write(path, keys.with_data_key(suite))
        return cls(path)

    def __repr__(self) -> str:
        """Say how many keys there are, never a key."""
        return f"Keyring({len(self._keys.data)} data keys, {len(self._keys.index)} index keys)"

    @property
    def suite(self) -> str:
        """The suite new values are encrypted with: `international` (AES-256-GCM) or `gm` (SM4-GCM)."""
        return self._keys.suites[self._keys.active]

    @property
    def active_key_id(self) -> str:
        """The data key new values are encrypted with."""
        return self._keys.active

    @property
    def active_index_key_id(self) -> str:
        """The key new blind indexes are made with."""
        return self._keys.active_index

    @property
    def key_ids(self) -> frozenset[str]:
        """Every key, data and index (invariant I24: no stored value is of another)."""
        return frozenset(self._keys.data) | frozenset(self._keys.index)

    def encrypt(self, plain: str, *, table: str, column: str, row_id: UUID | str) -> str:
        """Encrypt `plain` for one cell, with the active key."""
        keys = self._keys
        nonce = os.urandom(_NONCE_BYTES)
        data = keys.ciphers[keys.active].encrypt(nonce, plain.encode(), _cell(keys.active, table, column, row_id))
        return f"{_VERSION}:{keys.active}:{_to_base64(nonce)}:{_to_base64(data)}"

    def decrypt(self, value: str, *, table: str, column: str, row_id: UUID | str) -> str:
        """Open the value of one cell.

        Raises:
            WrongKey: its key is not in this ring.
            Tampered: it was changed or belongs to another cell.
        """
        key_id, nonce, data = _parts(value)
        cipher = self._keys.ciphers.get(key_id) or self._read_again().ciphers.get(key_id)
        if cipher is None:
            raise WrongKey(f"data key {key_id} is not in the ring")
        try:
            return cipher.decrypt(nonce, data, _cell(key_id, table, column, row_id)).decode()
        except InvalidTag:
            raise Tampered(f"the value of {table}.{column} in row {row_id} does not open") from None

    def reencrypt(self, value: str, *, table: str, column: str, row_id: UUID | str) -> str:
        """Return the value under the active key; one that is so already is returned as it stands.

        Raises:
            WrongKey: its key is not in this ring.
            Tampered: it was changed or belongs to another cell.
        """
        if key_id_of(value) == self._keys.active:
            return value
        plain = self.decrypt(value, table=table, column=column, row_id=row_id)
        return self.encrypt(plain, table=table, column=column, row_id=row_id)

    def blind_index(self, value: str) -> str:
        """Make `key_id:hex`, equal for equal values: HMAC-SHA256 of the plain ASCII, upper-case form without blanks."""
        return _blind(self._keys.active_index, self._keys.index, value)

    def blind_indexes(self, value: str) -> tuple[str, ...]:
        """Make the index with every key, the active one first: what to look for while a rotation is under way."""
        keys = self._keys
        older = [key_id for key_id in keys.index if key_id != keys.active_index]
        return tuple(_blind(key_id, keys.index, value) for key_id in (keys.active_index, *older))

    def key_check_value(self) -> str:
        """Sum the ring up in one line that gives no key away, for the database to keep (reliability.md F23).

        Keep it anew after `rotate`, and before `drop`.
        """
        every = sorted({**self._keys.data, **self._keys.index}.items())
        return ",".join(f"{key_id}={_hmac(key, _CHECKED)[:16]}" for key_id, key in every)

    def require(self, stored: str) -> None:
        """Compare with a check value kept earlier: each key it names must be here; further ones may.

        Raises:
            WrongKey: a key is missing, or another one bears its name.
        """
        here = frozenset(self.key_check_value().split(","))
        missing = sorted(frozenset(stored.split(",")) - here)
        if missing:
            names = ", ".join(check.partition("=")[0] for check in missing)
            raise WrongKey(f"the database was written with keys that {self.path} does not hold: {names}")

    def rotate(self) -> str:
        """Add a data key and make it active; older values stay readable. Returns its id."""
        with _locked(self.path.parent):
            keys = _read(self.path)
            self._keep(keys.with_data_key(keys.suites[keys.active]))
        return self._keys.active

    def rotate_index(self) -> str:
        """Add an index key and make it active; stored indexes are then to be made anew. Returns its id."""
        with _locked(self.path.parent):
            self._keep(_read(self.path).with_index_key())
        return self._keys.active_index

    def drop(self, key_id: str) -> None:
        """Take an old key out for good, once no stored value needs it.

        Raises:
            WrongKey: there is no such key, or it is an active one.
        """
        with _locked(self.path.parent):
            keys = _read(self.path)
            if key_id in (keys.active, keys.active_index) or key_id not in {**keys.data, **keys.index}:
                raise WrongKey(f"{key_id} is no old key of the ring")
            data = {name: key for name, key in keys.data.items() if name != key_id}
            index = {name: key for name, key in keys.index.items() if name != key_id}
            self._keep(replace(keys, data=data, index=index))

    def _keep(self, keys: _Keys) -> None:
        _write(self.path, keys)
        self._keys = keys

    def _read_again(self) -> _Keys:
        self._keys = _read(self.path)
        return self._keys


def key_id_of(value: str) -> str:
    """Tell the key of an encrypted value without opening it.

    Raises:
        Tampered: this is no encrypted value.
    """
    return _parts(value)[0]


def _parts(value: str) -> tuple[str, bytes, bytes]:
    match value.split(":"):
        case [version, key_id, nonce_text, data_text] if version == _VERSION:
            nonce, data = _from_base64(nonce_text), _from_base64(data_text)
            if len(nonce) == _NONCE_BYTES and len(data) >= _TAG_BYTES:
                return key_id, nonce, data
    raise Tampered("this is no encrypted value")


def _cell(key_id: str, table: str, column: str, row_id: UUID | str) -> bytes:
    return "\0".join((_VERSION, key_id, table, column, str(row_id))).encode()


def _blind(key_id: str, keys: Mapping[str, bytes], value: str) -> str:
    plain = "".join(ascii_code(value).split()).upper()
    return f"{key_id}:{_hmac(keys[key_id], plain.encode())}"


def _hmac(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()


def _new_key_id(kind: str) -> str:
    # Random, so that two installations never mean different keys by one name.
    return kind + secrets.token_hex(4)


def _to_base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _from_base64(text: str) -> bytes:
    """Decode the one way `_to_base64` writes; `b""` for anything else, so that no two texts mean the same bytes."""
    try:
        data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
    return data if _to_base64(data) == text else b""


def _read(path: Path) -> _Keys:
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            raw = file.read()
    except OSError as fault:
        raise UnsafeKeyring(f"the key ring {path} cannot be read: {fault.strerror}") from None
    if mode & 0o077:
        raise UnsafeKeyring(f"others may read the key ring {path} (mode {mode:o}); mend it with: chmod 600 {path}")
    try:
        keys = _understood(json.loads(raw))
    except (ValueError, KeyError, TypeError, AttributeError):
        # Without the cause: its text could quote a key.
        raise UnsafeKeyring(f"the key ring {path} is damaged or of an unknown kind; take it from a backup") from None
    return keys


def _understood(content: Mapping[str, Any]) -> _Keys:
    data, index = content["data"], content["index"]
    keys = _Keys(
        suites={key_id: entry["suite"] for key_id, entry in data["keys"].items()},
        data={key_id: _from_base64(entry["key"]) for key_id, entry in data["keys"].items()},
        active=data["active"],
        index={key_id: _from_base64(text) for key_id, text in index["keys"].items()},
        active_index=index["active"],
    )
    sizes_hold = all(len(key) == _SUITES[keys.suites[key_id]][0] for key_id, key in keys.data.items())
    sizes_hold = sizes_hold and all(len(key) == _INDEX_KEY_BYTES for key in keys.index.values())
    if content["format"] != _FORMAT or not sizes_hold or keys.active not in keys.data:
        raise ValueError
    if keys.active_index not in keys.index:
        raise ValueError
    return keys


def _write(path: Path, keys: _Keys) -> None:
    """Replace the file at once or not at all, and be sure it is on the disk before anything is encrypted with it."""
    data = {key_id: {"suite": keys.suites[key_id], "key": _to_base64(key)} for key_id, key in keys.data.items()}
    index = {key_id: _to_base64(key) for key_id, key in keys.index.items()}
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
def _locked(folder: Path) -> Iterator[None]:
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

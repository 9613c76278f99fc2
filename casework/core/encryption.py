"""Encrypted columns and blind indexes, by the key ring of the installation.

A value is `v1:key_id:nonce:ciphertext` and bound to its cell: moved to another table, column or row it does not open
(reliability.md §4.1). A blind index finds equal values without opening them and is as secret as they are. Not
here: the file of the keys (casework.core.key_file), who may see a plain value, and the walk through the tables that
re-encrypts after a rotation (casework.keeping.rotation).
"""

import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from cryptography.exceptions import InvalidTag

from casework.core import key_file
from casework.core.database import Session
from casework.core.key_file import KEYRING_FILE, TAG_BYTES, Keys, UnsafeKeyring, from_base64, to_base64
from casework.core.texts import ascii_code

__all__ = ["KEYRING_FILE", "Keyring", "Tampered", "UnsafeKeyring", "WrongKey", "key_id_of"]

_VERSION = "v1"
_NONCE_BYTES = 12
_CHECKED = b"casework key check"
# Under which name a session carries the ring it writes with.
_HELD = "keyring.held"


class WrongKey(Exception):
    """A key that is needed is not in this ring: it is another installation's or an older copy."""


class Tampered(Exception):
    """A stored value does not open in this cell: it was changed, cut, or moved here from elsewhere."""


class Keyring:
    """The keys of one installation: data keys and index keys, of each kind one is active.

    Safe to share between threads. Whoever encrypts looks first whether another process has replaced the file, so that
    from the moment of a rotation on nothing new is written with an old key.
    """

    def __init__(self, path: Path) -> None:
        """Read the ring in the file `path`.

        Raises:
            UnsafeKeyring: there is none, others may read it, or it cannot be understood.
        """
        self.path = path
        self._seen = _mark_of(path)
        self._keys = key_file.read_keys(path)

    @classmethod
    def open(cls, folder: Path, *, suite: str = "international") -> "Keyring":
        """Open the ring in `folder`; none is made once, and another `suite` than its own gets a new active key.

        Raises:
            UnsafeKeyring: others may read it, or it cannot be understood.
        """
        path = folder / KEYRING_FILE
        with key_file.locked(folder):
            keys = key_file.read_keys(path) if path.exists() else None
            if keys is None:
                key_file.write_keys(path, keys=key_file.fresh_keys(suite))
            elif keys.suites[keys.active] != suite:
                key_file.write_keys(path, keys=keys.with_data_key(suite))
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
        return self.row(table, row_id).encrypt(plain, column=column)

    def held(self) -> "Keyring":
        """Return this ring as it is now: what it writes, it writes with these keys, whatever the file holds later.

        For one transaction: none lasts as long as an old key stays usable (`casework.keeping.rotation.REST`). To look
        is to ask the system, which in an import lets the thread in that sends, and that one gives back late (0126).
        """
        ring = _Held.__new__(_Held)
        ring.path, ring._seen, ring._keys = self.path, self._seen, self._current()
        return ring

    def row(self, table: str, row_id: UUID | str) -> "RowKeys":
        """Return what encrypts the cells of one row and makes its blind indexes; the file is looked at once for all."""
        return RowKeys(self._current(), table, row_id if isinstance(row_id, str) else str(row_id))

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
        if key_id_of(value) == self._current().active:
            return value
        plain = self.decrypt(value, table=table, column=column, row_id=row_id)
        return self.encrypt(plain, table=table, column=column, row_id=row_id)

    def blind_index(self, value: str) -> str:
        """Make `key_id:hex`, equal for equal values: HMAC-SHA256 of the plain ASCII, upper-case form without blanks."""
        keys = self._current()
        return _blind(keys.active_index, keys, value)

    def blind_indexes(self, value: str) -> tuple[str, ...]:
        """Make the index with every key, the active one first: what to look for while a rotation is under way."""
        return tuple(self.values_by_index([value]))

    def values_by_index(self, values: Iterable[str]) -> dict[str, str]:
        """Do so for many values: return which value each index is of."""
        keys = self._current()
        older = [key_id for key_id in keys.index if key_id != keys.active_index]
        return {_blind(key_id, keys, each): each for each in values for key_id in (keys.active_index, *older)}

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
        with key_file.locked(self.path.parent):
            keys = key_file.read_keys(self.path)
            self._keep(keys.with_data_key(keys.suites[keys.active]))
        return self._keys.active

    def rotate_index(self) -> str:
        """Add an index key and make it active; stored indexes are then to be made anew. Returns its id."""
        with key_file.locked(self.path.parent):
            self._keep(key_file.read_keys(self.path).with_index_key())
        return self._keys.active_index

    def drop(self, key_id: str) -> None:
        """Take an old key out for good, once no stored value needs it.

        Raises:
            WrongKey: there is no such key, or it is an active one.
        """
        with key_file.locked(self.path.parent):
            keys = key_file.read_keys(self.path)
            if key_id in (keys.active, keys.active_index) or key_id not in {**keys.data, **keys.index}:
                raise WrongKey(f"{key_id} is no old key of the ring")
            data = {name: key for name, key in keys.data.items() if name != key_id}
            index = {name: key for name, key in keys.index.items() if name != key_id}
            self._keep(replace(keys, data=data, index=index))

    def _keep(self, keys: Keys) -> None:
        key_file.write_keys(self.path, keys=keys)
        self._seen = _mark_of(self.path)
        self._keys = keys

    def _current(self) -> Keys:
        """Return the keys of the file as it is now; one that is away or damaged for the moment is no newer one."""
        mark = _mark_of(self.path)
        if mark not in (self._seen, None):
            try:
                self._keys = key_file.read_keys(self.path)
            except UnsafeKeyring:
                return self._keys
            self._seen = mark
        return self._keys

    def _read_again(self) -> Keys:
        self._keys = key_file.read_keys(self.path)
        return self._keys


class _Held(Keyring):
    """A ring that does not look at its file to write."""

    def _current(self) -> Keys:
        return self._keys


@dataclass(frozen=True, slots=True)
class RowKeys:
    """The keys for one row that is written now."""

    keys: Keys
    table: str
    row_id: str

    def encrypt(self, plain: str, *, column: str) -> str:
        """Encrypt `plain` for a cell of the row, with the active key."""
        keys = self.keys
        nonce = _nonce()
        data = keys.ciphers[keys.active].encrypt(
            nonce, plain.encode(), _cell(keys.active, self.table, column, self.row_id)
        )
        return f"{_VERSION}:{keys.active}:{to_base64(nonce)}:{to_base64(data)}"

    def blind_index(self, value: str) -> str:
        """Do as `Keyring.blind_index`."""
        return _blind(self.keys.active_index, self.keys, value)


# Nonces to come: no secret, only never the same twice. The system is asked for many at once, since each asking lets
# another thread in (0126).
_NONCES = 128
_nonces: list[bytes] = []
# A child that was forked would else seal with the nonces of its parent.
os.register_at_fork(after_in_child=_nonces.clear)


def _nonce() -> bytes:
    while True:
        try:
            # One step, so that no two threads get the same.
            return _nonces.pop()
        except IndexError:
            drawn = os.urandom(_NONCES * _NONCE_BYTES)
            _nonces.extend([drawn[at : at + _NONCE_BYTES] for at in range(0, len(drawn), _NONCE_BYTES)])


def _mark_of(path: Path) -> tuple[int, int] | None:
    # The file is only ever replaced, never written into.
    try:
        found = os.stat(path)  # noqa: PTH116 - a path object takes twice as long, and this is asked for every value
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def key_id_of(value: str) -> str:
    """Tell the key of an encrypted value without opening it.

    Raises:
        Tampered: this is no encrypted value.
    """
    return _parts(value)[0]


def _parts(value: str) -> tuple[str, bytes, bytes]:
    match value.split(":"):
        case [version, key_id, nonce_text, data_text] if version == _VERSION:
            nonce, data = from_base64(nonce_text), from_base64(data_text)
            if len(nonce) == _NONCE_BYTES and len(data) >= TAG_BYTES:
                return key_id, nonce, data
    raise Tampered("this is no encrypted value")


def _cell(key_id: str, table: str, column: str, row_id: UUID | str) -> bytes:
    return "\0".join((_VERSION, key_id, table, column, str(row_id))).encode()


def keyring_of(session: Session) -> Keyring:
    """Return the key ring that travels with a session; its file is looked at once a session.

    Raises:
        TypeError: the database was opened without one.
    """
    held = session.info.get(_HELD)
    if held is None:
        keyring = session.info["keyring"]
        if not isinstance(keyring, Keyring):
            raise TypeError("this database was opened without a key ring")
        held = session.info[_HELD] = keyring.held()
    ring: Keyring = held
    return ring


def _blind(key_id: str, keys: Keys, value: str) -> str:
    plain = "".join(ascii_code(value).split()).upper()
    # To make one in a single call lets other threads in, which in an import give back late (0126).
    mac = keys.macs[key_id].copy()
    mac.update(plain.encode())
    return f"{key_id}:{mac.hexdigest()}"


def _hmac(key: bytes, message: bytes) -> str:
    return hmac.digest(key, message, "sha256").hex()

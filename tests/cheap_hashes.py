"""Passwords of the tests are hashed as ever by argon2id, with one pass over 8 KiB and not two over 19 MiB.

The price protects what is stolen, and nobody steals here; each of a thousand log-ins of the tests paid it. Who looks at
the price itself asks for `full_price`. A program that a test starts charges what it does in an office, and opens these
too: a hash says what it was made with.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from argon2 import PasswordHasher, Type

from casework.core import hashing

_hashing: Any = hashing
_OF_AN_OFFICE = (_hashing._HASHER, _hashing._NOBODY)
_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, hash_len=32, salt_len=16, type=Type.ID)


def charge_little() -> None:
    """Let this process hash and verify for next to nothing from now on."""
    _hashing._HASHER, _hashing._NOBODY = _CHEAP, _CHEAP.hash(secrets.token_urlsafe())


@contextmanager
def full_price() -> Iterator[None]:
    """Hash as an office does while this lasts."""
    before = (_hashing._HASHER, _hashing._NOBODY)
    _hashing._HASHER, _hashing._NOBODY = _OF_AN_OFFICE
    try:
        yield
    finally:
        _hashing._HASHER, _hashing._NOBODY = before

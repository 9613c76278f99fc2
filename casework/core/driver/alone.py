"""One transaction at a time judges what is to be there only once.

Such a rule compares rows that no lock covers, for those of the other transaction are not there yet. On SQLite a writing
transaction is alone anyway.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ARRAY, BigInteger, func, literal, select
from sqlalchemy.orm import Session


def hold(session: Session, what: str, *key: Any) -> None:
    """Wait until no other transaction holds this key, and hold it until this one ends."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(literal(_number(what, key), type_=BigInteger))))


def hold_all(session: Session, what: str, keys: Iterable[Iterable[Any]]) -> None:
    """Do so for many keys by one question, in an order of their own, so that two who hold many do not wait in a ring.

    The server has room for some thousand such locks at once: whoever writes a file asks for those of one chunk.
    """
    if session.get_bind().dialect.name != "postgresql":
        return
    numbers = sorted({_number(what, key) for key in keys})
    if numbers:
        each = func.unnest(literal(numbers, type_=ARRAY(BigInteger))).column_valued("number")
        session.execute(select(func.count(func.pg_advisory_xact_lock(each))))


def _number(what: str, key: Iterable[Any]) -> int:
    told = "\0".join((what, *map(str, key)))
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big", signed=True)

"""One transaction at a time judges what is to be there only once.

Such a rule compares rows that no lock covers, for those of the other transaction are not there yet. On SQLite a writing
transaction is alone anyway.
"""

import hashlib
from typing import Any

from sqlalchemy import BigInteger, func, literal, select
from sqlalchemy.orm import Session


def hold(session: Session, what: str, *key: Any) -> None:
    """Wait until no other transaction holds this key, and hold it until this one ends."""
    if session.get_bind().dialect.name == "postgresql":
        told = "\0".join((what, *map(str, key)))
        number = int.from_bytes(hashlib.sha256(told.encode()).digest()[:8], "big", signed=True)
        session.execute(select(func.pg_advisory_xact_lock(literal(number, type_=BigInteger))))

"""Many matters into the full text at once: what an import or a load test writes, in a few statements a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from sqlalchemy import select

from casework.core.database import Session
from casework.matters.search import SearchEntry, fold, fold_masked, tokens_of

# Pairs of characters whose token is kept: reports of many years have some ten thousand.
_MOST_KEPT = 50_000


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one new matter."""

    matter_id: UUID
    kind: str
    region_code: str
    at: datetime
    parts: Sequence[str | None]


def put_many(session: Session, words: Sequence[Words]) -> None:
    """Index new matters. On PostgreSQL they are sent with what else the session writes, within `together` too."""
    if not words:
        return
    folded = [fold(each.parts) for each in words]
    masked = [fold_masked(each.parts) for each in words]
    tokens = [sorted(_tokens(told) | _tokens(hidden or "")) for told, hidden in zip(folded, masked, strict=True)]
    is_postgresql = session.get_bind().dialect.name == "postgresql"
    for each, told, hidden, found in zip(words, folded, masked, tokens, strict=True):
        about = {"matter_id": each.matter_id, "kind": each.kind, "region_code": each.region_code, "at": each.at}
        about |= {"folded": told, "masked": hidden}
        session.put(session.make(SearchEntry, **about, tokens=found if is_postgresql else None))
    session.flush()
    if is_postgresql:
        return
    ids = [each.matter_id for each in words]
    asked = select(SearchEntry.matter_id, SearchEntry.n).where(SearchEntry.matter_id.in_(ids))
    numbers = {row.matter_id: row.n for row in session.execute(asked)}
    session.connection().exec_driver_sql(
        "INSERT INTO search_fts (rowid, tokens) VALUES (?, ?)",
        [(numbers[each.matter_id], " ".join(found)) for each, found in zip(words, tokens, strict=True)],
    )


class _Tokens(dict[tuple[str, str], str]):
    """The token of each pair met so far, empty for one that has none."""

    def __missing__(self, pair: tuple[str, str]) -> str:
        [*made] = tokens_of("".join(pair))
        token = self[pair] = made[0] if made else ""
        return token


_TOKENS = _Tokens()


def quick_tokens(folded: str, masked: str | None) -> str:
    """Return the tokens of a text in one string, as `tokens_of` makes them; pairs met before cost a look-up."""
    return " ".join(_tokens(folded) | _tokens(masked or ""))


def _tokens(folded: str) -> set[str]:
    if len(_TOKENS) > _MOST_KEPT:
        _TOKENS.clear()
    found = set(map(_TOKENS.__getitem__, pairwise(folded)))
    found.discard("")
    return found

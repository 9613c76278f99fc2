"""Many matters into the full text at once: what an import or a load test writes, in a few statements a batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text

from casework.core.database import Session
from casework.matters.search import SearchEntry, fold, tokens_of


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one new matter."""

    matter_id: UUID
    kind: str
    region_code: str
    at: datetime
    parts: Sequence[str | None]


def put_many(session: Session, words: Sequence[Words]) -> None:
    """Index new matters."""
    if not words:
        return
    folded = [fold(each.parts) for each in words]
    if session.get_bind().dialect.name == "postgresql":
        for each, told in zip(words, folded, strict=True):
            session.put(SearchEntry(**_values(each, told), tokens=tokens_of(told)))
        session.flush()
        return
    session.execute(
        insert(SearchEntry).inline(),
        [_values(each, told) for each, told in zip(words, folded, strict=True)],
    )
    ids = [each.matter_id for each in words]
    asked = select(SearchEntry.matter_id, SearchEntry.n).where(SearchEntry.matter_id.in_(ids))
    numbers = {row.matter_id: row.n for row in session.execute(asked)}
    session.execute(
        text("INSERT INTO search_fts (rowid, tokens) VALUES (:n, :tokens)"),
        [
            {"n": numbers[each.matter_id], "tokens": " ".join(tokens_of(told))}
            for each, told in zip(words, folded, strict=True)
        ],
    )


def _values(each: Words, folded: str) -> dict[str, Any]:
    about = {"matter_id": each.matter_id, "kind": each.kind, "region_code": each.region_code, "at": each.at}
    return {**about, "folded": folded}


class _Tokens(dict[tuple[str, str], str]):
    """The token of each pair met so far, empty for one that has none."""

    def __missing__(self, pair: tuple[str, str]) -> str:
        [*made] = tokens_of("".join(pair))
        token = self[pair] = made[0] if made else ""
        return token


_TOKENS = _Tokens()


def quick_tokens(folded: str) -> str:
    """Return the tokens of a text in one string, as `tokens_of` makes them; pairs met before cost a look-up."""
    found = set(map(_TOKENS.__getitem__, pairwise(folded)))
    found.discard("")
    return " ".join(found)

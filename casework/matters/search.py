"""Full text on both engines: overlapping pairs of characters, made here, indexed there, rechecked by LIKE.

Neither PostgreSQL's parser nor a trigram index finds a two-character word such as 饮水 (ecosystem.md §5), so every
pair of neighbouring characters is a token of its own. The index only proposes; the folded text decides, so the hits
are exactly those of LIKE.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Connection,
    Index,
    Subquery,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    cast,
    column,
    event,
    insert,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from casework.core import texts
from casework.core.columns import STRICT, Big, Id, Instant, Tokens
from casework.core.database import Base, Session

_ESCAPE = "/"
# All that `str.isspace` calls so; none lies beyond.
_BLANKS = frozenset(chr(code) for code in range(0x3001) if chr(code).isspace())
CREATE_FTS = "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, detail=none, tokenize='ascii')"


class SearchEntry(Base):
    """The folded text of one matter and its tokens; its place and instant, so that hits are told apart without more.

    To look up thousands of hits among the matters themselves took four times as long as to find them.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        UniqueConstraint("matter_id"),
        # Each question reads all that waits to be sorted into the index: 4 MB by default, 0.4 ms for every pair asked
        # for; with so little of it a new entry costs 0.04 ms more and a question nothing.
        Index(
            "ix_search_entries_tokens",
            "tokens",
            postgresql_using="gin",
            postgresql_with={"gin_pending_list_limit": 128},
        ).ddl_if(dialect="postgresql"),
        STRICT,
    )

    n: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    # Where its matter belongs, as that says itself (checked by `verify`), and when it was reported or begun.
    region_code: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    folded: Mapped[str] = mapped_column(Text)
    tokens: Mapped[Any] = mapped_column(Tokens, nullable=True)


@event.listens_for(SearchEntry.__table__, "after_create")
def _create_fts(_table: Any, connection: Connection, **_options: Any) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(CREATE_FTS)


def fold(parts: Iterable[str | None]) -> str:
    """Fold texts to what is compared: one line each, width and case evened out, invisible characters gone."""
    return "\n".join(texts.search_key(part) for part in parts if part)


def tokens_of(folded: str) -> list[str]:
    """Return the distinct pairs of neighbouring visible characters, as ASCII tokens."""
    # Each character is written out once, not for each pair it is of; blanks are of none.
    codes = ["" if character in _BLANKS else f"{ord(character):x}" for character in folded]
    return sorted({f"{one}z{other}" for one, other in pairwise(codes) if one and other})


def pairs_of(folded: str) -> set[str]:
    """Return the distinct pairs of neighbouring visible characters."""
    found = set(map(add, folded, folded[1:]))
    blank = _BLANKS.intersection(folded)
    return {pair for pair in found if pair[0] not in blank and pair[1] not in blank} if blank else found


def token_of(pair: str) -> str:
    """Return the token that stands for two characters in the index."""
    return f"{ord(pair[0]):x}z{ord(pair[1]):x}"


def pair_of(token: str) -> str:
    """Return the two characters that a token stands for."""
    one, _, two = token.partition("z")
    return chr(int(one, 16)) + chr(int(two, 16))


def put(
    session: Session, *, matter_id: UUID, kind: str, region_code: str, at: datetime, parts: Iterable[str | None]
) -> None:
    """Index a new matter of a place, reported or begun `at`."""
    folded = fold(parts)
    tokens = tokens_of(folded)
    values = {"matter_id": matter_id, "kind": kind, "region_code": region_code, "at": at, "folded": folded}
    if session.get_bind().dialect.name == "postgresql":
        # Sent with the matter itself.
        session.put(SearchEntry.made(**values, tokens=tokens))
        return
    n = session.scalar(insert(SearchEntry).values(values).returning(SearchEntry.n))
    session.execute(
        text("INSERT INTO search_fts (rowid, tokens) VALUES (:n, :tokens)"), {"n": n, "tokens": " ".join(tokens)}
    )


def mend(session: Session, *, matter_id: UUID, region_code: str, parts: Iterable[str | None]) -> None:
    """Index a matter anew after its text or its place was changed."""
    folded = fold(parts)
    tokens = tokens_of(folded)
    unsent = next((row for row in session.waiting(SearchEntry) if row.matter_id == matter_id), None)
    if unsent is not None:
        unsent.region_code, unsent.folded, unsent.tokens = region_code, folded, tokens
    elif session.get_bind().dialect.name == "postgresql":
        session.execute(
            text(
                "UPDATE search_entries SET region_code = :region_code, folded = :folded,"
                " tokens = array_to_tsvector(:tokens) WHERE matter_id = :matter_id"
            ),
            {"matter_id": matter_id, "region_code": region_code, "folded": folded, "tokens": tokens},
        )
    else:
        changed = update(SearchEntry).where(SearchEntry.matter_id == matter_id)
        n = session.scalar(changed.values(region_code=region_code, folded=folded).returning(SearchEntry.n))
        _mend_fts(session, n, tokens)


def _mend_fts(session: Session, n: int | None, tokens: Sequence[str]) -> None:
    session.execute(
        text("UPDATE search_fts SET tokens = :tokens WHERE rowid = :n"), {"n": n, "tokens": " ".join(tokens)}
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text has to hold: every one of these pairs of characters, and every one of these runs of them.

    A word of two characters is a pair and nothing else, so that the index alone answers for it.
    """

    pairs: tuple[str, ...]
    runs: tuple[str, ...]

    @property
    def shape(self) -> tuple[bool, int]:
        """Return whether the index can propose anything, and how many runs have to be looked for."""
        return bool(self.pairs), len(self.runs)

    def values(self, *, is_postgresql: bool) -> dict[str, str]:
        """Return the parameters of a `condition_of` this shape."""
        between, quote = (" & ", "") if is_postgresql else (" AND ", '"')
        given = {f"run{n}": f"%{_escaped(run)}%" for n, run in enumerate(self.runs)}
        tokens = between.join(f"{quote}{token_of(pair)}{quote}" for pair in self.pairs)
        return {"pairs": tokens, **given} if self.pairs else given


def sought(words: str) -> Sought:
    """Return what stands in the text of every matter found by `words` (split at blanks)."""
    runs = list(dict.fromkeys(texts.search_key(words).split()))
    pairs = {pair for run in runs for pair in pairs_of(run)}
    return Sought(tuple(sorted(pairs)), tuple(run for run in runs if len(run) != 2))


def matches(session: Session, words: str) -> ColumnElement[bool]:
    """Return the condition on `SearchEntry` that every word of `words` (split at blanks) occurs in its text."""
    asked, is_postgresql = sought(words), session.get_bind().dialect.name == "postgresql"
    values = asked.values(is_postgresql=is_postgresql)
    return _condition(asked.shape, lambda name: bindparam(None, values[name]), is_postgresql=is_postgresql)


def condition_of(shape: tuple[bool, int], *, is_postgresql: bool) -> ColumnElement[bool]:
    """Return the same for any words of a shape, for a statement that is kept: run it with `Sought.values`."""
    return _condition(shape, lambda name: bindparam(name, type_=Text()), is_postgresql=is_postgresql)


def _condition(
    shape: tuple[bool, int], parameter: Callable[[str], BindParameter[str]], *, is_postgresql: bool
) -> ColumnElement[bool]:
    has_pairs, runs = shape
    terms: list[ColumnElement[bool]] = []
    if has_pairs and is_postgresql:
        terms.append(SearchEntry.tokens.op("@@")(cast(parameter("pairs"), postgresql.TSQUERY)))
    elif has_pairs:
        held = column("search_fts").op("MATCH")(parameter("pairs"))
        terms.append(SearchEntry.n.in_(select(column("rowid")).select_from(table("search_fts")).where(held)))
    terms += [SearchEntry.folded.like(parameter(f"run{n}"), escape=_ESCAPE) for n in range(runs)]
    return and_(true(), *terms)


def _escaped(run: str) -> str:
    for each in (_ESCAPE, "%", "_"):
        run = run.replace(each, _ESCAPE + each)
    return run


def sharing(session: Session, weights: Mapping[str, int], *, limit: int) -> Subquery:
    """Return what asks for the entries whose shared tokens weigh most: `n` and `weight`; of equal ones the newest.

    Every entry with one of the tokens is read and weighed by the database: ask for rare ones.
    """
    if session.get_bind().dialect.name == "postgresql":
        given = {"tokens": list(weights), "weights": list(weights.values()), "most": limit}
        asked = text(_SHARING_POSTGRESQL).bindparams(**given)
    else:
        asked = text(_SHARING_SQLITE).bindparams(weights=json.dumps(dict(weights)), most=limit)
    return asked.columns(column("n", Big), column("weight", Big)).subquery("shared")


_SHARING_POSTGRESQL = (
    "SELECT found.n, CAST(sum(asked.weight) AS bigint) AS weight"
    " FROM unnest(CAST(:tokens AS text[]), CAST(:weights AS bigint[])) AS asked (token, weight)"
    " CROSS JOIN LATERAL (SELECT n FROM search_entries WHERE tokens @@ CAST(asked.token AS tsquery)) AS found"
    " GROUP BY found.n ORDER BY 2 DESC, found.n DESC LIMIT :most"
)
_SHARING_SQLITE = (
    "SELECT search_fts.rowid AS n, sum(asked.value) AS weight FROM json_each(:weights) AS asked CROSS JOIN search_fts"
    " WHERE search_fts MATCH asked.key GROUP BY search_fts.rowid"
    " ORDER BY sum(asked.value) DESC, search_fts.rowid DESC LIMIT :most"
)


def is_selective(words: str) -> bool:
    """Say whether the index can propose anything: some word has two characters or more."""
    return any(len(word) > 1 for word in texts.search_key(words).split())

"""Full text on both engines: overlapping pairs of characters, made here, indexed there, rechecked by LIKE.

Neither PostgreSQL's parser nor a trigram index finds a two-character word such as 饮水 (ecosystem.md §5), so every
pair of neighbouring characters is a token of its own. The index only proposes; the folded text decides, so the hits
are exactly those of LIKE.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from operator import add
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Connection,
    Index,
    Select,
    Text,
    UniqueConstraint,
    and_,
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
from casework.core.columns import STRICT, Big, Id, Tokens
from casework.core.database import Base, Session

CREATE_FTS = "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, detail=none, tokenize='ascii')"


class SearchEntry(Base):
    """The folded text of one matter and its tokens."""

    __tablename__ = "search_entries"
    __table_args__ = (
        UniqueConstraint("matter_id"),
        Index("ix_search_entries_tokens", "tokens", postgresql_using="gin").ddl_if(dialect="postgresql"),
        STRICT,
    )

    n: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
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
    return sorted(token_of(pair) for pair in pairs_of(folded))


def pairs_of(folded: str) -> set[str]:
    """Return the distinct pairs of neighbouring visible characters."""
    found = set(map(add, folded, folded[1:]))
    # Of a text's characters few are different, so each is looked at once.
    blank = {each for each in set(folded) if each.isspace()}
    return {pair for pair in found if pair[0] not in blank and pair[1] not in blank} if blank else found


def token_of(pair: str) -> str:
    """Return the token that stands for two characters in the index."""
    return f"{ord(pair[0]):x}z{ord(pair[1]):x}"


def pair_of(token: str) -> str:
    """Return the two characters that a token stands for."""
    one, _, two = token.partition("z")
    return chr(int(one, 16)) + chr(int(two, 16))


def put(session: Session, *, matter_id: UUID, kind: str, parts: Iterable[str | None]) -> None:
    """Index a new matter."""
    folded = fold(parts)
    tokens = tokens_of(folded)
    if session.get_bind().dialect.name == "postgresql":
        # Sent with the matter itself.
        session.put(SearchEntry(matter_id=matter_id, kind=kind, folded=folded, tokens=tokens))
        return
    n = session.scalar(
        insert(SearchEntry).values(matter_id=matter_id, kind=kind, folded=folded).returning(SearchEntry.n)
    )
    session.execute(
        text("INSERT INTO search_fts (rowid, tokens) VALUES (:n, :tokens)"), {"n": n, "tokens": " ".join(tokens)}
    )


def mend(session: Session, *, matter_id: UUID, parts: Iterable[str | None]) -> None:
    """Index a matter anew after its text was changed."""
    folded = fold(parts)
    tokens = tokens_of(folded)
    unsent = next((row for row in session.waiting(SearchEntry) if row.matter_id == matter_id), None)
    if unsent is not None:
        unsent.folded, unsent.tokens = folded, tokens
    elif session.get_bind().dialect.name == "postgresql":
        session.execute(
            text(
                "UPDATE search_entries SET folded = :folded, tokens = array_to_tsvector(:tokens)"
                " WHERE matter_id = :matter_id"
            ),
            {"matter_id": matter_id, "folded": folded, "tokens": tokens},
        )
    else:
        _mend_fts(session, matter_id, folded, tokens)


def _mend_fts(session: Session, matter_id: UUID, folded: str, tokens: Sequence[str]) -> None:
    n = session.scalar(
        update(SearchEntry).where(SearchEntry.matter_id == matter_id).values(folded=folded).returning(SearchEntry.n)
    )
    session.execute(
        text("UPDATE search_fts SET tokens = :tokens WHERE rowid = :n"), {"n": n, "tokens": " ".join(tokens)}
    )


def matches(session: Session, words: str) -> ColumnElement[bool]:
    """Return the condition on `SearchEntry` that every word of `words` (split at blanks) occurs in its text."""
    terms: list[ColumnElement[bool]] = []
    for word in texts.search_key(words).split():
        terms += [_indexed(session, word), SearchEntry.folded.contains(word, autoescape=True)]
    return and_(true(), *terms)


def sharing(session: Session, weights: Mapping[str, int], *, limit: int) -> Sequence[int]:
    """Return the numbers of the entries whose shared tokens weigh most, of equal ones the newest first.

    Every entry with one of the tokens is read and weighed by the database: ask for rare ones.
    """
    if not weights:
        return ()
    if session.get_bind().dialect.name == "postgresql":
        asked = text(
            "SELECT found.n FROM unnest(CAST(:tokens AS text[]), CAST(:weights AS bigint[])) AS asked (token, weight)"
            " CROSS JOIN LATERAL (SELECT n FROM search_entries WHERE tokens @@ CAST(asked.token AS tsquery)) AS found"
            " GROUP BY found.n ORDER BY sum(asked.weight) DESC, found.n DESC LIMIT :most"
        )
        given = {"tokens": list(weights), "weights": list(weights.values()), "most": limit}
        return session.scalars(asked, given).all()
    asked = text(
        "SELECT search_fts.rowid FROM json_each(:weights) AS asked CROSS JOIN search_fts"
        " WHERE search_fts MATCH asked.key GROUP BY search_fts.rowid"
        " ORDER BY sum(asked.value) DESC, search_fts.rowid DESC LIMIT :most"
    )
    return session.scalars(asked, {"weights": json.dumps(dict(weights)), "most": limit}).all()


def is_selective(words: str) -> bool:
    """Say whether the index can propose anything: some word has two characters or more."""
    return any(len(word) > 1 for word in texts.search_key(words).split())


def _indexed(session: Session, word: str) -> ColumnElement[bool]:
    tokens = tokens_of(word)
    if not tokens:
        return true()
    if session.get_bind().dialect.name == "postgresql":
        return SearchEntry.tokens.op("@@")(cast(" & ".join(tokens), postgresql.TSQUERY))
    query = " AND ".join(f'"{token}"' for token in tokens)
    found: Select[Any] = (
        select(column("rowid")).select_from(table("search_fts")).where(column("search_fts").op("MATCH")(query))
    )
    return SearchEntry.n.in_(found)

"""Full text on both engines: overlapping pairs of characters, made here, indexed there, rechecked by LIKE.

Neither PostgreSQL's parser nor a trigram index finds a two-character word such as 饮水 (ecosystem.md §5), so every
pair of neighbouring characters is a token of its own. The index only proposes; the folded text decides, so the hits
are exactly those of LIKE. Whoever is shown a text with the numbers of people masked is answered by the masked text.
"""

import json
import re
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
    Subquery,
    Text,
    UniqueConstraint,
    and_,
    bindparam,
    case,
    cast,
    column,
    event,
    insert,
    or_,
    select,
    table,
    text,
    true,
    update,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Mapped, mapped_column

from casework.core import personal, texts
from casework.core.columns import STRICT, Big, Id, Instant, Tokens
from casework.core.database import Base, Session
from casework.matters import days

_ESCAPE = "/"
# Masking changes nothing but numbers: what holds none of these stands in a text masked or not.
_TOUCHED_BY_MASKS = re.compile(rf"[0-9+{re.escape(personal.MASK)}-]")
# All that `str.isspace` calls so; none lies beyond.
_BLANKS = frozenset(chr(code) for code in range(0x3001) if chr(code).isspace())
# On PostgreSQL the first two lines of a text (a case's title and description) have an index for who looks for the very
# same, as an import does for hundreds at a time. Not at the case: a row that moves writes its indexes anew.
LINES = tuple(f"split_part(folded, E'\\n', {nth})" for nth in (1, 2))
# The days of a matter stand beside its pairs, so that of a common word those of a few days are found by themselves.
# Each question reads all that waits to be sorted into the index: 4 MB by default, 0.4 ms for every pair asked for; with
# so little of it a new entry costs 0.04 ms more and a question nothing.
CREATE_INDEXES = (
    f"CREATE INDEX ix_search_entries_tokens ON search_entries USING gin (tokens, ({days.numbers_of('at')}))"
    " WITH (gin_pending_list_limit = 128)",
    *(
        f"CREATE INDEX ix_search_entries_line_{nth} ON search_entries USING hash ({line})"
        for nth, line in enumerate(LINES, 1)
    ),
)
CREATE_FTS = "CREATE VIRTUAL TABLE search_fts USING fts5(tokens, detail=none, tokenize='ascii')"


class SearchEntry(Base):
    """The folded text of one matter and its tokens; its place and instant, so that hits are told apart without more.

    To look up thousands of hits among the matters themselves took four times as long as to find them.
    """

    __tablename__ = "search_entries"
    __table_args__ = (
        UniqueConstraint("matter_id"),
        STRICT,
    )

    n: Mapped[int] = mapped_column(Big, primary_key=True, autoincrement=True)
    matter_id: Mapped[UUID] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(Text)
    # Where its matter belongs, as that says itself (checked by `verify`), and when it was reported or begun.
    region_code: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    folded: Mapped[str] = mapped_column(Text)
    # The same as who may not read numbers of people sees it; nothing where there is none in it.
    masked: Mapped[str | None] = mapped_column(Text)
    # Of both.
    tokens: Mapped[Any] = mapped_column(Tokens, nullable=True)


@event.listens_for(SearchEntry.__table__, "after_create")
def _create_what_tables_cannot_say(_table: Any, connection: Connection, **_options: Any) -> None:
    for statement in CREATE_INDEXES if connection.dialect.name == "postgresql" else (CREATE_FTS,):
        connection.exec_driver_sql(statement)


def fold(parts: Iterable[str | None]) -> str:
    """Fold texts to what is compared: one line each, width and case evened out, invisible characters gone."""
    return "\n".join(texts.search_key(part) for part in parts if part)


def fold_masked(parts: Iterable[str | None]) -> str | None:
    """Fold texts as who may not read numbers of people sees them; None where there is none in them."""
    told = [part for part in parts if part]
    masked = [personal.scrub(part) for part in told]
    return None if masked == told else fold(masked)


def tokens_of(folded: str, masked: str | None = None) -> list[str]:
    """Return the distinct pairs of neighbouring visible characters, as ASCII tokens."""
    if masked is not None:
        folded = f"{folded}\n{masked}"
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
    told, tokens = _indexed(parts)
    values = {"matter_id": matter_id, "kind": kind, "region_code": region_code, "at": at, **told}
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
    told, tokens = _indexed(parts)
    unsent = next((row for row in session.waiting(SearchEntry) if row.matter_id == matter_id), None)
    if unsent is not None:
        unsent.region_code, unsent.tokens = region_code, tokens
        unsent.folded, unsent.masked = told["folded"], told["masked"]
    elif session.get_bind().dialect.name == "postgresql":
        session.execute(
            text(
                "UPDATE search_entries SET region_code = :region_code, folded = :folded, masked = :masked,"
                " tokens = array_to_tsvector(:tokens) WHERE matter_id = :matter_id"
            ),
            {"matter_id": matter_id, "region_code": region_code, "tokens": tokens, **told},
        )
    else:
        changed = update(SearchEntry).where(SearchEntry.matter_id == matter_id)
        n = session.scalar(changed.values(region_code=region_code, **told).returning(SearchEntry.n))
        _mend_fts(session, n, tokens)


def _indexed(parts: Iterable[str | None]) -> tuple[dict[str, Any], list[str]]:
    """Return the texts that are kept of a matter, and their tokens."""
    told = tuple(parts)
    folded, masked = fold(told), fold_masked(told)
    return {"folded": folded, "masked": masked}, tokens_of(folded, masked)


def _mend_fts(session: Session, n: int | None, tokens: Sequence[str]) -> None:
    session.execute(
        text("UPDATE search_fts SET tokens = :tokens WHERE rowid = :n"), {"n": n, "tokens": " ".join(tokens)}
    )


@dataclass(frozen=True, slots=True)
class Sought:
    """What a text has to hold: every one of these pairs of characters, and every one of these runs of them.

    A word of two characters is a pair and nothing else, so that the index alone answers for it; but not one that
    masking touches, for the tokens are those of the text as typed and of the masked one together.
    """

    pairs: tuple[str, ...]
    runs: tuple[str, ...]

    @property
    def shape(self) -> "Shape":
        """Return what of it makes the condition another one."""
        return Shape(bool(self.pairs), len(self.runs), any(map(_TOUCHED_BY_MASKS.search, self.runs)))

    def values(self, *, is_postgresql: bool) -> dict[str, str]:
        """Return the parameters of a `condition_of` this shape."""
        between, quote = (" & ", "") if is_postgresql else (" AND ", '"')
        given = {f"run{n}": f"%{_escaped(run)}%" for n, run in enumerate(self.runs)}
        tokens = between.join(f"{quote}{token_of(pair)}{quote}" for pair in self.pairs)
        return {"pairs": tokens, **given} if self.pairs else given


@dataclass(frozen=True, slots=True)
class Shape:
    """Whether the index can propose anything, how many runs have to be looked for, and whether masks touch them."""

    has_pairs: bool
    runs: int
    is_touched: bool


def sought(words: str) -> Sought:
    """Return what stands in the text of every matter found by `words` (split at blanks)."""
    runs = list(dict.fromkeys(texts.search_key(words).split()))
    pairs = {pair for run in runs for pair in pairs_of(run)}
    return Sought(tuple(sorted(pairs)), tuple(run for run in runs if len(run) != 2 or _TOUCHED_BY_MASKS.search(run)))


def matches(session: Session, words: str, *, plainly: ColumnElement[bool] | None) -> ColumnElement[bool]:
    """Return the condition on `SearchEntry` that every word of `words` (split at blanks) occurs in its text.

    `plainly`: of which entries who searches reads the text as typed (None: of all); of others it is the masked text.
    """
    asked, is_postgresql = sought(words), session.get_bind().dialect.name == "postgresql"
    values = asked.values(is_postgresql=is_postgresql)
    return _condition(asked.shape, lambda name: bindparam(None, values[name]), plainly, is_postgresql=is_postgresql)


def condition_of(
    shape: Shape, *, plainly: ColumnElement[bool] | None, is_postgresql: bool, for_any: bool = False
) -> ColumnElement[bool]:
    """Return the same for any words of a shape, for a statement that is kept: run it with `Sought.values`.

    `for_any`: PostgreSQL shall not look at the words when it plans. One plan is as good for all of them, and for rare
    ones it seems dearer than theirs, so that each question would be planned anew, which takes longer than to answer it.
    """
    how = {"is_postgresql": is_postgresql, "for_any": for_any}
    return _condition(shape, lambda name: bindparam(name, type_=Text()), plainly, **how)


def _condition(
    shape: Shape,
    parameter: Callable[[str], BindParameter[str]],
    plainly: ColumnElement[bool] | None,
    *,
    is_postgresql: bool,
    for_any: bool = False,
) -> ColumnElement[bool]:
    terms: list[ColumnElement[bool]] = []
    if shape.has_pairs and is_postgresql:
        pairs: Any = cast(parameter("pairs"), postgresql.TSQUERY)
        terms.append(SearchEntry.tokens.op("@@")(select(pairs).scalar_subquery() if for_any else pairs))
    elif shape.has_pairs:
        held = column("search_fts").op("MATCH")(parameter("pairs"))
        terms.append(SearchEntry.n.in_(select(column("rowid")).select_from(table("search_fts")).where(held)))
    told = text_seen(plainly) if shape.is_touched else SearchEntry.folded
    terms += [told.like(parameter(f"run{n}"), escape=_ESCAPE) for n in range(shape.runs)]
    return and_(true(), *terms)


def text_seen(plainly: ColumnElement[bool] | None) -> Any:
    """Return the folded text as who searches sees it: see `matches`."""
    if plainly is None:
        return SearchEntry.folded
    return case((or_(SearchEntry.masked.is_(None), plainly), SearchEntry.folded), else_=SearchEntry.masked)


def is_touched(words: str) -> bool:
    """Say whether it matters to these words that numbers of people are masked."""
    return _TOUCHED_BY_MASKS.search(texts.search_key(words)) is not None


def _escaped(run: str) -> str:
    for each in (_ESCAPE, "%", "_"):
        run = run.replace(each, _ESCAPE + each)
    return run


def sharing(session: Session, weights: Mapping[str, int], *, limit: int, most_read: int) -> Subquery:
    """Return what asks for the entries whose shared tokens weigh most: `n` and `weight`; of equal ones the newest.

    Every entry with one of the tokens is read and weighed by the database: ask for rare ones, the rarest first. No more
    than `most_read` are: where a crowd has just told the same, its first words are enough to find it by.
    """
    if session.get_bind().dialect.name == "postgresql":
        given = {"tokens": list(weights), "weights": list(weights.values()), "most": limit, "most_read": most_read}
        asked = text(_SHARING_POSTGRESQL).bindparams(**given)
    else:
        given = {"weights": json.dumps(dict(weights)), "most": limit, "most_read": most_read}
        asked = text(_SHARING_SQLITE).bindparams(**given)
    return asked.columns(column("n", Big), column("weight", Big)).subquery("shared")


_SHARING_POSTGRESQL = (
    "SELECT n, CAST(sum(weight) AS bigint) AS weight FROM (SELECT found.n, asked.weight"
    " FROM unnest(CAST(:tokens AS text[]), CAST(:weights AS bigint[])) AS asked (token, weight)"
    " CROSS JOIN LATERAL (SELECT n FROM search_entries WHERE tokens @@ CAST(asked.token AS tsquery)) AS found"
    " LIMIT :most_read) AS held GROUP BY n ORDER BY 2 DESC, n DESC LIMIT :most"
)
_SHARING_SQLITE = (
    "SELECT n, sum(weight) AS weight FROM (SELECT search_fts.rowid AS n, asked.value AS weight"
    " FROM json_each(:weights) AS asked CROSS JOIN search_fts WHERE search_fts MATCH asked.key LIMIT :most_read)"
    " GROUP BY n ORDER BY 2 DESC, n DESC LIMIT :most"
)


def is_selective(words: str) -> bool:
    """Say whether the index can propose anything: some word has two characters or more."""
    return any(len(word) > 1 for word in texts.search_key(words).split())

"""How common each pair of characters is in the texts of all matters, so that what is rare can speak louder.

Counted by the database from the tokens that the search has anyway, and kept as one small row an edition: the pairs
that stand in most matters, each with the number of those. What is in none of them is rarer than all of them. An office
that has told fewer than fifty matters knows nothing yet; then every pair speaks equally loud.
"""

import json
import math
import threading
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import LargeBinary, TextClause, delete, func, select, text
from sqlalchemy.orm import Mapped, mapped_column

from casework.core.columns import STRICT, Big, Id, Instant
from casework.core.database import Base, Session
from casework.core.ids import new_id
from casework.matters.search import SearchEntry, pair_of

# What is kept, and read by every process that asks: some two megabytes there.
MOST_PAIRS = 40000
FEWEST_MATTERS = 50
# On PostgreSQL counting reads every text; the newest tell as much as all.
_MOST_READ = 30_000
# Counted anew once a quarter more has been told than when it was counted last.
_GROWTH = 1.25
# A pair that stands in more than a tenth of all matters says nothing about one.
_TOO_COMMON = 10
_POWER = 4
_UNKNOWN_RUN, _RARE_PAIRS_OF_A_NAME = 8.0, 2.8
_lock = threading.Lock()
_opened: dict[str, tuple[UUID, "Knowledge"]] = {}


class WordCount(Base):
    """One counting. `counts`: JSON of token → number of matters, packed; only the newest row is kept."""

    __tablename__ = "word_counts"
    __table_args__ = (STRICT,)

    id: Mapped[UUID] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime] = mapped_column(Instant)
    matters: Mapped[int] = mapped_column(Big)
    # The highest number of a search entry at that time: tells how much has been told since.
    up_to: Mapped[int] = mapped_column(Big)
    counts: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)


class Loudness(dict[str, float]):
    """How loud each pair speaks: its rarity to the fourth power; `unmet` for every pair that is not there."""

    unmet: float = 1.0

    def __missing__(self, pair: str) -> float:
        return self.unmet


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What a counting knows: how loud each pair of characters speaks. Without one (`matters` 0) all are alike.

    Rarity is ln of all matters over those with the pair, 0 for a pair too common to tell anything. `told`: how many
    matters there were in all, of which `matters` were counted.
    """

    matters: int = 0
    told: int = 0
    loud: Loudness = field(default_factory=Loudness)

    def rarity(self, pair: str) -> float:
        """Return the rarity of two neighbouring characters."""
        return float(self.loud[pair] ** (1 / _POWER))

    def stands_in(self, pair: str) -> float:
        """Return in about how many matters a pair stands."""
        if not self.matters:
            return 0.0
        counted = (self.matters + 1) / math.exp(self.rarity(pair)) - 0.5
        return counted * max(1.0, self.told / self.matters)

    @property
    def of_a_name(self) -> float:
        """Return the rarity that the pairs of a proper name have together: four characters met nowhere else."""
        return _RARE_PAIRS_OF_A_NAME * math.log((self.matters + 1) / 2.5) if self.matters else _UNKNOWN_RUN


def loudness(rarities: Mapping[str, float], unmet: float) -> Loudness:
    """Return how loud pairs of these rarities speak, and one that is not among them."""
    # Few rarities are different: each is raised once, and pairs of one rarity share the number.
    raised = {rarity: rarity**_POWER for rarity in set(rarities.values())}
    made = Loudness((pair, raised[rarity]) for pair, rarity in rarities.items())
    made.unmet = unmet**_POWER
    return made


def known(session: Session) -> Knowledge:
    """Return what the newest counting knows; read once a process and edition."""
    asked = select(WordCount.id, WordCount.matters, WordCount.up_to)
    newest = session.execute(asked.order_by(WordCount.id.desc()).limit(1)).first()
    if newest is None or newest.matters < FEWEST_MATTERS:
        return Knowledge()
    key = str(session.get_bind().engine.url)
    with _lock:
        held = _opened.get(key)
    if held is not None and held[0] == newest.id:
        return held[1]
    packed = session.scalars(select(WordCount.counts).where(WordCount.id == newest.id)).one()
    made = _read(newest.matters, newest.up_to, json.loads(zlib.decompress(packed)))
    with _lock:
        _opened[key] = (newest.id, made)
    return made


def _read(matters: int, told: int, counts: Mapping[str, int]) -> Knowledge:
    # A count comes back a thousand times: one logarithm each.
    of_count = {n: 0.0 if n * _TOO_COMMON > matters else math.log((matters + 1) / (n + 0.5)) for n in counts.values()}
    rarities = {pair_of(token): of_count[n] for token, n in counts.items()}
    # Where all pairs fit in, what is not among them stands nowhere yet.
    fewest = min(counts.values(), default=1) if len(counts) == MOST_PAIRS else 1
    return Knowledge(matters, told, loudness(rarities, math.log((matters + 1) / (fewest + 0.5))))


def recount_if_grown(session: Session, *, at: datetime, most: int | None = None) -> bool:
    """Count anew if enough has been told since the last time, and no more than `most`; costs two look-ups if not."""
    top = session.scalar(select(func.max(SearchEntry.n))) or 0
    last = session.scalar(select(WordCount.up_to).order_by(WordCount.id.desc()).limit(1)) or 0
    if top < FEWEST_MATTERS or top < last * _GROWTH or (most is not None and top > most):
        return False
    recount(session, at=at)
    return True


def recount(session: Session, *, at: datetime) -> None:
    """Count all pairs anew."""
    top = session.scalar(select(func.max(SearchEntry.n))) or 0
    if session.get_bind().dialect.name == "postgresql":
        matters, counts = _counted_by_postgresql(session)
    else:
        matters, counts = _counted_by_sqlite(session)
    packed = zlib.compress(json.dumps(counts).encode(), 6)
    session.execute(delete(WordCount))
    session.add(WordCount(id=new_id(), at=at, matters=matters, up_to=top, counts=packed))
    session.flush()


def _counted_by_postgresql(session: Session) -> tuple[int, dict[str, int]]:
    matters = min(session.scalar(select(func.count()).select_from(SearchEntry)) or 0, _MOST_READ)
    asked = text(
        "SELECT word, ndoc FROM ts_stat('SELECT tokens FROM search_entries ORDER BY n DESC LIMIT ' || :read)"
        " ORDER BY ndoc DESC, word LIMIT :most"
    )
    return matters, _by_token(session, asked, {"read": _MOST_READ, "most": MOST_PAIRS})


def _counted_by_sqlite(session: Session) -> tuple[int, dict[str, int]]:
    session.execute(text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.search_words USING fts5vocab(main, search_fts, row)"))
    matters = session.scalar(select(func.count()).select_from(SearchEntry)) or 0
    asked = text("SELECT term, doc FROM temp.search_words ORDER BY doc DESC, term LIMIT :most")
    return matters, _by_token(session, asked, {"most": MOST_PAIRS})


def _by_token(session: Session, asked: TextClause, given: Mapping[str, int]) -> dict[str, int]:
    return {row[0]: row[1] for row in session.execute(asked, given)}

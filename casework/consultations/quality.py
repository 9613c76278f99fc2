"""How good the consultations of a year were (domain.md §3b): shares with both numbers and the records they count.

Never how many were held: a rank by number would reward talking for its own sake. Topics from a file are history of
before and left out. Only what the actor may know of is counted, so each number opens exactly its records.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Suggestion
from casework.cases.tables import Case
from casework.consultations.outcome_tables import Rating
from casework.consultations.queries import visible_to, within
from casework.consultations.tables import ConsensusItem, Consultation
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.matters import search
from casework.supervisions.tables import Supervision

CODES = ("public", "converted", "on_time", "satisfied", "repeated")
CONTENT = ("satisfied", "basically")
_TOWN, _YEAR = 9, timedelta(days=365)
# So much of the shorter title stands in the other: the same matter brought again.
_ALIKE = 0.6


@dataclass(frozen=True, slots=True)
class Counted:
    """One record of a share: the topic, which of the things agreed there (None: the topic), whether it counts."""

    topic: Consultation
    item: ConsensusItem | None
    counts: bool


@dataclass(frozen=True, slots=True)
class Share:
    """One share: of `records` those that count."""

    code: str
    records: Sequence[Counted]

    @property
    def n(self) -> int:
        """How many count."""
        return sum(each.counts for each in self.records)


def of_year(session: Session, actor: Actor, region: str, year: int, *, today: date) -> Sequence[Share]:
    """Return the shares of a county's year, as they stand today."""
    zone = session.info["zone"]
    begins, ends = (datetime.combine(date(each, 1, 1), time.min, tzinfo=zone) for each in (year, year + 1))
    asked = select(Consultation).where(
        visible_to(actor), within(region), Consultation.created_at >= begins - _YEAR, Consultation.created_at < ends
    )
    known_topics = [
        row for row in session.scalars(asked.order_by(Consultation.created_at, Consultation.id)) if not row.ledger
    ]
    topics = [row for row in known_topics if row.created_at >= begins]
    items = _items(session, actor, region, year)
    made: Mapping[str, Sequence[Counted]] = {
        "public": [Counted(row, None, row.source == "public") for row in topics],
        "converted": [Counted(row, item, bool(item.into)) for row, item in items],
        "on_time": _on_time(session, [(row, item) for row, item in items if item.due_on <= today]),
        "satisfied": _answered(session, [row for row, _item in items] + topics),
        "repeated": [Counted(row, None, _earlier(row, known_topics) is not None) for row in topics],
    }
    return [Share(code, made[code]) for code in CODES]


def _items(session: Session, actor: Actor, region: str, year: int) -> list[tuple[Consultation, ConsensusItem]]:
    """Return what was agreed at the meetings of a year."""
    asked = (
        select(Consultation, ConsensusItem)
        .join(ConsensusItem, ConsensusItem.consultation_id == Consultation.id)
        .where(
            visible_to(actor), within(region), Consultation.meets_on >= date(year, 1, 1),
            Consultation.meets_on <= date(year, 12, 31),
        )
        .order_by(Consultation.meets_on, Consultation.id, ConsensusItem.place)
    )  # fmt: skip
    return [(row, item) for row, item in session.execute(asked) if not row.ledger]


def _on_time(session: Session, due: Sequence[tuple[Consultation, ConsensusItem]]) -> list[Counted]:
    """Of what was due by today: what was ended by its own day, as the record it became."""
    ids = {into: {item.record_id for _row, item in due if item.into == into} for into in ("case", "supervision")}
    zone = session.info["zone"]
    ended: dict[UUID | None, date | None] = {}
    for case_id, at in session.execute(select(Case.id, Case.closed_at).where(Case.id.in_(ids["case"]))):
        ended[case_id] = None if at is None else at.astimezone(zone).date()
    struck = select(Supervision.id, Supervision.struck_off_on).where(Supervision.id.in_(ids["supervision"]))
    ended.update(row.tuple() for row in session.execute(struck))
    advised = {item.record_id for _row, item in due if item.into == "suggestion"}
    answered = select(Suggestion.id, Suggestion.answered_on).where(known(Suggestion), Suggestion.id.in_(advised))
    ended.update(row.tuple() for row in session.execute(answered))
    return [
        Counted(row, item, (day := ended.get(item.record_id)) is not None and day <= item.due_on) for row, item in due
    ]


def _answered(session: Session, topics: Sequence[Consultation]) -> list[Counted]:
    """Every answer to what was asked about these meetings."""
    by_id = {row.id: row for row in topics}
    asked = select(Rating.consultation_id, Rating.satisfaction).where(
        Rating.consultation_id.in_(by_id), Rating.satisfaction.is_not(None)
    )
    rows = session.execute(asked.order_by(Rating.answered_at, Rating.id))
    return [Counted(by_id[topic_id], None, said in CONTENT) for topic_id, said in rows]


def brought_before(session: Session, row: Consultation) -> Consultation | None:
    """Return the topic of the year before, in the same township, that a topic seems to bring again."""
    asked = select(Consultation).where(
        within(row.region_code[:_TOWN]),
        Consultation.created_at >= row.created_at - _YEAR,
        Consultation.created_at <= row.created_at,
    )
    newest_first = session.scalars(asked.order_by(Consultation.created_at.desc(), Consultation.id.desc()))
    return _earlier(row, [each for each in newest_first if not each.ledger])


def _earlier(row: Consultation, others: Sequence[Consultation]) -> Consultation | None:
    mine = search.pairs_of(search.fold((row.title,)))
    for other in others:
        # Those of one moment were brought in the order of their ids.
        is_before = (other.created_at, other.id) < (row.created_at, row.id)
        if not is_before or other.created_at < row.created_at - _YEAR:
            continue
        theirs = search.pairs_of(search.fold((other.title,)))
        least = min(len(mine), len(theirs))
        is_near = other.region_code[:_TOWN] == row.region_code[:_TOWN]
        if least and is_near and len(mine & theirs) >= _ALIKE * least:
            return other
    return None

"""What a sheet can count: for each kind of record, which members it belongs to, of a year, as it was known when.

Beside the sources of figures (casework/campaign/sources.py), which count for the county, these credit members one by
one. There is deliberately no source of log-ins, clicks, uploads or time spent (domain.md §0 no. 1).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import aliased

from casework.activities.tables import Activity, Attendance, Cosignature, Service, Suggestion
from casework.assessment.tables import SpotFinding
from casework.campaign.definition import Campaign
from casework.campaign.quarters import between, quarter_of
from casework.campaign.sources import within
from casework.campaign.tables import Goal, Link
from casework.campaign.visits import VISIT
from casework.cases.tables import Case, Solution
from casework.consultations.tables import ConsensusItem, Consultation, Participant
from casework.core.database import Session
from casework.core.editions import known, standing
from casework.funds.tables import FundAttribution, FundLine
from casework.matters.tables import HistoryEntry
from casework.members.tables import Member

LEAD, COSIGNER, ATTENDEE = "lead", "cosigner", "attendee"
ON_LEAVE = "leave"
# A call is no visit; one whose form nobody told was made in person.
BY_PHONE = "phone"
_PRESENT = ("present", "late")
_FOLLOW_UP = "follow_up"


@dataclass(frozen=True, slots=True)
class Found:
    """One record credited to one member. `matter` says what it is about: the same matter counts once.

    `part` is what the member had in it, `fen` and `share_bp` are of money alone.
    """

    member_id: UUID
    kind: str
    record_id: UUID
    matter: str
    on: date
    part: str = ""
    # For what somebody was on leave; None: it is no record of leave, empty: nobody said.
    leave: str | None = None
    fen: int = 0
    share_bp: int = 10_000


@dataclass(frozen=True)
class Period:
    """The days of a year that count in a campaign up to `as_of`, as they were known at an instant (None: now)."""

    session: Session
    campaign: Campaign
    year: int
    as_of: date
    known_at: datetime | None = None

    @property
    def first(self) -> date:
        """The first day that counts."""
        return max(date(self.year, 1, 1), self.campaign.begins)

    @property
    def last(self) -> date:
        """The last day that counts."""
        return min(each for each in (date(self.year, 12, 31), self.as_of, self.campaign.ends) if each is not None)

    def covers(self, column: Any) -> Any:
        """Return the condition that a day lies in the period."""
        return and_(column >= self.first, column <= self.last)

    def here(self, column: Any) -> Any:
        """Return the condition that a place lies in the campaign's county."""
        return within(column, self.campaign.region_code)

    @cached_property
    def links(self) -> Mapping[str, Sequence[Link]]:
        """The links of the campaign as they were known, by kind."""
        asked = select(Link).where(known(Link, self.known_at), Link.campaign == self.campaign.code)
        found: dict[str, list[Link]] = defaultdict(list)
        for link in self.session.scalars(asked.order_by(Link.valid_from, Link.id)):
            found[link.kind].append(link)
        return found

    def holders(self, kind: str, object_id: UUID | None, on: date) -> list[UUID]:
        """Return the members linked to an object on a day."""
        return [
            link.holder_id
            for link in self._by_object.get((kind, object_id), ())
            if link.valid_from <= on and (link.valid_to is None or on <= link.valid_to)
        ]

    @cached_property
    def _by_object(self) -> Mapping[tuple[str, UUID | None], Sequence[Link]]:
        found: dict[tuple[str, UUID | None], list[Link]] = defaultdict(list)
        for kind, links in self.links.items():
            for link in links:
                found[kind, link.object_id].append(link)
        return found

    @cached_property
    def done(self) -> Sequence[tuple[Activity, UUID, str]]:
        """The activities of the period with each member who did one or was there, and as what."""
        asked = select(Activity).where(
            standing(Activity, self.known_at), self.covers(Activity.on_date), self.here(Activity.region_code)
        )
        rows = {row.id: row for row in self.session.scalars(asked.order_by(Activity.on_date, Activity.id))}
        found = [(row, row.member_id, LEAD) for row in rows.values() if row.member_id is not None]
        present = select(Attendance).where(standing(Attendance, self.known_at), Attendance.status.in_(_PRESENT))
        for each in self.session.scalars(present.order_by(Attendance.id)):
            if each.activity_id in rows:
                found.append((rows[each.activity_id], each.member_id, each.part))
        return found


Rows = Callable[[Period, Mapping[str, Any]], Iterable[Found]]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record: its rows, what may and must be asked of it, and as what members can have part in it."""

    rows: Rows
    asks: Sequence[str] = ()
    needs: Sequence[str] = ()
    parts: Sequence[str] = ()
    is_money: bool = False


def _told(where: Mapping[str, Any], name: str) -> Sequence[str]:
    value = where[name]
    return [value] if isinstance(value, str) else list(value)


def _links(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    parts = _told(where, "part") if "part" in where else None
    for link in period.links.get(where["kind"], ()):
        lasts = link.valid_from <= period.last and (link.valid_to is None or link.valid_to >= period.last)
        if lasts and (parts is None or link.part in parts):
            yield Found(link.holder_id, "link", link.id, f"link:{link.id}", link.valid_from)


def _visits(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    """Yield visits in person by a member linked to the household on the day; one household is one matter a quarter."""
    for row, member_id, part in period.done:
        if row.kind != VISIT or row.form == BY_PHONE:
            continue
        if member_id in period.holders(where["link"], row.household_id, row.on_date):
            matter = f"visit:{row.household_id}:{quarter_of(row.on_date)}"
            yield Found(member_id, "activity", row.id, matter, row.on_date, part)


def _missed(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the links that held through a whole quarter, now over, in which the member did not visit."""
    visited = {(found.member_id, found.matter) for found in _visits(period, where)}
    ended = period.last + timedelta(days=1)
    quarters = [each for each in between(period.first, period.last) if each.next.first <= ended]
    for link in period.links.get(where["link"], ()):
        for quarter in quarters:
            held = link.valid_from <= quarter.first and (link.valid_to is None or link.valid_to >= quarter.last)
            if held and (link.holder_id, f"visit:{link.object_id}:{quarter}") not in visited:
                yield Found(link.holder_id, "link", link.id, f"missed:{link.id}:{quarter}", quarter.last)


def _activities(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    kinds = _told(where, "kind")
    for row, member_id, part in period.done:
        if row.kind in kinds:
            yield Found(member_id, "activity", row.id, f"activity:{row.id}", row.on_date, part)


def _attendances(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    asked = (
        select(Attendance, Activity.on_date)
        .join(Activity, and_(Activity.id == Attendance.activity_id, standing(Activity, period.known_at)))
        .where(
            standing(Attendance, period.known_at),
            Attendance.status.in_(_told(where, "status")),
            period.covers(Activity.on_date),
            period.here(Activity.region_code),
        )
    )
    for row, on in period.session.execute(asked.order_by(Activity.on_date, Attendance.id)):
        leave = row.leave if row.status == ON_LEAVE else None
        yield Found(row.member_id, "attendance", row.id, f"attendance:{row.id}", on, leave=leave)


def _suggestions(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    """Yield suggestions to whom made them and, as co-signers, to whom signed them as well."""
    signers: dict[UUID, list[UUID]] = defaultdict(list)
    signed = select(Cosignature).where(standing(Cosignature, period.known_at))
    for each in period.session.scalars(signed.order_by(Cosignature.id)):
        signers[each.suggestion_id].append(each.member_id)
    asked = select(Suggestion).where(
        standing(Suggestion, period.known_at), period.covers(Suggestion.on_date), period.here(Suggestion.region_code)
    )
    if "adoption" in where:
        asked = asked.where(Suggestion.adoption.in_(_told(where, "adoption")))
    for row in period.session.scalars(asked.order_by(Suggestion.on_date, Suggestion.id)):
        first = [] if row.member_id is None else [(row.member_id, LEAD)]
        for member_id, part in [*first, *((each, COSIGNER) for each in signers[row.id])]:
            yield Found(member_id, "suggestion", row.id, f"suggestion:{row.id}", row.on_date, part)


def _given(table: Any, kind: str) -> Rows:
    """Return the rows of a table whose records one member made."""

    def rows(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
        asked = select(table).where(
            standing(table, period.known_at),
            table.member_id.is_not(None),
            period.covers(table.on_date),
            period.here(table.region_code),
        )
        for name in where:
            asked = asked.where(getattr(table, name).in_(_told(where, name)))
        for row in period.session.scalars(asked.order_by(table.on_date, table.id)):
            yield Found(row.member_id, kind, row.id, f"{kind}:{row.id}", row.on_date)

    return rows


def _goals(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    asked = select(Goal).where(
        known(Goal, period.known_at),
        Goal.campaign == period.campaign.code,
        Goal.year == period.year,
        Goal.checklist.in_(_told(where, "checklist")),
        Goal.state.in_(_told(where, "state")),
        Goal.reached_on <= period.last,
    )
    for row in period.session.scalars(asked.order_by(Goal.reached_on, Goal.id)):
        on = row.reached_on or period.last
        for member_id in period.holders(where["link"], row.object_id, on):
            yield Found(member_id, "goal", row.id, f"goal:{row.id}", on)


def _solutions(period: Period) -> Sequence[Solution]:
    asked = select(Solution).where(
        known(Solution, period.known_at),
        period.covers(Solution.on_date),
        or_(Solution.undone_on.is_(None), Solution.undone_on > period.last),
        period.here(Solution.region_code),
    )
    return period.session.scalars(asked.order_by(Solution.on_date, Solution.id)).all()


def _cases(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    for row in _solutions(period):
        # Linked on the day it was raised: who is linked later has not raised it.
        for member_id in period.holders(where["link"], row.household_id, row.raised_on):
            yield Found(member_id, "case", row.case_id, f"case:{row.case_id}", row.on_date)


def _follow_ups(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    """Yield the solved cases whose reporter was called back and said so; the last call counts."""
    solved = {row.case_id: row for row in _solutions(period)}
    asked = (
        select(HistoryEntry)
        .join(Case, Case.id == HistoryEntry.matter_id)
        .where(HistoryEntry.trigger == _FOLLOW_UP, Case.household_id.is_not(None))
    )
    if period.known_at is not None:
        asked = asked.where(HistoryEntry.recorded_at <= period.known_at)
    zone, last = period.session.info["zone"], {}
    for entry in period.session.scalars(asked.order_by(HistoryEntry.matter_id, HistoryEntry.seq)):
        on = entry.at.astimezone(zone).date()
        if entry.matter_id in solved and period.first <= on <= period.last:
            last[entry.matter_id] = (on, entry.fields.get("satisfaction"))
    for case_id, (on, satisfaction) in last.items():
        if satisfaction in _told(where, "satisfaction"):
            row = solved[case_id]
            for member_id in period.holders(where["link"], row.household_id, row.raised_on):
                yield Found(member_id, "case", case_id, f"follow_up:{case_id}", on)


def _fund_shares(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    mirror = aliased(FundLine)
    taken_back = select(mirror.id).where(mirror.reverses_id == FundLine.id)
    # Who was credited as a member stays the one, whoever has the account since; else it is whose account was named.
    by_account = and_(FundAttribution.member_id.is_(None), Member.person_id == FundAttribution.person_id)
    credited = or_(Member.id == FundAttribution.member_id, by_account)
    asked = (
        select(FundLine, FundAttribution.share_bp, Member.id)
        .join(FundAttribution, FundAttribution.allocation_id == FundLine.allocation_id)
        .join(Member, and_(credited, known(Member, period.known_at)))
        .where(
            FundLine.reverses_id.is_(None),
            FundLine.stage.in_(_told(where, "stage")),
            period.covers(FundLine.on_date),
            period.here(FundLine.region_code),
        )
    )
    at = period.known_at
    if at is None:
        asked = asked.where(FundAttribution.ended_at.is_(None))
    else:
        taken_back = taken_back.where(mirror.created_at <= at)
        lasts = or_(FundAttribution.ended_at.is_(None), FundAttribution.ended_at > at)
        asked = asked.where(FundLine.created_at <= at, FundAttribution.created_at <= at, lasts)
    asked = asked.where(~taken_back.exists())
    for line, share_bp, member_id in period.session.execute(asked.order_by(FundLine.on_date, FundLine.id)):
        yield Found(
            member_id,
            "fund_line",
            line.id,
            f"fund:{line.allocation_id}:{line.stage}",
            line.on_date,
            fen=line.amount_fen,
            share_bp=share_bp,
        )


def _findings(period: Period, where: Mapping[str, Any]) -> Iterator[Found]:
    asked = select(SpotFinding).where(
        known(SpotFinding, period.known_at),
        SpotFinding.outcome.in_(_told(where, "outcome")),
        period.covers(SpotFinding.visited_on),
        period.here(SpotFinding.region_code),
    )
    for row in period.session.scalars(asked.order_by(SpotFinding.visited_on, SpotFinding.id)):
        yield Found(row.member_id, "spot_finding", row.id, f"finding:{row.activity_id}", row.visited_on)


def _agreed(period: Period, _where: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what was agreed in consultations and has become a case, a suggestion or a supervised matter.

    It is of the member who brought the topic, and of those who sat there; each has an account, or nobody knows which.
    """
    asked = (
        select(ConsensusItem, Consultation.meets_on, Consultation.brought_by, Consultation.round)
        .join(Consultation, Consultation.id == ConsensusItem.consultation_id)
        .where(ConsensusItem.into != "", period.covers(Consultation.meets_on), period.here(Consultation.region_code))
    )
    if period.known_at is not None:
        asked = asked.where(ConsensusItem.converted_at <= period.known_at)
    rows: Sequence[Any] = period.session.execute(asked.order_by(Consultation.meets_on, ConsensusItem.id)).all()
    sat = select(Participant).where(
        Participant.consultation_id.in_({row.consultation_id for row, *_ in rows}),
        Participant.attended,
        Participant.person_id.is_not(None),
    )
    there: dict[tuple[UUID, int], list[UUID | None]] = defaultdict(list)
    for each in period.session.scalars(sat.order_by(Participant.place)):
        there[each.consultation_id, each.round].append(each.person_id)
    accounts = select(Member.person_id, Member.id).where(known(Member, period.known_at), Member.person_id.is_not(None))
    members = dict(period.session.execute(accounts).all()) if rows else {}
    for row, on, brought_by, date_round in rows:
        people = [(brought_by, LEAD), *((each, ATTENDEE) for each in there[row.consultation_id, date_round])]
        for person_id, part in people:
            if person_id in members:
                yield Found(members[person_id], "consensus", row.id, f"consensus:{row.id}", on, part)


_DOERS = (LEAD, "companion", ATTENDEE)
SOURCES: Mapping[str, Source] = {
    "link": Source(_links, ("kind", "part"), needs=("kind",)),
    "visit": Source(_visits, ("link",), needs=("link",), parts=_DOERS),
    "missed_quarter": Source(_missed, ("link",), needs=("link",)),
    "activity": Source(_activities, ("kind",), needs=("kind",), parts=_DOERS),
    "attendance": Source(_attendances, ("status",), needs=("status",)),
    "service": Source(_given(Service, "service"), ("kind",)),
    "suggestion": Source(_suggestions, ("adoption",), parts=(LEAD, COSIGNER)),
    "goal": Source(_goals, ("link", "checklist", "state"), needs=("link", "checklist", "state")),
    "case": Source(_cases, ("link",), needs=("link",)),
    "follow_up": Source(_follow_ups, ("link", "satisfaction"), needs=("link", "satisfaction")),
    "fund_share": Source(_fund_shares, ("stage",), needs=("stage",), is_money=True),
    "consensus": Source(_agreed, parts=(LEAD, ATTENDEE)),
    "finding": Source(_findings, ("outcome",), needs=("outcome",)),
}

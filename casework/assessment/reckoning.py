"""The sheet of a member for a year: every point from single records, of a day, as it was known at an instant.

Points are reckoned in hundredths. A matter counts once, where it gives most; what it could have given elsewhere is
shown with nought. Each item and each count has its cap (domain.md §3f).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.assessment.definition import BONUS, DEDUCTION, DUTY, WHOLE, Count, Item, Scheme
from casework.assessment.sources import SOURCES, Found, Period
from casework.campaign.loader import campaigns
from casework.campaign.sources import within
from casework.core.database import Session
from casework.core.editions import known
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm

_WHOLE_BP = 10_000


@dataclass(frozen=True, slots=True)
class Evidence:
    """One record and what it gives, in hundredths; nought where the same matter counts `elsewhere`.

    `share` is what of a whole record the member is credited with, in percent.
    """

    found: Found
    points: int
    share: int
    elsewhere: bool


@dataclass(frozen=True, slots=True)
class Counted:
    """What one count came to: the records, and the points after its cap."""

    count: Count
    evidence: Sequence[Evidence]
    points: int
    is_capped: bool

    @property
    def number(self) -> int:
        """How many records count."""
        return sum(each.points != 0 for each in self.evidence)


@dataclass(frozen=True, slots=True)
class Line:
    """One item of a sheet with its points after its cap."""

    item: Item
    counts: Sequence[Counted]
    points: int
    is_capped: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """The sheet of one member."""

    scheme: Scheme
    member_id: UUID
    lines: Sequence[Line]

    @property
    def score(self) -> int:
        """All points, in hundredths."""
        return score_of(self.scheme, {line.item.code: line.points for line in self.lines})

    def as_json(self) -> dict[str, Any]:
        """Return what is kept of a sheet: plain values, with the words of the scheme it was made by."""
        return {"items": [_line(line) for line in self.lines]}


def score_of(scheme: Scheme, points: Mapping[str, int]) -> int:
    """Return the score of points by item, in hundredths: duties, and bonus and deductions up to their limits.

    It is never below nought.
    """
    sums = totals(scheme, points)
    return max(0, sums[DUTY] + sums[BONUS] - sums[DEDUCTION])


def totals(scheme: Scheme, points: Mapping[str, int]) -> dict[str, int]:
    """Return the points by what an item does to the score, bonus and deductions up to their limits."""
    sums = dict.fromkeys((DUTY, BONUS, DEDUCTION), 0)
    for code, item in scheme.items.items():
        sums[item.kind] += points.get(code, 0)
    sums[BONUS] = min(sums[BONUS], scheme.bonus_most * WHOLE)
    sums[DEDUCTION] = min(sums[DEDUCTION], scheme.deduction_most * WHOLE)
    return sums


def members_in_office(session: Session, campaign: str, *, on: date) -> list[Member]:
    """Return the members who have a sheet: those in office on a day, by name."""
    terms = select(MemberTerm.member_id).where(in_office(on))
    place = within(Member.region_code, campaigns()[campaign].region_code)
    asked = select(Member).where(known(Member), place, Member.id.in_(terms))
    return list(session.scalars(asked.order_by(Member.pinyin, Member.name, Member.id)))


def reckon(scheme: Scheme, period: Period, members: Sequence[UUID]) -> list[Sheet]:
    """Reckon the sheets of members, in their order; what belongs to nobody of them is left out."""
    wanted = set(members)
    found: dict[UUID, dict[tuple[str, str], list[Found]]] = {member_id: {} for member_id in members}
    for item in scheme.items.values():
        for count in item.counts:
            for each in SOURCES[count.of].rows(period, count.where):
                if each.member_id in wanted:
                    found[each.member_id].setdefault((item.code, count.code), []).append(each)
    return [_sheet(scheme, member_id, found[member_id]) for member_id in members]


def value_of(scheme: Scheme, count: Count, found: Found) -> int:
    """Return what one record gives by itself, in hundredths of a point, rounded towards nought."""
    if count.per_fen is not None:
        return count.each * WHOLE * found.fen * found.share_bp // (_WHOLE_BP * count.per_fen)
    value = abs(count.each) * share_of(scheme, found)
    return value if count.each > 0 else -value


def share_of(scheme: Scheme, found: Found) -> int:
    """Return what of a whole record a member is credited with, in percent: by part, or by the kind of leave."""
    if found.leave is not None:
        kind = scheme.leave.get(found.leave)
        return 0 if kind is None else kind.counts
    return scheme.shares.get(found.part, WHOLE)


def _sheet(scheme: Scheme, member_id: UUID, found: Mapping[tuple[str, str], Sequence[Found]]) -> Sheet:
    best = _best(scheme, found)
    lines = []
    for item in scheme.items.values():
        counts = [_counted(scheme, item, count, found.get((item.code, count.code), ()), best) for count in item.counts]
        total = item.base * WHOLE + sum(each.points for each in counts)
        points = min(max(total, 0), item.points * WHOLE)
        lines.append(Line(item, tuple(counts), points, total > points))
    return Sheet(scheme, member_id, tuple(lines))


# Item, count, and which of what was found for it.
_Place = tuple[str, str, int]


def _best(scheme: Scheme, found: Mapping[tuple[str, str], Sequence[Found]]) -> Mapping[tuple[str, str], _Place]:
    """Return for each matter where it counts: in which item, count and record it gives most, the first of equals.

    Who is named twice at one record, as companion and as attendee, has what gives more.

    What takes points away is judged apart, item by item; without the rule, a matter counts once in each count.
    """
    best: dict[tuple[str, str], tuple[int, _Place]] = {}
    for item in scheme.items.values():
        for count in item.counts:
            for index, each in enumerate(found.get((item.code, count.code), ())):
                key = (_scope(scheme, item, count), each.matter)
                value = abs(value_of(scheme, count, each))
                if key not in best or value > best[key][0]:
                    best[key] = (value, (item.code, count.code, index))
    return {key: place for key, (_, place) in best.items()}


def _scope(scheme: Scheme, item: Item, count: Count) -> str:
    is_shared = scheme.best_value and item.kind != DEDUCTION and count.each > 0
    return "" if is_shared else f"{item.code}.{count.code}"


def _counted(
    scheme: Scheme,
    item: Item,
    count: Count,
    found: Sequence[Found],
    best: Mapping[tuple[str, str], _Place],
) -> Counted:
    evidence = []
    for index, each in enumerate(found):
        counts = best[_scope(scheme, item, count), each.matter] == (item.code, count.code, index)
        points = value_of(scheme, count, each) if counts else 0
        evidence.append(Evidence(each, points, share_of(scheme, each), not counts))
    total = sum(each.points for each in evidence)
    most = count.most * WHOLE
    points = max(-most, min(total, most))
    return Counted(count, tuple(evidence), points, points != total)


def _line(line: Line) -> dict[str, Any]:
    item = line.item
    return {
        "item": item.code,
        "label": dict(item.label),
        "kind": item.kind,
        "most": item.points * WHOLE,
        "base": item.base * WHOLE,
        "points": line.points,
        "capped": line.is_capped,
        "counts": [_told(each) for each in line.counts],
    }


def _told(counted: Counted) -> dict[str, Any]:
    count = counted.count
    return {
        "count": count.code,
        "label": dict(count.label),
        "each": count.each * WHOLE,
        "most": count.most * WHOLE,
        "number": counted.number,
        "points": counted.points,
        "capped": counted.is_capped,
        "evidence": [
            {
                "kind": each.found.kind,
                "id": str(each.found.record_id),
                "on": each.found.on.isoformat(),
                "points": each.points,
                "share": each.share,
                "leave": each.found.leave,
                "elsewhere": each.elsewhere,
            }
            for each in counted.evidence
        ],
    }

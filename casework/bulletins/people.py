"""Who is praised and who is reminded, each with the grounds, in the order of names; never a rank (domain.md §0.1)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from casework.bulletins.annexes import links_of, visited, words
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, within
from casework.cases.tables import Solution
from casework.core.database import Session
from casework.core.editions import known
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm

KIND = "member_household"


@dataclass(frozen=True, slots=True)
class Mention:
    """One person and why they are mentioned."""

    member_id: UUID
    name: str
    grounds: str

    def as_json(self) -> dict[str, str]:
        """Return what is frozen of it."""
        return {"id": str(self.member_id), "name": self.name, "grounds": self.grounds}


@dataclass(frozen=True, slots=True)
class Mentions:
    """Those who did all of it and solved something, and those who have something to make up for."""

    praise: Sequence[Mention]
    reminders: Sequence[Mention]


def mentions(session: Session, instants: Instants, quarter: Quarter) -> Mentions:
    """Return who is mentioned in the bulletin of a quarter."""
    homes: dict[UUID, list[Any]] = defaultdict(list)
    parts: dict[UUID, set[str]] = defaultdict(set)
    for link in links_of(session, instants, KIND):
        homes[link.holder_id].append(link.object_id)
        parts[link.holder_id].add(link.part)
    seen = visited(session, instants, quarter)
    solved = _solved(session, instants, quarter)
    praise, reminders = [], []
    for member in _in_office(session, instants):
        own = homes[member.id]
        done = sum(home in seen for home in own)
        fixed = sum(solved.get(home, 0) for home in own)
        grounds = _shortfall(instants, parts[member.id], homes=len(own), done=done)
        if grounds:
            reminders.append(Mention(member.id, member.name, words()["separator"].join(grounds)))
        elif fixed:
            told = words()["ground"]["praise"].format(homes=len(own), solved=fixed)
            praise.append(Mention(member.id, member.name, told))
    return Mentions(praise, reminders)


def _shortfall(instants: Instants, parts: set[str], *, homes: int, done: int) -> list[str]:
    ground: Mapping[str, str] = words()["ground"]
    kind = instants.campaign.links[KIND]
    labels = words()["parts"]
    found = [
        ground["lacks"].format(part=labels[part]) for part, least in kind.least.items() if least - (part in parts) > 0
    ]
    if done < homes:
        found.append(ground["missed"].format(homes=homes, done=done))
    return found


def _in_office(session: Session, instants: Instants) -> Sequence[Member]:
    terms = select(MemberTerm.member_id).where(in_office(instants.until, known_at=instants.known_at))
    asked = select(Member).where(
        known(Member, instants.known_at),
        within(Member.region_code, instants.campaign.region_code),
        Member.id.in_(terms),
    )
    return session.scalars(asked.order_by(Member.pinyin, Member.name, Member.id)).all()


def _solved(session: Session, instants: Instants, quarter: Quarter) -> dict[Any, int]:
    last = min(quarter.last, instants.until)
    stands = or_(Solution.undone_on.is_(None), Solution.undone_on > last)
    asked = select(Solution.household_id, Solution.case_id).where(
        known(Solution, instants.known_at),
        and_(Solution.on_date >= quarter.first, Solution.on_date <= last, stands),
        Solution.household_id.is_not(None),
    )
    found: dict[Any, set[Any]] = defaultdict(set)
    for household_id, case_id in session.execute(asked):
        found[household_id].add(case_id)
    return {key: len(cases) for key, cases in found.items()}

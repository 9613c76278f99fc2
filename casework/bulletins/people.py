"""Who is praised and who is reminded, each with the grounds, in the order of names; never a rank (domain.md §0.1)."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from casework.activities.tables import Activity
from casework.bulletins.annexes import words
from casework.bulletins.counts import links_of, visited
from casework.campaign.coverage import homes, visits
from casework.campaign.definition import PER_MEMBER
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, within
from casework.cases.tables import Solution
from casework.core.database import Session
from casework.core.editions import known
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm


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
    own_homes: dict[UUID, list[Any]] = defaultdict(list)
    held: dict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
    for link in links_of(session, instants, "household"):
        own_homes[link.holder_id].append(link.object_id)
        held[link.holder_id][link.kind, link.part] += 1
    seen = visited(session, instants, quarter)
    went = _went(session, instants, quarter)
    solved = _solved(session, instants, quarter)
    praise, reminders = [], []
    for member in _in_office(session, instants):
        own = own_homes[member.id]
        done = sum(home in seen for home in own)
        fixed = sum(solved.get(home, 0) for home in own)
        grounds = _shortfall(instants, held[member.id], homes=len(own), done=done, went=member.id in went)
        if grounds:
            reminders.append(Mention(member.id, member.name, words()["separator"].join(grounds)))
        elif fixed:
            ground = "praise" if done == len(own) else "praise_went"
            told = words()["ground"][ground].format(homes=len(own), done=done, solved=fixed)
            praise.append(Mention(member.id, member.name, told))
    return Mentions(praise, reminders)


def _shortfall(instants: Instants, held: Counter[tuple[str, str]], *, homes: int, done: int, went: bool) -> list[str]:
    """Return what a member has to make up for: links that lack, and visits by the rule of the campaign."""
    ground: Mapping[str, str] = words()["ground"]
    campaign = instants.campaign
    found = [
        ground["lacks"].format(part=(kind.parts[part] if part else kind.label)["zh"])
        for kind in (campaign.links[code] for code in campaign.kinds_to("household"))
        for part, least in kind.least.items()
        if held[kind.code, part] < least
    ]
    if campaign.visit_rule == PER_MEMBER:
        if homes and not went:
            found.append(ground["stayed"].format(homes=homes))
    elif done < homes:
        found.append(ground["missed"].format(homes=homes, done=done))
    return found


def _went(session: Session, instants: Instants, quarter: Quarter) -> set[Any]:
    """Return the members who themselves visited a linked household in a quarter."""
    asked = select(Activity.member_id).where(*visits(instants, quarter), Activity.household_id.in_(homes(instants)))
    return set(session.scalars(asked.distinct()))


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

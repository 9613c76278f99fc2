"""Who is praised and who is reminded, each with the grounds, in the order of names; never a rank (domain.md §0.1).

The numbers of the grounds stand each for itself, so that each leads to what it counts (casework/bulletins/cells.py).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select

from casework.activities.tables import Activity
from casework.bulletins.annexes import words
from casework.bulletins.counts import links_of, solved_in, visited
from casework.campaign.coverage import homes, visits
from casework.campaign.definition import PER_MEMBER
from casework.campaign.quarters import Quarter
from casework.campaign.sources import Instants, within
from casework.cases.tables import Solution
from casework.core.database import Session
from casework.core.editions import known
from casework.core.ids import parse_id
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm

# The numbers beside each ground, in the order of their columns.
NUMBERS: Mapping[str, Sequence[str]] = {
    "praise": ("households", "visited", "solved"),
    "reminders": ("households", "visited"),
}


@dataclass(frozen=True, slots=True)
class Mention:
    """One person and why they are mentioned."""

    member_id: UUID
    name: str
    grounds: str
    numbers: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return what is frozen of it."""
        return {"id": str(self.member_id), "name": self.name, "grounds": self.grounds, "numbers": dict(self.numbers)}


@dataclass(frozen=True, slots=True)
class Mentions:
    """Those who did all of it and solved something, and those who have something to make up for."""

    praise: Sequence[Mention]
    reminders: Sequence[Mention]


def mentions(session: Session, instants: Instants, quarter: Quarter) -> Mentions:
    """Return who is mentioned in the bulletin of a quarter."""
    own_homes: dict[UUID, set[Any]] = defaultdict(set)
    held: dict[UUID, Counter[tuple[str, str]]] = defaultdict(Counter)
    for link in links_of(session, instants, "household"):
        # Two links to one household are one household.
        own_homes[link.holder_id].add(link.object_id)
        held[link.holder_id][link.kind, link.part] += 1
    seen = visited(session, instants, quarter)
    went = _went(session, instants, quarter)
    cases = _cases(session, instants, quarter)
    praise, reminders = [], []
    for member in _in_office(session, instants):
        own = own_homes[member.id]
        done, fixed = own & seen, _all(cases, own)
        numbers = {"households": len(own), "visited": len(done), "solved": len(fixed)}
        stayed = bool(own) and member.id not in went
        grounds = _shortfall(instants, held[member.id], is_short=done != own, stayed=stayed)
        if grounds:
            told = words()["separator"].join(grounds)
            reminders.append(Mention(member.id, member.name, told, _only("reminders", numbers)))
        elif fixed:
            told = words()["ground"]["praise" if done == own else "praise_went"]
            praise.append(Mention(member.id, member.name, told, _only("praise", numbers)))
    return Mentions(praise, reminders)


def name_of(session: Session, instants: Instants, key: str) -> str:
    """Return the name of a member as it was known; empty where there is none of that id."""
    asked = select(Member.name).where(known(Member, instants.known_at), Member.id == parse_id(key))
    return session.scalar(asked) or ""


def homes_of(session: Session, instants: Instants, member_id: UUID) -> set[Any]:
    """Return the households a member is linked to, each once."""
    return {link.object_id for link in links_of(session, instants, "household") if link.holder_id == member_id}


def cases_of(session: Session, instants: Instants, quarter: Quarter, member_id: UUID) -> set[Any]:
    """Return the cases of a member's households that were solved in a quarter."""
    return _all(_cases(session, instants, quarter), homes_of(session, instants, member_id))


def _only(part: str, numbers: Mapping[str, int]) -> Mapping[str, int]:
    return {name: numbers[name] for name in NUMBERS[part]}


def _all(cases: Mapping[Any, set[Any]], homes: Iterable[Any]) -> set[Any]:
    return set().union(*(cases.get(home, set()) for home in homes))


def _shortfall(instants: Instants, held: Counter[tuple[str, str]], *, is_short: bool, stayed: bool) -> list[str]:
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
        if stayed:
            found.append(ground["stayed"])
    elif is_short:
        found.append(ground["missed"])
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


def _cases(session: Session, instants: Instants, quarter: Quarter) -> Mapping[Any, set[Any]]:
    """Return the cases solved in a quarter, by the household that had the difficulty."""
    asked = select(Solution.household_id, Solution.case_id).where(*solved_in(instants, quarter))
    found: dict[Any, set[Any]] = defaultdict(set)
    for household_id, case_id in session.execute(asked.where(Solution.household_id.is_not(None))):
        found[household_id].add(case_id)
    return found

"""Lists of members with their terms: by name, sector, term, who is in office, and who lacks a link."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from casework.campaign.definition import Campaign
from casework.campaign.links import listing
from casework.campaign.links.links import active
from casework.campaign.links.listing import Key
from casework.campaign.loader import campaigns
from casework.campaign.sources import within
from casework.campaign.tables import Link
from casework.campaign.visibility import visible_members
from casework.core import editions, texts
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.editions import known
from casework.members.queries import in_office
from casework.members.tables import Member, MemberTerm


@dataclass(frozen=True, slots=True)
class Asked:
    """What the list is narrowed to; None narrows nothing.

    `lacks`: who is in office on the day and has too few links of this part then.
    """

    name: str | None = None
    words: str | None = None
    sector: str | None = None
    term: str | None = None
    is_standing: bool | None = None
    in_office: date | None = None
    lacks: str | None = None
    # Which campaign's links `lacks` asks about; None: those of any.
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class MemberFile:
    """A member with all terms, oldest first."""

    member: Member
    terms: Sequence[MemberTerm]

    @property
    def term(self) -> MemberTerm | None:
        """The last term."""
        return self.terms[-1] if self.terms else None

    @property
    def version(self) -> int:
        """How often the member or a term was written, counting on from 1."""
        return editions.version_with(self.member, self.terms)

    @property
    def updated_at(self) -> datetime:
        """When any of it was last written."""
        return editions.latest(self.member, self.terms)


def lacking_parts() -> Sequence[str]:
    """Return the parts of which each member has to have a link: 脱贫户, 示范户 (the "1+1")."""
    return tuple(dict.fromkeys(each.part for each in demands(None, None)))


def page(
    session: Session, actor: Actor, asked: Asked, *, on: date, after: Key | None, limit: int
) -> Sequence[MemberFile]:
    """Return up to `limit` members by name as it is read aloud, from behind a key on; `on` is today."""
    rows = session.scalars(
        listing.after(_asked(actor, asked, on=on), Member.pinyin, Member.id, after).limit(limit)
    ).all()
    return files(session, rows)


def count(session: Session, actor: Actor, asked: Asked, *, on: date) -> int:
    """Count the members that fit."""
    return listing.count(session, _asked(actor, asked, on=on))


def files(session: Session, rows: Sequence[Member]) -> Sequence[MemberFile]:
    """Return members with their terms."""
    terms: dict[UUID, list[MemberTerm]] = {row.id: [] for row in rows}
    asked = select(MemberTerm).where(known(MemberTerm), MemberTerm.member_id.in_(terms))
    for term in session.scalars(asked.order_by(MemberTerm.valid_from)) if rows else ():
        terms[term.member_id].append(term)
    return [MemberFile(row, terms[row.id]) for row in rows]


def _asked(actor: Actor, asked: Asked, *, on: date) -> Select[Any]:
    found = select(Member).where(known(Member), visible_members(actor))
    if asked.name is not None:
        found = found.where(Member.name.in_(texts.spellings(asked.name)))
    if asked.words is not None:
        found = found.where(called_so(asked.words))
    office = asked.in_office or (on if asked.lacks is not None else None)
    of_term: list[ColumnElement[bool]] = []
    if office is not None:
        of_term.append(in_office(office))
    for column, value in (
        (MemberTerm.sector, asked.sector),
        (MemberTerm.term, asked.term),
        (MemberTerm.is_standing, asked.is_standing),
    ):
        if value is not None:
            of_term.append(column == value)
    if of_term:
        term = select(MemberTerm.id).where(MemberTerm.member_id == Member.id, known(MemberTerm), *of_term)
        found = found.where(term.exists())
    if asked.lacks is not None:
        found = found.where(_too_few(asked.lacks, asked.campaign, office or on))
    return found


def called_so(words: str) -> ColumnElement[bool]:
    """Return the condition on `Member` that holds for whoever's name, or its letters, begins or goes so."""
    key = texts.search_key(words)
    return or_(
        Member.name.contains(key, autoescape=True),
        Member.pinyin.startswith(key, autoescape=True),
        Member.initials.startswith(key, autoescape=True),
    )


def _too_few(part: str, campaign: str | None, on: date) -> ColumnElement[bool]:
    """Return the condition that a member has too few links of a part in a campaign that is under way on a day."""
    lacking: list[ColumnElement[bool]] = []
    for each in demands(campaign, on):
        if each.part != part:
            continue
        held = (
            select(func.count())
            .select_from(Link)
            .where(
                known(Link),
                Link.campaign == each.campaign.code,
                Link.kind == each.kind,
                Link.holder_id == Member.id,
                Link.part == part,
                active(on),
            )
            .scalar_subquery()
        )
        lacking.append(and_(within(Member.region_code, each.campaign.region_code), held < each.least))
    return or_(false(), *lacking)


@dataclass(frozen=True, slots=True)
class Demand:
    """A part of a kind of link of which every member of a campaign's county has to hold so many."""

    campaign: Campaign
    kind: str
    part: str
    least: int


def demands(code: str | None, on: date | None) -> Sequence[Demand]:
    """Return what every member has to hold: in one campaign or in all, those under way on a day or all."""
    return [
        Demand(each, kind.code, part, number)
        for each in campaigns().values()
        if code in (None, each.code) and (on is None or each.begins <= on <= (each.ends or date.max))
        for kind in each.links.values()
        if kind.holder == "member"
        for part, number in kind.least.items()
        if part and number > 0
    ]

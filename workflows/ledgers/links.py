"""The ledger of links of members to households (domain.md §4.2 no. 1): a row is one link, with both ends described.

A member has to be known already (`casework import members`); a household that is not known is entered with the row. A
link is known by its two ends; a row told otherwise mends it, and nothing is linked twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from casework.campaign.definition import Campaign
from casework.campaign.links import in_office, links
from casework.campaign.links.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.exchange.habits import plain
from casework.households.actions import CATEGORY, NewHousehold
from casework.members import actions as member_actions
from casework.members import queries as members
from casework.members.tables import Member
from casework.registry.loading import Outcome
from workflows.ledgers import campaign_named
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.households import Register
from workflows.ledgers.names import Names, NamesOnce
from workflows.ledgers.records import Mistakes


@dataclass(frozen=True, slots=True)
class _Row:
    """One row, checked by itself; `since` is the day it tells, if any."""

    line: Line
    member: Member
    part: str
    since: date | None
    campaign: Campaign
    kind: str
    household: NewHousehold


class Links:
    """Rows of links."""

    key_field = "head"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("links")
        self._county = office.settings.region
        self._actor, self._at = actor, at
        self._names = NamesOnce(self._county)
        self._register = Register(office, actor, at, self.columns)
        # By household, the oldest first.
        self._links: dict[UUID, list[Link]] = {}
        # The first and the last day in office of each member that was asked for.
        self._served: dict[UUID, tuple[date | None, date | None]] = {}

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return both ends of the link."""
        values = line.values
        place = "".join(str(values.get(key) or "") for key in ("town", "village"))
        campaign = plain(values.get(campaign_named.KEY) or "")
        head = f"{values['head']} {values.get('id_number') or place}"
        return f"{values['member']} {head} {campaign}".rstrip()

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of links."""
        names = self._names.of(session)
        serving = members.named(session, [line.values["member"] for line in lines], region_code=self._county)
        read = []
        for line in lines:
            try:
                read.append(self._read(session, names, line, serving))
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
        known = self._register.learn(session, (row.household for row in read))
        homes = ((row, home) for row in read for home in self._register.meant(row.household))
        links.hold_all(session, ((row.campaign.code, row.kind, row.member.id, home.id) for row, home in homes))
        self._links = links.of_objects(session, {row.kind for row in read}, known.ids())
        with session.together(tracked=False):
            for row in read:
                try:
                    with session.savepoint():
                        outcome = self._keep(session, row)
                except CaseworkError as refusal:
                    desk.refuse(row.line, refusal)
                    continue
                desk.note(outcome)
                if row.since is None:
                    desk.warn(row.line, key="since", code="import_since_today")
                elif outcome == "created":
                    self._ask_who_came_later(session, row, desk)

    def _read(self, session: Session, names: Names, line: Line, serving: Mapping[str, Sequence[Member]]) -> "_Row":
        """Check a row by itself.

        Raises:
            Invalid: every mistake, by the keys of the columns.
        """
        values, wrong = line.values, Mistakes()
        member = wrong.tried(lambda: self._member(session, values, serving))
        part = wrong.tried(lambda: self._register.code("categories", values["kind"], key="kind"))
        named = wrong.tried(lambda: campaign_named.named(values.get(campaign_named.KEY)))
        # The remark is the link's; a household keeps its own.
        told = {**values, "remark": None}
        household = wrong.tried(lambda: self._register.read(names, told))
        wrong.settle()
        if member is None or part is None or household is None:
            raise AssertionError("what could not be read was refused")
        since: date | None = values.get("since")
        if since is not None:
            links.require_near(since, today=self._register.today, field="since")
        campaign, kind = self._campaign(part, since or self._register.today, named)
        return _Row(line, member, part, since, campaign, kind, household)

    def _keep(self, session: Session, row: "_Row") -> Outcome:
        begins = row.since or self._register.today
        household, outcome = self._register.keep(session, row.household)
        self._register.count_as(session, household, part=CATEGORY, code=row.part, since=begins)
        told = NewLink(
            kind=row.kind,
            holder_id=row.member.id,
            object_id=household.id,
            region_code=household.region_code,
            part=row.part,
            valid_from=begins,
            remark=row.line.values.get("remark") or "",
        )
        others = [
            each
            for each in self._links.get(household.id, ())
            if (each.campaign, each.kind, each.holder_id) == (row.campaign.code, row.kind, row.member.id)
        ]
        open_ones = [each for each in others if each.valid_to is None]
        if not open_ones:
            self._refuse_who_left(session, row.member.id, on=begins)
            begun = links.begin(session, row.campaign, told, actor=self._actor, at=self._at, others=others)
            self._note(session, begun, household.id)
            return "created"
        if row.since is None:
            told = replace(told, valid_from=open_ones[0].valid_from)
        mended = links.mend(session, open_ones[0], told, actor=self._actor, at=self._at, others=others)
        self._note(session, mended, household.id)
        return "updated" if mended is not open_ones[0] or outcome != "unchanged" else "unchanged"

    def _refuse_who_left(self, session: Session, member_id: UUID, *, on: date) -> None:
        """Refuse a member who had left before the link began.

        Raises:
            Invalid: holder_has_left.
        """
        _, last = self._in_office(session, member_id)
        if last is not None and last < on:
            raise invalid("since", "import_holder_has_left", day=last.isoformat())

    def _ask_who_came_later(self, session: Session, row: "_Row", desk: Desk) -> None:
        """Ask about a link that began before its member did: a term before may not be registered yet."""
        first, _ = self._in_office(session, row.member.id)
        if first is not None and row.since is not None and row.since < first:
            desk.warn(row.line, key="since", code="import_before_term", since=first.isoformat())

    def _in_office(self, session: Session, member_id: UUID) -> tuple[date | None, date | None]:
        """Return the first and the last day in office of a member, who is asked for once."""
        if member_id not in self._served:
            self._served[member_id] = in_office.came_on(session, member_id), in_office.left_on(session, member_id)
        return self._served[member_id]

    def _note(self, session: Session, row: Link, household_id: UUID) -> None:
        """Take down a link as begun or mended."""
        before = self._links.get(household_id, [])
        session.if_taken_back(lambda: self._links.update({household_id: before}))
        rows = [each for each in before if each.id != row.id] + [row]
        self._links[household_id] = sorted(rows, key=lambda each: each.valid_from)

    def _member(self, session: Session, values: Mapping[str, Any], known: Mapping[str, Sequence[Member]]) -> Member:
        name = values["member"]
        found = known.get(name, [])
        phone = personal.parse_phone(values.get("member_phone"), field="member_phone")
        if len(found) > 1 and phone is not None:
            found = [each for each in found if member_actions.plain_phone(session, each) == phone]
        if not found:
            raise invalid("member", "import_unknown_member", name=name)
        if len(found) > 1:
            raise invalid("member", "import_member_ambiguous", name=name)
        return found[0]

    def _campaign(self, part: str, since: date, named: Campaign | None) -> tuple[Campaign, str]:
        """Return the campaign and its kind of link that a row belongs to.

        It is the one it names, else of several the earliest that has its part.
        """
        found = [
            (each, kind)
            for each in ([named] if named else campaigns().values())
            if each.holds(self._county, since)
            for kind in each.kinds_to("household")
        ]
        if not found:
            raise invalid("since", "import_no_campaign", day=since.isoformat())
        return next(((each, kind) for each, kind in found if part in each.links[kind].least), found[0])

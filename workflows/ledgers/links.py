"""The ledger of links of members to households (domain.md §4.2 no. 1): a row is one link, with both ends described.

A member has to be known already (`casework import members`); a household that is not known is entered with the row. A
link is known by its two ends; a row told otherwise mends it, and nothing is linked twice.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

from casework.campaign import links
from casework.campaign.definition import Campaign
from casework.campaign.links import NewLink
from casework.campaign.loader import campaigns
from casework.campaign.tables import Link
from casework.core import editions, personal
from casework.core.actors import Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, invalid
from casework.core.office import Office
from casework.exchange.column_sets import column_set
from casework.households.actions import CATEGORY
from casework.members import actions as member_actions
from casework.members import queries as members
from casework.members.tables import Member
from casework.registry.loading import Outcome
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.households import Register
from workflows.ledgers.names import Names


class Links:
    """Rows of links."""

    key_field = "head"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("links")
        self._county = office.settings.region
        self._actor, self._at = actor, at
        self._register = Register(office, actor, at, self.columns)

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Nothing has to be known beforehand."""

    def key(self, line: Line) -> str:
        """Return both ends of the link."""
        values = line.values
        place = "".join(str(values.get(key) or "") for key in ("town", "village"))
        return f"{values['member']} {values.get('id_number') or values['head'] + place}"

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk of links."""
        names = Names(session, county=self._county)
        known = members.named(session, [line.values["member"] for line in lines], region_code=self._county)
        for line in lines:
            try:
                with session.savepoint():
                    outcome = self._keep(session, names, line.values, known)
            except CaseworkError as refusal:
                desk.refuse(line, refusal)
                continue
            desk.note(outcome)
            if line.values.get("since") is None:
                desk.warn(line, key="since", code="import_since_today")

    def _keep(
        self, session: Session, names: Names, values: Mapping[str, Any], known: Mapping[str, Sequence[Member]]
    ) -> Outcome:
        member = self._member(session, values, known)
        part = self._register.code("categories", values["kind"], key="kind")
        since: date | None = values.get("since")
        campaign, kind = self._campaign(part, since or self._register.today)
        household, outcome = self._register.keep(session, names, {**values, "phone": values.get("head_phone")})
        self._register.count_as(session, household, part=CATEGORY, code=part, since=since or self._register.today)
        told = NewLink(
            kind=kind,
            holder_id=member.id,
            object_id=household.id,
            region_code=household.region_code,
            part=part,
            valid_from=since or self._register.today,
            remark=values.get("remark") or "",
        )
        open_ones = [each for each in links.between(session, campaign.code, told) if each.valid_to is None]
        if not open_ones:
            links.begin(session, campaign, told, actor=self._actor, at=self._at)
            return "created"
        if since is None:
            told = replace(told, valid_from=open_ones[0].valid_from)
        row = editions.newest(session, Link, open_ones[0].id, lock=True)
        mended = links.mend(session, row, told, actor=self._actor, at=self._at)
        return "updated" if mended is not row or outcome != "unchanged" else "unchanged"

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

    def _campaign(self, part: str, since: date) -> tuple[Campaign, str]:
        """Return the campaign and its kind of link that a row belongs to: of several the earliest that has its part."""
        found = [
            (each, kind)
            for each in campaigns().values()
            if each.holds(self._county, since)
            for kind in each.kinds_to("household")
        ]
        if not found:
            raise invalid("since", "import_no_campaign", day=since.isoformat())
        return next(((each, kind) for each, kind in found if part in each.links[kind].least), found[0])

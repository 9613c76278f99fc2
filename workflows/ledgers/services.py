"""The ledger of services (domain.md §4.2 no. 11): a row is one technical, market or information service given.

A service is known by its day, kind, content, place and receiver. Who gave it is a member or a unit where one is known
by that name, and words where not.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from casework.activities.tables import Service
from casework.campaign import natural
from casework.campaign.records import SERVICE
from casework.core.database import Session
from casework.core.errors import invalid
from casework.exchange.habits import plain
from casework.exchange.values import word_code
from workflows.ledgers.desk import Line
from workflows.ledgers.records import Mistakes, Records, Told, names_in, said

_VILLAGE = 12


class Services(Records):
    """Rows of services."""

    kind = "services"
    key_field = "content"
    form = SERVICE
    fields = MappingProxyType({name: name for name in ("content", "provider", "receiver", "remark")})

    def prepare(self, session: Session, lines: Sequence[Line]) -> None:
        """Look up the members that may have given a service."""
        cells = [line.values.get("provider") or "" for line in lines]
        self.people(session).learn(session, members_named=[name for cell in cells for name in (cell, *names_in(cell))])

    def read(self, session: Session, line: Line) -> Told:
        """Check a row; see `Records.read`."""
        values, wrong = line.values, Mistakes()
        on = wrong.tried(lambda: self.day(values, "on"))
        kind = wrong.tried(lambda: word_code(values["kind"], self.columns.data["kinds"], "kind"))
        place = wrong.tried(lambda: self._place(session, values))
        words = wrong.tried(lambda: self.words(session, values))
        wrong.settle()
        columns, warnings = self.credited(session, words or {}, "provider")
        given = {"on_date": on, "kind": kind, "region_code": place}
        receiver = plain(values.get("receiver") or "")
        bucket = (on, kind, place, plain(values["content"]))
        key = "\n".join((*map(str, bucket), receiver))

        def fits(row: Service) -> bool:
            return plain(row.receiver) == receiver

        return Told(line, bucket, key, columns, given=given, fits=fits, warnings=warnings)

    def find(self, session: Session, read: Sequence[Told]) -> Iterable[Service]:
        """Return the services of the days."""
        days = {each.given["on_date"] for each in read}
        return natural.dated(session, Service, self.county, days=days)

    def bucket_of(self, row: Service) -> Hashable:
        """Return day, kind, place and content."""
        return row.on_date, row.kind, row.region_code, plain(row.content)

    def _place(self, session: Session, values: Mapping[str, Any]) -> str:
        """Return the code of the village, the town, or the county where none is named.

        Raises:
            Invalid: import_unknown_place, import_place_ambiguous.
        """
        town, village = said(values, "town"), said(values, "village")
        if town is None and village is None:
            return self.county
        place = self.names(session).place((town or "") + (village or ""), field="village" if village else "town")
        if village and len(place) < _VILLAGE:
            raise invalid("village", "import_unknown_place")
        return place

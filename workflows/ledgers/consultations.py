"""The ledger of consultations (domain.md §4.2 no. 4): a row is one consultation, known by its topic and its day.

A row of the past is history at once and keeps its words as they were; one without a time, or of a day to come, is a
topic that waits for screening. Of a consultation that was brought here a row says the same or is refused.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any

from casework.consultations import queries, topics, venues
from casework.consultations.tables import Consultation
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, Invalid, invalid
from casework.core.office import Office
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.habits import plain
from casework.exchange.values import word_code
from casework.permissions import Subject
from casework.registry import queries as registry
from workflows import engine, records
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names

# What a row says in words, kept as it is.
_WORDS = ("venue", "convenor", "attended", "consensus", "org", "due", "progress", "evaluation")
_KIND, _SOURCE = "thematic", "department"
# Where a mistake of a topic stands in the file.
_COLUMNS: Mapping[str, str] = {"title": "topic", "region_code": "venue"}


class Consultations:
    """Rows of consultations."""

    key_field = "topic"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("consultations")
        self._county, self._zone = office.settings.region, office.settings.zone
        self._actor, self._at = actor, at

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Look up the places once."""
        self._names = Names(session, county=self._county)

    def key(self, line: Line) -> str:
        """A consultation is known by its topic and its day."""
        return _key(line.values["topic"], self._day(line.values))

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk."""
        found = queries.titled(session, {line.values["topic"] for line in lines}, region=self._county)
        known = {_key(row.title, row.meets_on): row for row in found}
        for line in lines:
            try:
                self._keep(session, line, desk, known)
            except CaseworkError as refusal:
                desk.refuse(line, refusal)

    def _day(self, values: Mapping[str, Any]) -> date | None:
        return None if values.get("held") is None else values["held"][0]

    def _keep(self, session: Session, line: Line, desk: Desk, known: dict[str, Consultation]) -> None:
        told = self._told(line.values)
        row = known.get(self.key(line))
        if row is None:
            known[self.key(line)] = self._enter(session, line.values, told)
            desk.note("created")
            return
        here = row_of(session, row, self.columns)
        differing = {k: v for k, v in told.items() if v is not None and plain(here.get(k) or "") != plain(v)}
        if not differing:
            desk.note("unchanged")
            return
        if not row.ledger:
            raise invalid("topic", "import_consultation_kept", number=row.number)
        fields = {name: {"from": here.get(name), "to": value} for name, value in differing.items()}
        row.ledger = {**row.ledger, **differing}
        records.note(
            session, row, actor=self._actor, at=self._at, trigger="mend", event="mended", fields={"ledger": fields}
        )
        desk.note("updated")

    def _told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a row says, in the words an export would write.

        Raises:
            Invalid: an unknown word for where the topic came from.
        """
        told: dict[str, Any] = {name: values.get(name) for name in _WORDS}
        told["org"] = None if values.get("org") is None else self.columns.data["words"]["and"].join(values["org"])
        told["due"] = None if values.get("due") is None else values["due"].isoformat()
        sources = self.columns.data["sources"]
        code = word_code(values.get("source"), sources, "source")
        told["source"] = None if code is None else sources[code][0]
        return told

    def _enter(self, session: Session, values: Mapping[str, Any], told: Mapping[str, Any]) -> Consultation:
        kinds, sources = self.columns.data["kinds"], self.columns.data["sources"]
        raw = {
            "title": values["topic"],
            "kind": word_code(values.get("kind"), kinds, "kind") or _KIND,
            "source": word_code(values.get("source"), sources, "source") or _SOURCE,
            "region_code": self._place(values.get("venue")),
            "reason": self.columns.title,
        }
        try:
            read = topics.read(session, raw, actor=self._actor, at=self._at)
        except Invalid as mistake:
            raise Invalid(
                [replace(each, field=_COLUMNS.get(each.field, each.field)) for each in mistake.errors]
            ) from mistake
        row = topics.make(session, read, actor=self._actor, at=self._at)
        row.ledger = {name: value for name, value in told.items() if value is not None} | {"title": values["topic"]}
        row.place, row.convenor_name = values.get("venue") or "", values.get("convenor") or ""
        on = self._day(values)
        if on is not None:
            clock = values["held"][1]
            row.meets_on = on
            row.starts_at = datetime.combine(on, clock or time(), tzinfo=self._zone).astimezone(UTC)
            row.ledger = {**row.ledger, "has_time": clock is not None}
        facts = {"imported": True, "kind": row.kind, "source": row.source, "region_code": row.region_code}
        engine.start(session, row, actor=self._actor, at=self._at, facts=facts)
        session.flush()
        if on is not None and on <= self._at.astimezone(self._zone).date():
            engine.move(session, row, "keep", subject=Subject(row.region_code), actor=SYSTEM, at=self._at)
        return row

    def _place(self, words: str | None) -> str:
        """Return the place a venue names; the county where it names none."""
        if words is None:
            return self._county
        try:
            return self._names.place(words, field="venue")
        except CaseworkError:
            return self._county


def _key(title: str, on: date | None) -> str:
    return "\n".join((plain(title), "" if on is None else on.isoformat()))


def rows_of(session: Session, _office: Office, actor: Actor, _at: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield the consultations of the actor's places as the ledger has them, oldest first."""
    columns = column_set("consultations")
    for serial, row in enumerate(queries.every(session, actor), start=1):
        told = row_of(session, row, columns)
        held: Any = None
        if row.starts_at is not None:
            at = row.starts_at.astimezone(session.info["zone"])
            held = at if row.ledger.get("has_time", True) else at.date()
        due = date.fromisoformat(told["due"]) if told.get("due") else None
        yield {"serial": str(serial), "topic": row.title, **told, "held": held, "due": due}


def row_of(session: Session, row: Consultation, columns: ColumnSet) -> dict[str, Any]:
    """Return what a consultation says by the keys of the columns, in words."""
    told: dict[str, Any] = {"source": columns.data["sources"][row.source][0]}
    if row.ledger:
        return told | {name: row.ledger.get(name) for name in (*_WORDS, "source") if name in row.ledger}
    words = columns.data["words"]
    items = queries.items_of(session, [row.id])
    orgs = registry.orgs_by_id(session, {item.org_id for item in items})
    people = [each.name for each in queries.participants_of(session, row) if each.attended or row.state in _COMING]
    place = venues.by_id(session, [row.venue_id]).get(row.venue_id) if row.venue_id is not None else None
    lines = [words["item"].format(n=item.place, text=item.text) for item in items]
    told |= {
        "venue": row.place if place is None else place.name,
        "convenor": row.convenor_name or None,
        "attended": words["people"].format(n=len(people), names=words["and"].join(people)) if people else None,
        "consensus": words["between"].join(lines) or None,
        "org": words["and"].join(dict.fromkeys(orgs[item.org_id].name for item in items)) or None,
        "due": max(item.due_on for item in items).isoformat() if items else None,
        "evaluation": _satisfaction(row),
    }
    return {name: value or None for name, value in told.items()}


_COMING = ("scheduled", "notified")


def _satisfaction(row: Consultation) -> str | None:
    choices = engine.workflow_of(row).workflow.by_trigger["evaluate"].fields[0].choices
    return None if row.satisfaction is None else choices[row.satisfaction]["zh"]

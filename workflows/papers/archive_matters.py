"""What an archive says of supervised matters and of consultations, beside the cases of archive_pages.py.

They go into the plain and the masked variant. The public one has none of them: nobody has written a public summary of
a supervised matter or of minutes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from casework.consultations import look_backs, ratings
from casework.consultations import queries as consultations
from casework.consultations.tables import Consultation, Participant, Venue
from casework.core import personal
from casework.core.i18n import say
from casework.documents.model import Block, Heading, Official, Table
from casework.exchange.writer import Cell, Kind
from casework.matters.tables import Attachment
from casework.registry import queries as registry
from casework.supervisions import queries as supervisions
from casework.supervisions.tables import Supervision
from workflows.firing import MATTERS
from workflows.papers.archive_pages import PLAIN, Teller

_SUPERVISION: Mapping[str, Kind] = {
    **{"number": Kind.IDENTIFIER, "slip": Kind.IDENTIFIER, "subject": Kind.TEXT, "place": Kind.TEXT, "unit": Kind.TEXT},
    **{"level": Kind.INTEGER, "due_on": Kind.DATE, "state": Kind.TEXT, "result_class": Kind.TEXT, "closed": Kind.DATE},
}
_CONSULTATION: Mapping[str, Kind] = {
    **{"number": Kind.IDENTIFIER, "subject": Kind.TEXT, "form": Kind.TEXT, "place": Kind.TEXT, "unit": Kind.TEXT},
    **{"met": Kind.DATE, "venue": Kind.TEXT, "agreed": Kind.INTEGER, "state": Kind.TEXT, "closed": Kind.DATE},
}


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of matter in an archive: its table, its folder, its list, and how one is told."""

    name: str
    kind: type[Any]
    columns: Mapping[str, Kind]
    values: Callable[[Teller, Any], dict[str, Any]]
    document: Callable[[Teller, Any, Sequence[Attachment]], Official]

    def row(self, teller: Teller, matter: Any) -> tuple[Cell, ...]:
        """Return the row of the list."""
        told = self.values(teller, matter)
        return tuple(told[name] for name in self.columns)


# ------------------------------------------------------------------ supervised matters
def _supervision_values(teller: Teller, row: Supervision) -> dict[str, Any]:
    return {
        **_common(teller, row),
        "slip": row.slip_number or "",
        "level": row.level,
        "due_on": row.due_on,
        "result_class": row.result_class or "",
    }


def _supervision(teller: Teller, row: Supervision, files: Sequence[Attachment]) -> Official:
    session = teller.session
    helping = [org.name for org in supervisions.co_orgs_of(session, [row.id]).get(row.id, ())]
    told = {
        **_supervision_values(teller, row),
        "source": say(f"supervision.source.{row.source}"),
        "co_units": "\u3001".join(helping),
        "extensions": row.extensions,
        "recurrences": row.recurrences,
    }
    blocks = [*_basics(told)]
    for name in ("requirement", "result", "evidence"):
        blocks += teller.section(name, teller.seen(getattr(row, name)))
    urged = [(each.number, each.on_date.isoformat(), teller.seen(each.words)) for each in _urgings(teller, row)]
    blocks += _table("urgings", ("number", "day", "comment"), urged, widths=(3, 2, 6))
    return _paper(teller, row, blocks, files)


def _urgings(teller: Teller, row: Supervision) -> Sequence[Any]:
    return supervisions.urgings_of(teller.session, row.id)


# ------------------------------------------------------------------ consultations
def _consultation_values(teller: Teller, row: Consultation) -> dict[str, Any]:
    venue = teller.session.get(Venue, row.venue_id) if row.venue_id is not None else None
    return {
        **_common(teller, row),
        "form": say(f"meetings.kind.{row.kind}"),
        "met": row.meets_on or "",
        "venue": venue.name if venue is not None else row.place,
        "agreed": len(consultations.items_of(teller.session, [row.id])),
    }


def _consultation(teller: Teller, row: Consultation, files: Sequence[Attachment]) -> Official:
    blocks = [*_basics(_consultation_values(teller, row))]
    for name in ("reason", "research", "minutes"):
        blocks += teller.section(name, teller.seen(getattr(row, name)))
    blocks += teller.section("unresolved", "\n".join(teller.seen(each) for each in row.unresolved))
    blocks += _table(
        "agreements",
        ("item", "content", "unit", "due_on", "became", "realised"),
        _agreed(teller, row),
        widths=(1, 4, 3, 2, 3, 1),
    )
    came = [_participant(teller, each) for each in consultations.participants_of(teller.session, row)]
    blocks += _table("participants", ("who", "part", "attended", "statement"), came, widths=(3, 2, 1, 4))
    blocks += _table("ratings", ("satisfaction", "count"), _rated(teller, row), widths=(4, 2))
    looked = [
        (str(each.months), _yes(each.holds), teller.seen(each.finding))
        for each in look_backs.of_consultation(teller.session, row.id)
        if each.holds is not None
    ]
    blocks += _table("look_backs", ("months", "realised", "comment"), looked, widths=(2, 2, 6))
    return _paper(teller, row, blocks, files)


def _agreed(teller: Teller, row: Consultation) -> list[tuple[str, ...]]:
    session = teller.session
    items = consultations.items_of(session, [row.id])
    orgs = registry.orgs_by_id(session, [each.org_id for each in items])
    rows: list[tuple[str, ...]] = []
    for each in items:
        made = session.get(MATTERS[each.into], each.record_id) if each.into in MATTERS else None
        became = say(f"archive.became.{each.into}") if each.into else ""
        words = f"{became} {made.number}" if made is not None else became
        unit = orgs[each.org_id].name if each.org_id in orgs else ""
        told = (str(each.place), teller.seen(each.text), unit, each.due_on.isoformat(), words, _yes(each.realised))
        rows.append(told)
    return rows


def _participant(teller: Teller, each: Participant) -> tuple[str, ...]:
    names = registry.people_by_id(teller.session, {each.person_id}) if each.person_id is not None else {}
    # Who has an account acts for an office; whoever is only a name may be a villager.
    name = names.get(each.person_id, "") if each.person_id is not None else each.name
    if each.person_id is None and teller.variant != PLAIN:
        name = personal.mask_name(name)
    told = say(f"meetings.position.{each.position}") if each.position else ""
    if each.said:
        told = say("archive.said", position=told, words=teller.seen(each.said))
    return (name, say(f"meetings.part.{each.part}"), _yes(each.attended), told)


def _rated(teller: Teller, row: Consultation) -> list[tuple[str, ...]]:
    counted = ratings.counted(ratings.of_consultation(teller.session, row.id))
    known = ("satisfied", "basically", "dissatisfied")
    return [(say(f"satisfaction.{each}"), str(counted[each])) for each in known if counted.get(each)]


# ------------------------------------------------------------------ both
def _common(teller: Teller, row: Any) -> dict[str, Any]:
    return {
        "number": row.number,
        "subject": teller.seen(row.title),
        "place": teller.place(row.region_code),
        "unit": "" if row.lead_org_id is None else teller.org(row.lead_org_id),
        "state": teller.state(row),
        "closed": teller.day(row.state_since),
    }


def _basics(told: Mapping[str, Any]) -> list[Block]:
    rows = tuple(
        (say(f"archive.{name}"), value if isinstance(value, str) else str(value))
        for name, value in told.items()
        if value not in ("", 0, None) and name != "subject"
    )
    table = Table("", (say("archive.item"), say("archive.content")), rows, widths=(1, 4))
    return [Heading(1, say("archive.basics")), table]


def _table(
    name: str, columns: Sequence[str], rows: Sequence[tuple[str, ...]], *, widths: tuple[int, ...] = ()
) -> list[Block]:
    if not rows:
        return []
    headings = tuple(say(f"archive.{each}") for each in columns)
    table = Table("", headings, tuple(rows), widths=widths or (1,) * len(columns))
    return [Heading(1, say(f"archive.{name}")), table]


def _paper(teller: Teller, row: Any, blocks: list[Block], files: Sequence[Attachment]) -> Official:
    blocks = [*blocks, Heading(1, say("archive.history")), teller.history(row), *teller.attached(files)]
    return Official(title=teller.seen(row.title), blocks=tuple(blocks), footer_lines=(row.number,))


def _yes(value: bool | None) -> str:
    return "" if value is None else say("archive.yes" if value else "archive.no")


PARTS = (
    Part("supervisions", Supervision, _SUPERVISION, _supervision_values, _supervision),
    Part("consultations", Consultation, _CONSULTATION, _consultation_values, _consultation),
)

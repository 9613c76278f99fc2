"""The minutes of a consultation as an official paper in the form of minutes (纪要格式, domain.md §4.1)."""

import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from casework.consultations import queries, venues
from casework.consultations.codes import AGAINST
from casework.consultations.tables import Consultation, Participant
from casework.core.database import Session
from casework.documents.model import Block, Heading, Official, Paragraph
from casework.registry import queries as registry


@cache
def _words() -> Mapping[str, Any]:
    return tomllib.loads(Path(__file__).with_name("minutes.toml").read_text("utf-8"))


@dataclass(frozen=True, slots=True)
class Seen:
    """What the reader may see: `text` of texts, `name` of people without an account."""

    text: Callable[[str], str]
    name: Callable[[str], str]


def of(
    session: Session, row: Consultation, seen: Seen, *, office: str, day: Callable[[date], str], printed_on: date
) -> Official:
    """Return the minutes; `office` prints them, `day` tells a day in words. They bear neither seal nor signature."""
    blocks = [*_text(session, row, seen, day=day), *_people(queries.participants_of(session, row), seen)]
    return Official(
        title=seen.text(row.title),
        blocks=tuple(blocks),
        issuer=_words()["issuer"],
        number=row.number,
        printed_by=office,
        printed_on=printed_on,
    )


def _text(session: Session, row: Consultation, seen: Seen, *, day: Callable[[date], str]) -> Iterator[Block]:
    words = _words()
    place = venues.by_id(session, [row.venue_id]).get(row.venue_id) if row.venue_id else None
    yield Heading(1, words["about"])
    met = words["met"].format(
        day="" if row.meets_on is None else day(row.meets_on),
        hours="" if row.starts_at is None else f"{row.starts_at.astimezone(session.info['zone']):%H:%M}",
        convenor=row.convenor_name,
        venue=row.place if place is None else place.name,
        title=seen.text(row.title),
        reason=seen.text(row.reason),
    )
    yield Paragraph((met,))
    if row.research:
        yield from _lines(words["research"].format(text=seen.text(row.research)))
    yield Heading(1, words["said"])
    yield from _lines(seen.text(row.minutes))
    yield from _statements(queries.participants_of(session, row), seen)
    items = queries.items_of(session, [row.id])
    if items:
        names = registry.orgs_by_id(session, {each.org_id for each in items})
        yield Heading(1, words["agreed"])
        for each in items:
            unit, due = names[each.org_id].name, day(each.due_on)
            yield Paragraph((words["item"].format(n=each.place, text=seen.text(each.text), unit=unit, due=due),))
    if row.unresolved:
        yield Heading(1, words["open"])
        for n, text in enumerate(row.unresolved, start=1):
            yield Paragraph((words["point"].format(n=n, text=seen.text(text)),))


def _statements(people: Sequence[Participant], seen: Seen) -> Iterator[Block]:
    """Yield what people said, and under a heading of its own what those said who do not agree."""
    words = _words()

    def told(each: Participant) -> Paragraph:
        name = each.name if each.person_id is not None else seen.name(each.name)
        form = words["statement" if each.said else "stated"]
        position = words["positions"][each.position]
        return Paragraph((form.format(name=name, position=position, words=seen.text(each.said)),))

    spoke = [each for each in people if each.position]
    yield from (told(each) for each in spoke if each.position != AGAINST)
    against = [each for each in spoke if each.position == AGAINST]
    if against:
        yield Heading(1, words["against"])
        yield from (told(each) for each in against)


def _lines(text: str) -> Iterator[Block]:
    yield from (Paragraph((line.strip(),)) for line in text.splitlines() if line.strip())


def _people(people: Sequence[Participant], seen: Seen) -> Iterator[Block]:
    """Yield who was there, who had said no, who else was missing and who came beside, each list on a line."""
    words = _words()
    guests = frozenset(words["guests"])
    absent = [each for each in people if not each.attended and each.invited is not False]
    lists = {
        "came": [each for each in people if each.attended and each.part not in guests],
        "away": [each for each in absent if each.reply == "no"],
        "missing": [each for each in absent if each.reply != "no"],
        "beside": [each for each in people if each.attended and each.part in guests],
    }
    for name, found in lists.items():
        if found:
            told = [each.name if each.person_id is not None else seen.name(each.name) for each in found]
            yield Paragraph((f"{words[name]}{words['separator'].join(told)}{words['stop']}",))

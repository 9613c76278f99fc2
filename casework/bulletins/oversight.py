"""The monthly notice on supervised matters as an official document: counts, each unit, praise, problems, next steps.

Every number is counted from the matters themselves as they stand now; it is a draft until somebody signs it on paper.
"""

import tomllib
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from casework.bulletins.drafting import day_in_words
from casework.core.database import Session
from casework.core.i18n import say
from casework.documents.model import Align, Block, Cell, Heading, Marked, Official, Paragraph, Table
from casework.registry import queries as registry
from casework.supervisions import palette, queries
from casework.supervisions.actions import LISTED
from casework.supervisions.palette import Pair
from casework.supervisions.tables import Supervision

_SECTION = 1
_RIGHT: Align = "right"
_OPEN = frozenset({"issued", "in_progress"})


@cache
def kept_words() -> Mapping[str, Any]:
    """Return the words around the numbers of both papers, the month's and the week's."""
    return tomllib.loads((Path(__file__).parent / "oversight.toml").read_text("utf-8"))


@dataclass(slots=True)
class _Month:
    """One month of one county, everything asked once."""

    first: date
    last: date
    as_of: date
    rows: Sequence[Supervision]
    orgs: Mapping[UUID, str]
    silent: frozenset[UUID]
    urged: Mapping[UUID, int]
    labels: Mapping[str, str]
    colours: Mapping[str, Pair]

    def org(self, row: Supervision) -> str:
        return self.orgs.get(row.lead_org_id, "") if row.lead_org_id is not None else ""

    def within(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    def is_late(self, row: Supervision) -> bool:
        return row.state in _OPEN and row.due_on < self.as_of

    def told(self, row: Supervision) -> dict[str, Any]:
        return {
            "org": self.org(row),
            "title": row.title,
            "number": row.slip_number or row.number,
            "due": day_in_words(row.first_due_on),
            "leader": row.leader or "",
            "urged": row.urges,
            "day": "" if row.struck_off_on is None else day_in_words(row.struck_off_on),
        }

    def counts(self, row: Supervision) -> list[int]:
        return [
            int(row.is_open),
            int(self.within(row.issued_on)),
            int(self.within(row.struck_off_on)),
            int(self.is_late(row)),
            int(row.id in self.silent),
            self.urged.get(row.id, 0),
            row.extensions,
        ]


def of_month(
    session: Session, *, county: str, name: str, year: int, month: int, at: datetime, labels: Mapping[str, str]
) -> Official:
    """Return the notice of a month; `name` is the county's, `labels` what states are called."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    today = at.astimezone(session.info["zone"]).date()
    rows = queries.in_month(session, region=county, first=first, last=last)
    found = registry.orgs_by_id(session, [row.lead_org_id for row in rows if row.lead_org_id is not None])
    late = frozenset(
        each for each, due in queries.progress_clocks(session, [row.id for row in rows]).items() if due < at
    )
    urgings = queries.urgings_between(session, [row.id for row in rows], first=first, last=last)
    urged = {matter_id: len(ids) for matter_id, ids in urgings.items()}
    orgs = {each: org.name for each, org in found.items()}
    told = _Month(first, last, min(today, last), rows, orgs, late, urged, labels, palette.of(session))
    words = kept_words()
    return Official(
        title=words["title"].format(year=year, month=month),
        blocks=tuple(_blocks(told)),
        issuer=words["issuer"].format(county=name),
        is_draft=True,
        addressee=words["addressee"],
        signed_by=words["signed_by"].format(county=name),
    )


def _blocks(month: _Month) -> Iterator[Block]:
    words = kept_words()
    yield Heading(_SECTION, words["overview"]["heading"])
    yield Paragraph((words["overview"]["text"].format(**_overview(month)),))
    yield _by_unit(month)
    praised = [row for row in month.rows if month.within(row.struck_off_on) and row.handle_outcome == "on_time"]
    in_time = [row for row in praised if not row.extensions and not row.recurrences]
    yield from _section("praise", [("text", row) for row in in_time], month)
    late = [("late", row) for row in month.rows if month.is_late(row)]
    recurred = [("recurred", row) for row in month.rows if row.recurrences and row.is_open]
    yield from _section("problems", [*late, *recurred], month)
    listed = [("text", row) for row in month.rows if row.is_open and row.level == LISTED]
    yield from _section("listed", listed, month)
    yield Heading(_SECTION, words["next"]["heading"])
    yield from (Paragraph((text,)) for text in words["next"]["texts"])
    annex = words["annex"]
    yield Table(
        annex["table"],
        tuple(annex["columns"]),
        tuple(_annex_row(row, month) for row in month.rows),
        widths=(3, 6, 3, 2, 2, 2),
        landscape=True,
    )


def _section(name: str, found: Sequence[tuple[str, Supervision]], month: _Month) -> Iterator[Block]:
    words = kept_words()[name]
    yield Heading(_SECTION, words["heading"])
    if not found:
        yield Paragraph((words["none"],))
    for kind, row in found:
        yield Paragraph((words[kind].format(**month.told(row)),))


def _overview(month: _Month) -> dict[str, Any]:
    rows = month.rows
    return {
        "day": day_in_words(month.as_of),
        "total": len(rows),
        "listed": sum(row.is_open and row.level == LISTED for row in rows),
        "issued": sum(month.within(row.issued_on) for row in rows),
        "struck_off": sum(month.within(row.struck_off_on) for row in rows),
        "long_term": sum(row.state == "long_term" for row in rows),
        "late": sum(month.is_late(row) for row in rows),
        "silent": len(month.silent),
        "urged": sum(month.urged.values()),
    }


def _by_unit(month: _Month) -> Table:
    words = kept_words()["overview"]
    sums: dict[str, list[int]] = {}
    for row in month.rows:
        counted = month.counts(row)
        sums[month.org(row)] = [
            a + b for a, b in zip(sums.get(month.org(row), [0] * len(counted)), counted, strict=True)
        ]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *counted) for name, counted in sorted(sums.items(), key=lambda each: (-each[1][0], each[0]))
    )
    columns = tuple(words["columns"])
    align: list[Align] = ["left", *(_RIGHT for _ in columns[1:])]
    return Table(words["table"], columns, rows, align=tuple(align))


def _annex_row(row: Supervision, month: _Month) -> tuple[Cell, ...]:
    return (
        row.slip_number or row.number,
        row.title,
        month.org(row),
        _marked(f"{row.level} {say(f'level.{row.level}', locale='zh')}", palette.level_key(row.level), month),
        row.due_on.isoformat(),
        _marked(month.labels[row.state], palette.state_key(row.state), month),
    )


def _marked(text: str, key: str, month: _Month) -> Cell:
    """Return words on the colours this office gives what they name; the words alone say all of it."""
    pair = month.colours.get(key)
    return text if pair is None or not text else Marked(text, pair.ink, pair.tint)

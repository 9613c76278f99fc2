"""The monthly notice on supervised matters as an official document: counts, each unit, praise, problems, next steps.

Every number is counted from the matters as they stood when the month was over, or stand now while it runs; it is a
draft until somebody signs it on paper.
"""

import tomllib
from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from casework.bulletins.drafting import day_in_words
from casework.core.database import Session
from casework.core.i18n import say
from casework.documents.model import Align, Block, Cell, Heading, Marked, Official, Paragraph, Table
from casework.registry import queries as registry
from casework.supervisions import palette, queries, stood
from casework.supervisions.actions import LISTED
from casework.supervisions.palette import Pair
from casework.supervisions.stood import Stood
from casework.supervisions.tables import Supervision

_SECTION = 1
_RIGHT: Align = "right"


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
    # The first day that is not over: what was due on the last day of a month that is over is late.
    begun: date
    rows: Sequence[Stood]
    orgs: Mapping[UUID, str]
    urged: Mapping[UUID, int]
    labels: Mapping[str, str]
    colours: Mapping[str, Pair]

    def org(self, row: Supervision) -> str:
        return self.orgs.get(row.lead_org_id, "") if row.lead_org_id is not None else ""

    def within(self, day: date | None) -> bool:
        return day is not None and self.first <= day <= self.last

    def is_late(self, each: Stood) -> bool:
        return each.is_late(self.begun)

    def told(self, each: Stood) -> dict[str, Any]:
        words, listed, row = kept_words()["problems"], kept_words()["listed"], each.row
        return {
            "org": self.org(row),
            "title": row.title,
            "number": row.slip_number or row.number,
            "due": day_in_words(row.first_due_on),
            "leader": listed["leader"].format(name=each.leader) if each.leader else listed["nobody"],
            "urged": words["urged"].format(n=each.urges) if each.urges else words["not_urged"],
            "day": "" if each.struck_off_on is None else day_in_words(each.struck_off_on),
        }

    def counts(self, each: Stood) -> list[int]:
        return [
            int(each.is_open),
            int(self.within(each.row.issued_on)),
            int(each.struck_off_on is not None),
            int(self.is_late(each)),
            int(each.is_silent),
            self.urged.get(each.row.id, 0),
            each.extensions,
        ]


def of_month(
    session: Session, *, county: str, name: str, year: int, month: int, at: datetime, labels: Mapping[str, str]
) -> Official:
    """Return the notice of a month; `name` is the county's, `labels` what states are called."""
    first, last = date(year, month, 1), date(year, month, monthrange(year, month)[1])
    today = at.astimezone(session.info["zone"]).date()
    ids = queries.ids_in_month(region=county, first=first, last=last)
    rows = queries.in_month(session, ids)
    found = registry.orgs_by_id(session, {row.lead_org_id for row in rows if row.lead_org_id is not None})
    urgings = queries.urgings_between(session, ids, first=first, last=last)
    urged = {matter_id: len(ids) for matter_id, ids in urgings.items()}
    orgs = {each: org.name for each, org in found.items()}
    stands = stood.standing(session, rows, ids, first=first, last=last, at=at)
    as_of, begun = min(today, last), min(today, last + timedelta(days=1))
    told = _Month(first, last, as_of, begun, stands, orgs, urged, labels, palette.of(session))
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
    counted = _overview(month)
    yield from (Paragraph((text.format(**counted),)) for text in words["overview"]["texts"])
    yield _by_unit(month)
    praised = [each for each in month.rows if each.struck_off_on is not None and each.in_time]
    in_time = [each for each in praised if not each.extensions and not each.recurrences]
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
        widths=(6, 6, 5, 3, 4, 4),
    )


def _section(name: str, found: Sequence[tuple[str, Stood]], month: _Month) -> Iterator[Block]:
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
        "open": sum(each.is_open for each in rows),
        "listed": sum(each.is_open and each.level == LISTED for each in rows),
        "issued": sum(month.within(each.row.issued_on) for each in rows),
        "struck_off": sum(each.struck_off_on is not None for each in rows),
        "long_term": sum(each.became_long_term for each in rows),
        "late": sum(month.is_late(each) for each in rows),
        "silent": sum(each.is_silent for each in rows),
        "urged": sum(month.urged.values()),
    }


def _by_unit(month: _Month) -> Table:
    words = kept_words()["overview"]
    sums: dict[str, list[int]] = {}
    for each in month.rows:
        counted, org = month.counts(each), month.org(each.row)
        sums[org] = [a + b for a, b in zip(sums.get(org, [0] * len(counted)), counted, strict=True)]
    rows: tuple[tuple[Cell, ...], ...] = tuple(
        (name, *counted) for name, counted in sorted(sums.items(), key=lambda each: (-each[1][0], each[0]))
    )
    columns = tuple(words["columns"])
    align: list[Align] = ["left", *(_RIGHT for _ in columns[1:])]
    return Table(words["table"], columns, rows, align=tuple(align))


def _annex_row(each: Stood, month: _Month) -> tuple[Cell, ...]:
    row = each.row
    return (
        row.slip_number or row.number,
        row.title,
        month.org(row),
        _marked(f"{each.level} {say(f'level.{each.level}', locale='zh')}", palette.level_key(each.level), month),
        each.due_on.isoformat(),
        _marked(month.labels[each.state], palette.state_key(each.state), month),
    )


def _marked(text: str, key: str, month: _Month) -> Cell:
    """Return words on the colours this office gives what they name; the words alone say all of it."""
    pair = month.colours.get(key)
    return text if pair is None or not text else Marked(text, pair.ink, pair.tint)

"""The ledger of the assessment (domain.md §4.2 no. 8): a row is the sheet of one member in one year.

A file brings the years before: its sheets are kept as they were, frozen at once. Of a sheet that is here already a row
says the same or is refused: what was assessed is not changed by a file.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from casework.assessment import queries, sheets
from casework.assessment.definition import BONUS, DEDUCTION, DUTY, WHOLE
from casework.assessment.loader import scheme_of
from casework.assessment.reckoning import totals
from casework.assessment.tables import Assessment
from casework.campaign.definition import Campaign
from casework.campaign.loader import campaigns
from casework.core.actors import SYSTEM, Actor
from casework.core.database import Session
from casework.core.errors import CaseworkError, Invalid, invalid
from casework.core.office import Office
from casework.exchange import score_items
from casework.exchange.column_sets import ColumnSet, column_set
from casework.exchange.values import decimal_from_cell, word_code
from casework.members.tables import Member
from casework.permissions import Subject
from workflows import engine
from workflows.ledgers.desk import Desk, Line
from workflows.ledgers.names import Names
from workflows.ledgers.people import People

_SUMS = (BONUS, DEDUCTION)
_TOTAL = "total"
_MOST_POINTS = 10_000


class Assessments:
    """Rows of sheets."""

    key_field = "member"

    def __init__(self, office: Office, actor: Actor, at: datetime) -> None:
        self.columns = column_set("assessments")
        self._county = office.settings.region
        self._actor, self._at = actor, at
        self._today: date = at.astimezone(office.settings.zone).date()

    def look(self, lines: Iterable[Line], session: Session) -> None:
        """Look up the places once."""
        self._people = People(Names(session, county=self._county), county=self._county)

    def key(self, line: Line) -> str:
        """A member has one sheet a year; of two of one name the phone tells which."""
        values = line.values
        return "\n".join((str(values["year"]), values["member"], values.get("member_phone") or ""))

    def write(self, session: Session, lines: Sequence[Line], desk: Desk) -> None:
        """Write one chunk."""
        self._people.learn(session, members_named=(line.values["member"] for line in lines))
        for line in lines:
            try:
                self._keep(session, line, desk)
            except CaseworkError as refusal:
                desk.refuse(line, refusal)

    def _keep(self, session: Session, line: Line, desk: Desk) -> None:
        values = line.values
        phone = values.get("member_phone")
        member = self._people.member(values["member"], field="member", phone=phone)
        campaign = self._campaign(values["year"])
        told = self._told(values)
        kept = queries.of_year(session, campaign.code, values["year"]).get(member.id)
        if kept is not None:
            here = row_of(kept, self.columns)
            if any(_plain(here.get(key)) != _plain(value) for key, value in told.items()):
                raise invalid("member", "import_sheet_kept", year=values["year"])
            desk.note("unchanged")
            return
        if values["year"] >= self._today.year:
            raise invalid("year", "import_year_not_over", year=values["year"])
        self._enter(session, campaign, member, values["year"], told)
        desk.note("created")

    def _campaign(self, year: int) -> Campaign:
        for each in campaigns().values():
            lasts = each.begins.year <= year and (each.ends is None or year <= each.ends.year)
            if lasts and self._county.startswith(each.region_code):
                return each
        raise invalid("year", "import_no_campaign", day=str(year))

    def _told(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return what a row says: points in hundredths, numbers, band and response as words of the ledger.

        Raises:
            Invalid: by the keys of the columns.
        """
        told: dict[str, Any] = {}
        keys = [score_items.key_of(item, "points") for item in score_items.items()]
        for key in (*keys, *_SUMS, _TOTAL):
            if values.get(key) is not None:
                told[key] = _hundredths(values[key], key)
        for item in score_items.items():
            key = score_items.key_of(item, "number")
            if values.get(key) is not None:
                told[key] = values[key]
        if values.get("band") is not None:
            told["band"] = values["band"]
        if values.get("response") is not None:
            responses = self.columns.data["responses"]
            told["response"] = responses[word_code(values["response"], responses, "response")][0]
        return told

    def _enter(self, session: Session, campaign: Campaign, member: Member, year: int, told: Mapping[str, Any]) -> None:
        row = sheets.make(session, campaign, year, member, actor=self._actor)
        row.is_imported = True
        row.content = {"items": [*_items(told), *_sums(told, self.columns)]}
        row.score = told[_TOTAL]
        row.band = _band(campaign, year, told.get("band") or "")
        responses = self.columns.data["responses"]
        row.response = next((code for code, words in responses.items() if told.get("response") == words[0]), "")
        facts = {"imported": True, "member": str(member.id), "year": year}
        engine.start(session, row, actor=self._actor, at=self._at, facts=facts)
        session.flush()
        engine.move(session, row, "keep", subject=Subject(row.region_code), actor=SYSTEM, at=self._at)


def rows_of(session: Session, _office: Office, actor: Actor, _at: datetime) -> Iterator[Mapping[str, Any]]:
    """Yield the sheets of the county as the ledger has them, by year and name."""
    columns = column_set("assessments")
    for serial, sheet in enumerate(queries.under(session, actor), start=1):
        row = row_of(sheet, columns)
        for key in (*(score_items.key_of(item, "points") for item in score_items.items()), *_SUMS, _TOTAL):
            if row.get(key) is not None:
                row[key] = sheets.points_text(row[key])
        yield {"serial": str(serial), "year": sheet.year, "member": sheet.member_name, **row}


def row_of(sheet: Assessment, columns: ColumnSet) -> dict[str, Any]:
    """Return what a sheet says by the keys of the columns, points in hundredths."""
    points = sheets.points_of(sheet)
    row: dict[str, Any] = {_TOTAL: sheet.score, "band": sheets.band_label(sheet, "zh")}
    for item in sheet.content["items"]:
        if item["kind"] == DUTY:
            row[score_items.key_of(item["item"], "points")] = points[item["item"]]
            numbers = [count["number"] for count in item["counts"]]
            row[score_items.key_of(item["item"], "number")] = sum(numbers) if numbers else None
    scheme = sheets.scheme_for(sheet)
    # A sheet from a file has one line for each sum.
    sums = points if sheet.is_imported or scheme is None else totals(scheme, points)
    row |= {kind: sums[kind] for kind in _SUMS if kind in sums}
    if sheet.response:
        row["response"] = columns.data["responses"][sheet.response][0]
    return row


def _items(told: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for code, item in score_items.items().items():
        points, number = (told.get(score_items.key_of(code, part)) for part in ("points", "number"))
        if points is not None:
            yield _line(code, dict(item.label), DUTY, points, most=item.points * WHOLE, number=number)


def _sums(told: Mapping[str, Any], columns: ColumnSet) -> Iterator[dict[str, Any]]:
    for kind in _SUMS:
        if kind in told:
            yield _line(kind, dict(columns.data["sums"][kind]), kind, told[kind], most=told[kind], number=None)


def _line(
    code: str, label: Mapping[str, str], kind: str, points: int, *, most: int, number: int | None
) -> dict[str, Any]:
    count = {"count": code, "label": label, "each": 0, "most": most, "number": number, "points": points}
    counts = [] if number is None else [count | {"capped": False, "evidence": []}]
    item = {"item": code, "label": label, "kind": kind, "most": most, "base": 0, "points": points, "capped": False}
    return item | {"counts": counts}


def _band(campaign: Campaign, year: int, words: str) -> str:
    scheme = scheme_of(campaign.code, year)
    known = {} if scheme is None else {band.label["zh"]: band.code for band in scheme.bands}
    return known.get(words, words)


def _hundredths(text: str, key: str) -> int:
    wrong = invalid(key, "points_form", most=sheets.points_text(_MOST_POINTS * WHOLE))
    try:
        value = decimal_from_cell(text, column=key, largest=_MOST_POINTS) * WHOLE
    except Invalid:
        raise wrong from None
    if value != value.to_integral_value():
        raise wrong
    return int(value)


def _plain(value: Any) -> str:
    return "" if value is None else str(value).strip()

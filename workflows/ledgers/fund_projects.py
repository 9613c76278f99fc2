"""The project that a row of the ledger of money is for, kept beside the money (casework/projects).

A project is known by its name in its place. A row that changes nothing of its sum changes nothing of its project
either: a project with several sums is told of by several rows. What kind a project is is judged once, when it is
entered; whoever sets it by hand afterwards is not overruled.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from casework.campaign import forms, natural
from casework.campaign.readers import LINE
from casework.campaign.records import PROJECT
from casework.core import editions
from casework.core.actors import Actor
from casework.core.database import Session
from casework.exchange.column_sets import ColumnSet
from casework.exchange.habits import plain
from casework.projects.tables import Project
from casework.registry.loading import Outcome
from workflows.ledgers.fund_rows import FundRow
from workflows.ledgers.names import Names

OTHER, AGRI = "other", "agri_industry"


class Projects:
    """The projects that rows of one chunk tell of."""

    def __init__(
        self,
        session: Session,
        names: Names,
        columns: ColumnSet,
        *,
        county: str,
        named: Iterable[tuple[str, str]],
        actor: Actor,
    ) -> None:
        self._session, self._names, self._actor = session, names, actor
        self._known: dict[str, list[Project]] = {}
        places = [{"region_code": place, "name": name[:LINE]} for name, place in named]
        forms.hold_all(session, PROJECT, places)
        for row in natural.projects_named(session, county, {each["name"] for each in places}, lock=True):
            self._known.setdefault(row.name, []).append(row)
        # Once a chunk rather than once a row.
        self._words = {key: [plain(word) for word in words] for key, words in columns.data["projects"].items()}
        self._industries = {plain(row.name): row.id for row in natural.industries(session, county)}
        self._places: dict[str, Sequence[str]] = {}

    def keep(self, row: FundRow, *, money: Outcome, at: datetime) -> Outcome:
        """Enter the project of a row, or mend it when the row has changed its sum."""
        if money == "unchanged":
            return "unchanged"
        name = row.project[:LINE]
        found = self._which(name, row)
        if found is None:
            values = {**self._told(row), **self._judged(row)}
            project = Project(name=name, region_code=row.region_code, **values)
            self._known.setdefault(name, []).append(editions.enter(self._session, project, actor=self._actor, at=at))
            return "created"
        if found.withdrawn:
            return "unchanged"
        changes = self._told(row)
        if found.begun_on is not None or found.finished_on is not None:
            changes.pop("begun_on", None)
        if row.region_code.startswith(found.region_code):
            changes["region_code"] = row.region_code
        mended = editions.mend(self._session, found, changes, actor=self._actor, at=at)
        self._known[name] = [mended if each.id == found.id else each for each in self._known[name]]
        return "unchanged" if mended is found else "updated"

    def _which(self, name: str, row: FundRow) -> Project | None:
        """Return the project of this name in this place; a place told less exactly may be the same one."""
        near = [
            each
            for each in self._known.get(name, ())
            if each.region_code.startswith(row.region_code) or row.region_code.startswith(each.region_code)
        ]
        return next((each for each in near if each.region_code == row.region_code), near[0] if near else None)

    def _told(self, row: FundRow) -> dict[str, Any]:
        """Return the columns that a row tells of."""
        words = row.words
        told: dict[str, Any] = {"content": words.get("content")}
        told |= {key: words[key][:LINE] for key in ("department", "progress") if key in words}
        households = words.get("households", "")
        told["households_told"] = int(households) if households.isdecimal() else None
        told["begun_on"] = row.on if self._has_begun(words.get("progress", "")) else None
        return {key: value for key, value in told.items() if value is not None}

    def _has_begun(self, progress: str) -> bool:
        data, said = self._words, plain(progress)
        return not _holds(said, data["not_begun"]) and _holds(said, data["begun"])

    def _judged(self, row: FundRow) -> dict[str, Any]:
        """Return the kind, and the industry where just one is named."""
        data, said = self._words, self._without_places(row)
        named: list[UUID] = [industry for name, industry in self._industries.items() if name in said]
        if named or _holds(said, data[AGRI]):
            return {"kind": AGRI, "industry_id": named[0] if len(named) == 1 else None}
        return {"kind": "infrastructure" if _holds(said, data["infrastructure"]) else OTHER}

    def _without_places(self, row: FundRow) -> str:
        """Return what a row says of a project, without the names of places: 茶坝村 grows no tea for that."""
        said = plain(row.project + "\n" + row.words.get("content", ""))
        code = row.region_code
        if code not in self._places:
            told = (self._names.told(code), *self._names.parts(code))
            self._places[code] = [plain(place) for place in told if place]
        for place in self._places[code]:
            said = said.replace(place, "")
        return said


def _holds(said: str, words: Sequence[str]) -> bool:
    return any(word in said for word in words)

"""What the API gives of the assessment: sheets with the evidence of every point, and spot checks. Points are text."""

from datetime import date, datetime
from uuid import UUID

from web.api.schemas import ListOut, Model, Record


class EvidenceOut(Model):
    """One record that was counted; `points` is nought where the same matter counts elsewhere."""

    kind: str
    id: UUID
    on: date
    points: str
    # What of a whole record the member is credited with, in percent; `leave` is for what they were away.
    share: int
    leave: str | None
    href: str | None


class CountOut(Model):
    """One thing an item counts: how many records, and their points up to `most`."""

    count: str
    label: str
    each: str
    most: str
    number: int
    points: str
    capped: bool
    evidence: list[EvidenceOut]


class ItemOut(Model):
    """One item: `computed` from records, `points` as it counts, with the reason where the office set it."""

    item: str
    label: str
    kind: str
    most: str
    base: str
    computed: str
    points: str
    capped: bool
    reason: str | None
    counts: list[CountOut]


class SheetLine(Record):
    """A sheet in a list: its band and state, in the order of names."""

    number: str
    campaign: str
    year: int
    member: UUID
    member_name: str
    state: str
    band: str
    band_label: str
    response: str
    imported: bool
    due_at: datetime | None


class SheetList(ListOut):
    """A page of sheets, by the name of the member."""

    items: list[SheetLine]
    total: int | None = None


class SheetOut(SheetLine):
    """A sheet; approved or from a file it is frozen and `sha256` pins it."""

    score: str
    as_of: date
    known_at: datetime | None
    scheme_year: int | None
    items: list[ItemOut]
    appeal: str | None
    answer: str | None
    approved_on: date | None
    sha256: str | None
    available_triggers: list[str]


class ComputedOut(Model):
    """How many sheets were computed, and how many were there already."""

    computed: int
    kept: int


class DrawnVisit(Model):
    """One visit that was drawn, in its place, and what its household said."""

    place: int
    visit: UUID
    member: UUID
    visited_on: date
    outcome: str
    words: str
    asked_on: date | None
    version: int
    href: str


class SpotCheckLine(Record):
    """A spot check in a list; `seed` stands once it is revealed."""

    campaign: str
    quarter: str
    commitment: str
    seed: str | None
    drawn_at: datetime | None
    population: int | None


class SpotCheckList(Model):
    """The spot checks, the latest quarter first."""

    items: list[SpotCheckLine]
    next: str | None
    total: int | None = None


class SpotCheckOut(SpotCheckLine):
    """A spot check with its visits; `differs` names what a draw made again now does not agree about."""

    visits: list[DrawnVisit]
    differs: list[str]


class PopulationOut(Model):
    """The ids of all visits a check was drawn from, or would be drawn from now."""

    items: list[UUID]
    next: None = None
    total: int

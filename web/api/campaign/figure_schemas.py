"""What the API gives of a campaign as a whole: its figures, and the records each of them counts."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from web.api.schemas import ListOut, Model, Record


class FigurePart(Model):
    """A part of a figure, such as the cases of one category."""

    code: str
    label: str
    exact: int


class CampaignFigure(Model):
    """One figure: `exact` is the number of its records, for money what they add up to, in yuan."""

    key: str
    label: str
    exact: int | str
    text: str
    wording: str
    unit: str
    scope: str
    stage: str | None
    period_from: date
    as_of: date
    counts: str
    leaves_out: str
    parts: list[FigurePart]
    records: str


class FigureNote(Model):
    """Figures that belong together and do not agree."""

    text: str
    figures: list[str]


class CampaignFigures(Model):
    """All figures of a campaign."""

    campaign: str
    as_of: date
    known_at: datetime | None
    figures: list[CampaignFigure]
    notes: list[FigureNote]


class CountedRecord(Model):
    """One record that a figure counts; `amount` stands for money alone, in yuan."""

    id: str
    kind: str
    title: str
    region_code: str | None
    on: date | None
    amount: str | None
    note: str


class CountedList(Model):
    """The records a figure counts."""

    items: list[CountedRecord]
    next: str | None
    total: int | None = None


class BulletinLine(Record):
    """A bulletin in a list."""

    number: str
    campaign: str
    quarter: str
    title: str
    state: str
    as_of: date
    known_at: datetime | None
    document_no: str | None
    signed_on: date | None
    corrects: UUID | None


class BulletinSection(Model):
    """One section: prose with figures in braces, and the parts drawn from records under it."""

    key: str
    heading: str
    paragraphs: list[str]
    parts: list[str]
    # The sentence before those who are praised or reminded, where somebody has written another than the usual one.
    leads: dict[str, str] = Field(default_factory=dict)


class FigureSince(Model):
    """A figure that records entered after the freezing would make another."""

    key: str
    frozen: int | str
    now: int | str


class BulletinOut(BulletinLine):
    """A bulletin; `content` are its numbers, frozen or, of a draft, of now."""

    sections: list[BulletinSection]
    answers: dict[str, str]
    content: dict[str, Any]
    sha256: str | None
    since: list[FigureSince]
    available_triggers: list[str]


class BulletinList(ListOut):
    """A page of bulletins, the newest first."""

    items: list[BulletinLine]
    total: int | None = None
